#!/usr/bin/env bash
# findings.sh [--lab DIR] [CODE...]: each case of findings/CASES raises its finding, and nothing else that is bad; each finding of
# store/findings has a case. --lab: the cases of the lab alone, whose captures are in DIR. CODE...: only these.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2

wiretape=${WIRETAPE:-build/wiretape}
trace_pcap=${TRACE_PCAP:-$(dirname "$wiretape")/tests/trace_pcap}
shared=../shared/captures
root=$PWD
# shellcheck source=tests/expect.sh
. tests/expect.sh
cd "$root" || exit 2
lab=
if [[ ${1:-} == --lab ]]; then
	lab=$2
	shift 2
fi
wanted=("$@")
began=$(date -u -d 2026-11-21T10:32 +%s)000000000 # 0.000 of a trace

is_wanted() {
	local code
	((${#wanted[@]})) || return 0
	for code in "${wanted[@]}"; do [[ $code == "$1" ]] && return 0; done
	return 1
}

# find_capture SOURCE: sets `capture`, and `facts` that are put into its database; 1: this is not the time for it, 2: it is not
# there.
find_capture() {
	local name=${1#*:} found
	capture='' facts=''
	case $1 in
	lab:*)
		[[ $lab ]] || return 1
		capture=$lab/$name
		;;
	*) [[ ! $lab ]] || return 1 ;;&
	sql:*)
		capture=$work/trace.pcap facts=tests/findings/$name.sql
		[[ -f $facts ]] && "$trace_pcap" <tests/findings/healthy.trace >"$capture" || return 2
		;;
	trace:*)
		capture=$work/trace.pcap
		"$trace_pcap" <"tests/findings/$name.trace" >"$capture" || return 2
		;;
	sample:*) capture=samples/$name.pcap.zst ;;
	incident:*) capture=samples/incidents/$name ;;
	shared:*)
		for found in "$shared/$name" "$shared/$name".*; do [[ ! -f $found ]] || capture=$found; done
		;;
	esac
	[[ -e $capture ]] || return 2
}

# judge CODE HOW: `bad` are the codes of severity warning or worse, `all` all codes, the worst first.
judge() {
	local first=${all%% *}
	case $1/$2 in
	none/*) [[ -z $bad ]] ;;
	*/first) [[ $first == "$1" ]] ;;
	*/beside) [[ " $bad " == *" $1 "* && $bad != "$1" ]] ;;
	*/among) [[ " $all " == *" $1 "* ]] ;;
	*/absent) [[ " $all " != *" $1 "* ]] ;;
	*/only) [[ " $all " == *" $1 "* && (-z $bad || $bad == "$1") ]] ;;
	*) return 1 ;;
	esac
}

# change_facts: what no packet can show is put into the database, and findings are looked for anew.
change_facts() {
	sqlite3 "$work/db" "DELETE FROM findings; DELETE FROM evidence" ".read $facts"
	"$wiretape" findings "$work/db" --set loss_pct=1 --json 2>>"$work/err" >"$work/found"
	sqlite3 "$work/db" "INSERT INTO findings (id, code, severity, evidence, explained_by)
		SELECT key, value ->> '$.code', value ->> '$.severity', value ->> '$.evidence_rows', value ->> '$.explained_by'
		FROM json_each(CAST(readfile('$work/found') AS TEXT), '$.findings');
		INSERT INTO evidence (finding_id, rank, subject, flow_id, t_ns, frame, value, threshold, unit, detail, display_filter)
		SELECT f.key, e.value ->> '$.rank', e.value ->> '$.subject', e.value ->> '$.flow_id', e.value ->> '$.t_ns',
			e.value ->> '$.frame', e.value ->> '$.value', e.value ->> '$.threshold', e.value ->> '$.unit',
			e.value ->> '$.detail', e.value ->> '$.display_filter'
		FROM json_each(CAST(readfile('$work/found') AS TEXT), '$.findings') f, json_each(f.value, '$.evidence') e"
}

# severity_at CODE NAME=VALUE...: how bad it is with these thresholds: 0 it is not found, 1 a note, 2 a warning, 3 critical.
severity_at() {
	local code=$1 found
	shift
	found=$("$wiretape" findings "$work/db" "$code" "${@/#/--set=}" --json 2>>"$work/err")
	case ${found#*\"severity\":} in
	\"critical\"*) echo 3 ;;
	\"warning\"*) echo 2 ;;
	\"note\"*) echo 1 ;;
	*) echo 0 ;;
	esac
}

# try_edges CODE SOURCE NAME=LAST|NEXT...: with each threshold at LAST it is found, with any of them at NEXT it is less bad.
try_edges() {
	local code=$1 source=$2 edge last next
	shift 2
	last=$(severity_at "$code" "${@%|*}")
	for edge; do
		next=$(severity_at "$code" "${edge%%=*}=${edge##*|}")
		if ((last > next)); then pass; else fail "$code $source: $edge: severity $last, then $next"; fi
	done
}

# look_at CODE SOURCE RANK LINE: this row of evidence is as the line says: `NAME TEXT; NAME TEXT`.
look_at() {
	local code=$1 source=$2 rank=$3 line="$4; " name text quoted digits column columns='' names=() texts=() found i
	while [[ $line ]]; do
		text=${line%%; *} line=${line#*; }
		name=${text%% *} text=${text#* }
		quoted="'${text//\'/\'\'}'"
		digits=${text%%~*}
		[[ $digits == *.* ]] && digits=${digits#*.} || digits=
		case $name in
		subject | unit) column=e.$name ;;
		threshold) column="printf('%g', e.threshold)" ;;
		severity) column=f.severity ;;
		rows) column=f.evidence ;;
		flow | frame) column=e.${name/flow/flow_id} ;;
		filter) column=e.display_filter ;;
		because) column=e.explained_by ;;
		at) column="iif(e.t_ns, printf('%.${#digits}f', (e.t_ns - $began) / 1e9), NULL)" ;;
		value)
			column="printf('%.${#digits}f', e.value)"
			[[ $text != *~* ]] || column="iif(abs(e.value - ${text%~*}) <= ${text#*~}, $quoted, e.value)"
			;;
		says) column="iif(instr(e.detail, $quoted) > 0, $quoted, e.detail)" ;;
		*) column="'(no such word)'" ;;
		esac
		columns+="${columns:+, }coalesce($column, 'none')" names+=("$name") texts+=("$text")
	done
	mapfile -t found < <(sqlite3 -separator $'\n' "$work/db" "SELECT $columns
		FROM findings f JOIN evidence e ON e.finding_id = f.id
		WHERE f.code = '$code' AND e.rank = $rank")
	for i in "${!names[@]}"; do
		is "$code $source: evidence $rank, ${names[i]}" "${texts[i]}" "${found[i]:-}"
	done
}

run_case() { # run_case CODE SOURCE [HOW] [OPTION...]: `rows` are what its evidence must say
	local code=$1 source=$2 how=${3:-only} word row edges=()
	shift $(($# > 3 ? 3 : $#))
	for word; do
		shift
		if [[ $word == *=*\|* ]]; then edges+=("$word"); else set -- "$@" "$word"; fi
	done
	find_capture "$source"
	case $? in
	1) return ;;
	2)
		case $source in
		shared:*) skip "$code $source: is not here" ;;
		*) fail "$code $source: there is no such capture" ;;
		esac
		return
		;;
	esac
	if ! "$wiretape" analyze -q -f -o "$work/db" "$@" "$capture" 2>"$work/err"; then
		# A damaged capture is analysed all the same.
		[[ -f $work/db ]] || { fail "$code $source: $(head -n 1 "$work/err")" && return; }
	fi
	[[ ! $facts ]] || change_facts
	all=$(sqlite3 "$work/db" 'SELECT code FROM findings ORDER BY id' | xargs)
	bad=$(sqlite3 "$work/db" "SELECT code FROM findings WHERE severity <> 'note' ORDER BY id" | xargs)
	if grep -q '^wiretape: finding ' "$work/err"; then
		fail "$code $source: $(grep -m 1 '^wiretape: finding ' "$work/err")"
	elif judge "$code" "$how"; then
		pass
	else
		fail "$code $source $how: found $(sqlite3 "$work/db" \
			"SELECT coalesce(nullif(group_concat(code || ' (' || severity || iif(explained_by IS NULL, '', ', of ' || explained_by)
				|| ')', ', '), ''), 'nothing') FROM (SELECT * FROM findings ORDER BY id)")"
	fi
	for row in "${!rows[@]}"; do look_at "$code" "$source" $((row + 1)) "${rows[row]}"; done
	one=$(sqlite3 "$work/db" 'SELECT detail FROM evidence' | sed -E 's/\bof 1 [A-Za-z]+s\b//g' |
		grep -m 1 -E '(^|[^.,0-9])\b1 ([A-Za-z-]+[b-ln-rt-zA-Z-]s|of [0-9,]+ [A-Za-z ]*(have|were|are|say))\b')
	[[ ! $one ]] || fail "$code $source: one is not several: $one"
	# It is SQL, of which sanitizers say nothing.
	[[ -n ${CHECK_SANITIZED:-} || ${#edges[@]} -eq 0 ]] || try_edges "$code" "$source" "${edges[@]}"
	rm -f "$work/db"
}

pending=() rows=()
while IFS= read -r line; do
	if [[ $line == $'\t'* ]]; then
		rows+=("${line#$'\t'}")
		continue
	fi
	((${#pending[@]} == 0)) || run_case "${pending[@]}"
	pending=() rows=()
	[[ -z $line || $line == \#* ]] && continue
	read -ra pending <<<"$line"
	is_wanted "${pending[0]}" || pending=()
done < <(cat tests/findings/CASES && echo)

if [[ ! $lab ]]; then
	for file in store/findings/*.sql; do
		code=$(basename "$file" .sql)
		is_wanted "$code" || continue
		if grep -vE "[[:space:]]absent([[:space:]]|\$)" tests/findings/CASES | grep -qE "^${code}[[:space:]]"; then pass; else fail "$code: no case raises it"; fi
	done
	for file in tests/findings/*.trace; do
		name=$(basename "$file" .trace)
		((${#wanted[@]})) || grep -qE "[[:space:]]trace:$name([[:space:]]|\$)" tests/findings/CASES || fail "$file: no case uses it"
	done
fi

totals
