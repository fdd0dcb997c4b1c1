#!/bin/bash
# The top README as a new reader follows it: each command that it prints, in its order; what follows `$ ` is what comes out. A line of
# three dots stands for any lines, three dots at the end of a line for the rest of it. WIRETAPE names the program.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=$(realpath "${WIRETAPE:-build/wiretape}")
readme=$here/../README.md
# shellcheck source=expect.sh
. "$here/expect.sh"
export PATH=${program%/*}:$PATH COLUMNS=80

ln -s "$(realpath "$here/../samples")" samples
mkdir -p build/demo
run 0 'what make demo analyses' analyze -q -o build/demo/flows.db samples/incidents/20261121T151523Z-loss

# Commands, from indented lines: NNN.command, and NNN.wanted if it was shown what comes out. A command goes on while a quote or a
# backslash at the end of its line asks for more.
awk '
	function finish() {
		if (command == "") return
		name = sprintf("%03d", ++count)
		printf "%s", command >(name ".command")
		if (shown) printf "%s", wanted >(name ".wanted")
		command = wanted = ""
		shown = 0
	}
	function open_ended(text) { return gsub(/"/, "", text) % 2 || text ~ /\\\n$/ }
	!/^    / && !(/^$/ && shown) { finish(); next }
	open_ended(command) { command = command substr($0, 5) "\n"; next }
	/^    \$ / { finish(); command = substr($0, 7) "\n"; shown = 1; next }
	shown { wanted = wanted substr($0, 5) "\n"; next }
	{ finish(); command = substr($0, 5) "\n" }
	END { finish() }' "$readme"

# What needs a network, a cluster, a recorder, other captures, or builds.
elsewhere='^(make|export|sudo|wiretaped|kill|kubectl|mkdir|for|done|    )|/var/(lib|tmp)/| flows\.db|yesterday\.db|pods|--hosts'
# shellcheck disable=SC2016 # awk
agrees='
	function shortened(line) { sub(/ +$/, "", line); return line }
	function same(want, line) {
		if (want !~ /\.\.\.$/) return want == line
		sub(/ *\.\.\.$/, "", want)
		return index(line, want) == 1
	}
	NR == FNR { want[++wants] = shortened($0); next }
	{ line[++lines] = shortened($0) }
	END {
		while (wants && want[wants] == "") wants--
		while (lines && line[lines] == "") lines--
		at = 1
		for (i = 1; i <= wants; i++) {
			if (want[i] == "...") { any = 1; continue }
			while (any && at <= lines && !same(want[i], line[at])) at++
			any = 0
			if (at > lines || !same(want[i], line[at])) { print "shown:   " want[i]; print "printed: " line[at]; exit }
			at++
		}
		if (!any && at <= lines) print "not shown: " line[at]
	}'
ran=0
for file in *.command; do
	command=$(<"$file")
	grep -qE "$elsewhere" "$file" && continue
	if [[ $command == tshark* ]] && ! command -v tshark >/dev/null; then
		skip "tshark is not installed"
		continue
	fi
	if [[ $command == *"wiretape plot tour"* ]] && ! command -v gnuplot >/dev/null; then
		skip "gnuplot is not installed"
		continue
	fi
	ran=$((ran + 1))
	status=0
	[[ $command == "wiretape check"* ]] && status=1 # that is its answer
	eval "$command" >out 2>err </dev/null
	is "exit status of $command" "$status" $?
	[[ -f ${file%.command}.wanted ]] && is "what comes of $command" '' "$(awk "$agrees" "${file%.command}.wanted" out)"
done
is 'many commands were found' yes "$([[ $ran -gt 25 ]] && echo yes || echo $ran)"
totals
