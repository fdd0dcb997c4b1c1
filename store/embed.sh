#!/bin/sh
# embed.sh OUTPUT FILE...: writes a C file that holds each FILE's text (see embedded.h), named by its path below store/.
set -eu
output=$1
shift
{
	echo '/* Made by store/embed.sh. */'
	echo '#include "store/embedded.h"'
	echo 'const struct embedded_sql embedded_sql[] = {'
	for file in "$@"; do
		printf '{ "%s",\n' "${file#store/}"
		# A question mark is escaped because of trigraphs.
		sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/?/\\?/g' -e 's/	/\\t/g' -e 's/^/"/' -e 's/$/\\n"/' "$file"
		echo '"" },'
	done
	echo '};'
	echo 'const size_t embedded_sql_count = sizeof(embedded_sql) / sizeof(embedded_sql[0]);'
} >"$output.tmp"
mv "$output.tmp" "$output"
