#!/bin/sh
# embed.sh OUTPUT FILE...: writes a C file that holds each FILE's text (see embedded.h), named by its path below store/.
# embed.sh --print FILE: its text as it is compiled in. SQL has no include: the tables of plots/shared/NAME.sql, which a line
# "-- with: NAME" asks for, come first behind each WITH.
set -eu

expand() { # expand FILE
	awk '
	/^-- with: / {
		file = "plots/shared/" $3 ".sql"
		while ((got = (getline line <file)) > 0) shared = shared line "\n"
		if (got < 0) { print FILENAME ": with: " $3 ": there is no " file >"/dev/stderr"; exit 1 }
	}
	shared && match($0, /^WITH (RECURSIVE )?/) { printf "%s\n%s", substr($0, 1, RLENGTH - 1), shared; $0 = substr($0, RLENGTH + 1) }
	{ print }' "$1"
}

if [ "$1" = --print ]; then
	expand "$2"
	exit
fi
output=$1
shift
{
	echo '/* Made by store/embed.sh. */'
	echo '#include "store/embedded.h"'
	echo 'const struct embedded_sql embedded_sql[] = {'
	for file in "$@"; do
		printf '{ "%s",\n' "${file#store/}"
		# A question mark is escaped because of trigraphs.
		expand "$file" >"$output.text"
		sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/?/\\?/g' -e 's/	/\\t/g' -e 's/^/"/' -e 's/$/\\n"/' "$output.text"
		echo '"" },'
	done
	echo '};'
	echo 'const size_t embedded_sql_count = sizeof(embedded_sql) / sizeof(embedded_sql[0]);'
} >"$output.tmp"
rm "$output.text"
mv "$output.tmp" "$output"
