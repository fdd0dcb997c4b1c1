#!/bin/bash
# gallery.sh: draws the pictures that the charts' headers ask for into gallery/, and writes the table of them in README.md. With --check it draws
# nothing, and fails where the table or a picture is missing or older than the headers say. WIRETAPE names the program.
set -euo pipefail
wiretape=$(realpath -m "${WIRETAPE:-build/wiretape}")
cd "$(dirname "${BASH_SOURCE[0]}")"
plots=$PWD
samples=$(realpath ../samples)
readme=$plots/README.md
begin='<!-- gallery: made by gallery.sh -->' end='<!-- end of gallery -->'
first=(overview throughput services talkers retransmissions loss rtt rtt-distribution handshake response dns time-sequence in-flight limits)

charts() { # in the order of `first`, then the others
	{
		printf '%s\n' "${first[@]}"
		for file in *.sql; do [[ ! -f ${file%.sql}.gp ]] || echo "${file%.sql}"; done
	} | awk '!seen[$0]++' | while read -r chart; do [[ ! -f $chart.gp ]] || echo "$chart"; done
}

# pictures CHART: 'FILE|SAMPLE OPTION...|what to see', one a line
pictures() {
	awk -v chart="$1" '
		/^-- gallery: / { count++; sub(/^-- gallery: */, ""); what = $0; next }
		/^-- see: / { sub(/^-- see: */, ""); print chart (count > 1 ? "-" count : "") ".png|" what "|" $0 }' "$1.sql"
}

# database NAME [INTERVAL]: NAME.db, of the sample of that name, in the folder of the databases
database() {
	local name=$1 capture
	[[ ! -f $name.db ]] || return 0
	capture=$samples/$name.pcap.zst
	[[ -e $capture ]] || capture=$samples/incidents/$name
	"$wiretape" analyze -q --interval "${2:-20ms}" -o "$name.db" "$capture" || { echo "gallery.sh: $name: no such sample" >&2; return 1; }
}

# size CHART: four fifths of what its header says: smaller files. A chart that may be lower than that chooses for itself.
size() {
	grep -q "^eval lower$" "$plots/$1.gp" && return
	awk '/^-- size: / { width = $3; height = $4 } END { print int((width ? width : 1000) * 0.8) "x" int((height ? height : 600) * 0.8) }' \
		"$plots/$1.sql"
}

draw() { # draw CHART FILE SAMPLE[@INTERVAL] OPTION...
	local chart=$1 file=$2 name=${3%@*} interval='' word pixels
	[[ $3 != *@* ]] || interval=${3#*@}
	shift 3
	database "$name" "$interval"
	for word; do [[ $word != *.db ]] || database "${word%.db}" "$interval"; done
	pixels=$(size "$chart") || true
	"$wiretape" plot "$name.db" "$chart" "$@" ${pixels:+--size "$pixels"} -o "$plots/gallery/$file"
}

# The two commands that make a picture anew, as one would type them in the project's folder.
commands() { # commands CHART SAMPLE[@INTERVAL] OPTION...
	local chart=$1 name=${2%@*} interval=''
	[[ $2 != *@* ]] || interval=" (\140--interval ${2#*@}\140)"
	shift 2
	printf '\140wiretape plot %s.db %s%s\140%s' "$name" "$chart" "${*:+ $*}" "$interval"
}

table() {
	local chart file what see
	printf '| picture | how, and what to see |\n|---|---|\n'
	for chart in $(charts); do
		pictures "$chart" | while IFS='|' read -r file what see; do
			# shellcheck disable=SC2086 # the options are words
			printf '| [<img src="gallery/%s" alt="%s" width="480">](gallery/%s) | %s<br>%s |\n' "$file" "${file%.png}" "$file" \
				"$(commands "$chart" $what)" "$see"
		done
	done
}

replace() { # replace FILE: prints it with a new table
	awk -v begin="$begin" -v end="$end" -v table="$(table)" '
		$0 == end { inside = 0 }
		!inside
		$0 == begin { inside = 1; print ""; print table; print "" }' "$1"
}

wanted() { for chart in $(charts); do pictures "$chart" | cut -d'|' -f1; done | sort; }

if [[ ${1:-} == --check ]]; then
	replace "$readme" | cmp -s - "$readme" || { echo "the gallery's table is older than the charts: make gallery"; exit 1; }
	if ! cmp -s <(wanted) <(cd gallery && printf '%s\n' *.png | sort); then
		echo "these pictures are missing from plots/gallery, or too many there: make gallery"
		diff <(wanted) <(cd gallery && printf '%s\n' *.png | sort) | grep '^[<>]'
		exit 1
	fi
	for chart in $(charts); do
		[[ -n $(pictures "$chart") ]] || { echo "plots/$chart.sql: no line '-- gallery:' with '-- see:'"; exit 1; }
	done
	exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p "$plots/gallery"
rm -f "$plots"/gallery/*.png
for chart in $(cd "$plots" && charts); do
	(cd "$plots" && pictures "$chart") | while IFS='|' read -r file what see; do
		# shellcheck disable=SC2086
		draw "$chart" "$file" $what
	done
done
cd "$plots"
replace "$readme" >"$work/README.md"
cat "$work/README.md" >"$readme"
du -ch gallery/*.png | tail -n 1 | awk '{ print "plots/gallery: " $1 }'
