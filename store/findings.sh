#!/usr/bin/env bash
# findings.sh [--check]: writes the table of all findings, made from their files, into README.md between its markers. --check: only says
# whether it is stale.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")"

begin='<!-- findings: made by findings.sh -->' end='<!-- end of findings -->'
new=$(mktemp)
trap 'rm -f "$new"' EXIT

rows() {
	awk '
		function text(line) { sub(/^-- [a-z]+: */, "", line); gsub(/\|/, "\\|", line); return line }
		FNR == 1 { flush_row(); code = FILENAME; sub(/.*\//, "", code); sub(/\.sql$/, "", code)
			title = severity = layer = thresholds = "" }
		/^-- title:/ { title = text($0) }
		/^-- severity:/ { severity = text($0) }
		/^-- layer:/ { layer = text($0) }
		/^-- threshold:/ { thresholds = thresholds (thresholds == "" ? "" : ", ") "`" $3 "` " $4 " " $5 }
		function flush_row() {
			if (code != "")
				printf "%s %s | `%s` | %s | %s | %s | %s |\n", place[severity], layer, code, severity, layer, title, thresholds
		}
		BEGIN { place["critical"] = 0; place["warning"] = 1; place["note"] = 2 }
		END { flush_row() }
	' findings/*.sql | LC_ALL=C sort -t '|' -k 4,4 -k 1,1 -k 2,2 | sed 's/^[^|]*//'
}

{
	sed "/^$begin\$/q" README.md
	echo "| code | severity | layer | title | thresholds |"
	echo "|---|---|---|---|---|"
	rows
	sed -n "/^$end\$/,\$p" README.md
} >"$new"

if [[ ${1:-} == --check ]]; then
	cmp -s "$new" README.md || { echo "store/README.md: its table of findings is stale: run store/findings.sh" && exit 1; }
else
	cat "$new" >README.md
fi
