#!/usr/bin/env bash
# wiretape report on many captures: what it says of all of them, and what is left when it is killed. jq and flock judge.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
wiretape=$(realpath "${WIRETAPE:-build/wiretape}")
program=$wiretape
samples=$(realpath samples)
# shellcheck source=expect.sh
. "$here/expect.sh"
export SOURCE_DATE_EPOCH=1795233600 TMPDIR=$work/temporary
mkdir temporary
nothing_left() { is "$1: leaves nothing" '' "$(ls -A temporary)"; }
cp "$samples"/loss_20ms.snd.pcap.zst loss.pcap.zst
cp "$samples"/request_response.snd.pcap.zst calm.pcap.zst

has_begun() { [[ -n $(find temporary -path '*/0/work') ]]; }
# one that has begun waits for a pipe into which nobody writes
mkfifo waits.pcap
begin() {
	"$wiretape" report -q waits.pcap -o waits.html >/dev/null 2>&1 &
	reading=$!
	await 60 has_begun
	folder=$(echo temporary/wiretape-report-*)
}

# a killed one: its folder is gone when the next one has begun
begin
kill -KILL $reading
{ wait $reading; } 2>/dev/null
is 'killed: nothing at the place of the page' '' "$(ls waits.html* 2>/dev/null)"
if await 60 flock -n "$folder/in-use-by-wiretape" true; then pass; else fail 'killed: no worker is left'; fi
touch "$folder/0/work/flows.db" && ln -s "$work/calm.pcap.zst" "$folder/0/work/link"
run 0 'after a killed one' report calm.pcap.zst --no-charts -o calm.html && nothing_left 'after a killed one'
is 'after a killed one: links are not followed' yes "$([[ -s calm.pcap.zst ]] && echo yes)"

# a running one keeps its folder, and so does who has no lock, that of another boot, or one that is not his own
begin
mkdir -m 700 temporary/wiretape-report-friend temporary/wiretape-report-reboot
echo mine >temporary/wiretape-report-friend/notes
echo 00000000-0000-0000-0000-000000000000 >temporary/wiretape-report-reboot/in-use-by-wiretape
chmod 600 temporary/wiretape-report-reboot/in-use-by-wiretape
mkdir other && chmod 700 other && cat /proc/sys/kernel/random/boot_id >other/in-use-by-wiretape && chmod 600 other/in-use-by-wiretape
ln -s "$work/other" temporary/wiretape-report-linked
run 0 'beside a running one' report calm.pcap.zst --no-charts -o calm.html
is 'beside a running one: its folder stays' yes "$([[ -d $folder/0/work ]] && echo yes)"
is 'what is not provably ours stays: notes' mine "$(cat temporary/wiretape-report-friend/notes)"
is 'what is not provably ours stays: of another boot' yes "$([[ -d temporary/wiretape-report-reboot ]] && echo yes)"
is 'what is not provably ours stays: through a link' yes "$([[ -e other/in-use-by-wiretape ]] && echo yes)"
if [[ $(id -u) == 0 ]]; then
	cp -a other temporary/wiretape-report-nobody && chown -R 65534 temporary/wiretape-report-nobody
	run 0 "beside another user's" report calm.pcap.zst --no-charts -o calm.html
	is "another user's stays" yes "$([[ -d temporary/wiretape-report-nobody ]] && echo yes)"
else
	skip "another user's: not root"
fi
kill -TERM $reading
wait $reading
rm -r temporary/wiretape-report-{friend,reboot,linked} && rm -rf temporary/wiretape-report-nobody
nothing_left 'ended by SIGTERM'


# what captures have in common: jq counts it in the sections of the same page
for name in web zero_window server_reset tail_loss; do cp "$samples/$name.snd.pcap.zst" "$samples/$name.rcv.pcap.zst" .; done
cp loss.pcap.zst twin.pcap.zst && echo hello >hello.pcap
many=(web.*.zst zero_window.*.zst server_reset.*.zst tail_loss.*.zst loss.pcap.zst calm.pcap.zst twin.pcap.zst hello.pcap)
run 1 'in common' report "${many[@]}" --no-charts --format json
# shellcheck disable=SC2016 # a program of jq
counted='[.captures[] | .title as $title | .findings[]? | {code, $title}] | group_by(.code)[] | "\(.[0].code) \(length)"'
is 'in common: every finding is counted' "$(jq -r "$counted" out | sort)" \
	"$(jq -r '.common_findings[] | "\(.code) \(.captures)"' out | sort)"
is 'in common: of the captures that were judged, each once' 10 "$(jq '.captures | length' out)"
is 'in common: shares' true "$(jq '[.common_findings[] | (.share_pct - 10 * .captures | fabs) < 0.01] | all' out)"
is 'in common: the most severe first, then the commonest' true \
	"$(jq '[.common_findings[] | [(.severity as $s | "critical warning note" | index($s)), -.captures]] | . == sort' out)"
is 'in common: the worst capture with it' "$(jq -r '[.captures[] | select(.findings[]?.code == "loss_downstream").title][0]' out)" \
	"$(jq -r '.common_findings[] | select(.code == "loss_downstream").worst' out)"
first=$(jq -r '[.common_findings[] | select(.severity != "note")] | sort_by(-.captures)[0] | "\(.captures) \(.title)"' out)
is 'in common: the commonest is that of the worst capture' "${first#* }" "$(jq -r '.ranking[0].verdict' out | sed 's/ (and 1 more)//')"
has out "$(jq -r '.ranking[0] | "Worst is \(.capture): \(.verdict). "' out)The same in ${first%% *} of 10.\"" 'in common: the verdict ends with both'
run 0 'in common: another than the worst' report web.snd.pcap.zst zero_window.*.zst --no-charts --format json
first=$(jq -r '[.common_findings[] | select(.severity != "note")] | sort_by(-.captures)[0] | "In \(.captures) of 3: \(.title)."' out)
is 'in common: the verdict ends with the commonest' "$first" "$(jq -r .verdict.text out | grep -oE 'In [0-9]+ of .*')"
run 1 'in common: text' report "${many[@]}" --no-charts --format text
is 'in common: text, before the captures' 'Findings in all Captures' \
	"$(grep -oE '^(Findings in all captures|Captures), the worst first' out | cut -d, -f1 | sed 's/ captures//' | paste -sd ' ')"
is 'in common: text in 80 columns' '' "$(awk 'length > 80 && !/ == /' out)"
is 'in common: a table in spite of long problems' 'could not be read' \
	"$(grep -oE '^ +hello.pcap +could not.*' out | sed 's/^ *hello.pcap *//')"
has out 'Mind: hello.pcap: not a capture' 'in common: text, what is wrong with a file'
mkdir -p config/wiretape/findings && echo 'no finding' >config/wiretape/findings/mine.sql
run 1 'a complaint that is not about a capture' report "${many[@]}" --no-charts --format text
is 'a complaint that is not about a capture is made once' 1 "$(grep -c mine.sql err)"
rm -r config
run 1 'in common: HTML' report "${many[@]}" --no-charts -o many.html && has many.html 'Findings in all captures' 'in common: HTML'
is 'a capture that is there twice: its link leads to the first' "#c9" "$(grep -oE 'href="#c[0-9]+"[^>]*>(<code>)?twin' many.html | cut -d\" -f2)"
run 0 'of two captures the ranking says enough' report web.*.zst --no-charts --format text
lacks out 'Findings in all' 'of two captures the ranking says enough'


# five that have a trifle, and one that is broken: of this one the verdict tells first, and the table
mkdir trifles
traced() { "${TRACE_PCAP:-$(dirname "$wiretape")/tests/trace_pcap}"; }
for i in 1 2 3 4 5; do
	{ cat "$here/findings/dns_slow.trace" && echo "9$i.000 > udp len 10 sport 5000 dport 5001"; } | traced >trifles/slow$i.pcap
done
traced <"$here/findings/mtu_black_hole.trace" >trifles/broken.pcap
run 0 'one is broken' report trifles --no-charts --format json
is 'one is broken' 'Of 6 captures 1 has a critical finding, 5 have warnings. Worst is broken.pcap: In 5 of 6: ' \
	"$(jq -r .verdict.text out | sed -E 's/(broken.pcap: )[^.]*\. /\1/; s/(of 6: ).*/\1/')"
is 'one is broken: the table' 'critical 1, warning 5' \
	"$(jq -r '[.common_findings[] | select(.severity != "note") | "\(.severity) \(.captures)"] | join(", ")' out)"

# both ends of a connection: tcpdump counts the SYNs that are in both
syns() { zstd -dcq "$1" | tcpdump -nr - 'tcp[13] == 2' 2>/dev/null | sed -E 's/^[^ ]+ //; s/ack.*|win.*//' | sort -u; }
both() { comm -12 <(syns "$1.snd.pcap.zst") <(syns "$1.rcv.pcap.zst") | wc -l; }
run 1 'both ends' report "${many[@]}" --no-charts --format json
is 'both ends: how many connections' "$(for name in web zero_window server_reset tail_loss; do echo "$name $(both $name)"; done | sort)" \
	"$(jq -r '.same_flows[] | "\(.one | split(".")[0]) \(.flows)"' out | sort)"
is 'both ends: of the same place' true "$(jq '[.same_flows[] | (.one | split(".")[0]) == (.other | split(".")[0])] | all' out)"
is 'both ends: the most first' true "$(jq '[.same_flows[] | -.flows] | . == sort' out)"
locate=$(jq -r .same_flows_command out | grep -oE 'wiretape locate .*')
# shellcheck disable=SC2086 # words
is 'both ends: what to type' 0 "$("$wiretape" locate -q ${locate#wiretape locate} >/dev/null 2>&1; echo $?)"
# what to type can be copied as it stands
command="wiretape locate $(jq -r '.same_flows_command | sub(".* wiretape locate "; "")' out)"
run 1 'both ends: HTML' report "${many[@]}" --no-charts --format html && has out "<code>$command</code>" 'both ends: HTML'
run 1 'both ends: Markdown' report "${many[@]}" --no-charts --format md && has out "\`$command\`" 'both ends: Markdown'
run 1 'both ends: text' report "${many[@]}" --no-charts --format text
is 'both ends: text, in a line of its own' "  $command" "$(grep -E '^ +wiretape locate' out)"
run 0 'both ends: none' report web.snd.pcap.zst calm.pcap.zst --no-charts --format json
is 'both ends: none' null "$(jq .same_flows out)"
# half of a connection's packets elsewhere, and its SYN twice: one connection all the same
zstd -dcq web.snd.pcap.zst | tcpdump -r - -w syns.pcap 'tcp[13] == 2' 2>/dev/null &&
	mergecap -a -F pcap -w twice.pcap syns.pcap syns.pcap 2>/dev/null
if [[ -s twice.pcap ]]; then
	run 0 'both ends: SYNs twice' report twice.pcap web.rcv.pcap.zst --no-charts --format json
	is 'both ends: SYNs twice' "$(both web)" "$(jq '.same_flows[0].flows' out)"
else
	skip 'both ends: SYNs twice: mergecap is not installed'
fi
# a scanner, seen twice, once with one connection more than are compared
scan() { printf '0.000 repeat %d every 0.001 {\n\t0.000 > S 0 mss 1460 sport 20000+1 dport 1000+1\n}\n' "$1" | traced; }
scan 1001 >scan.pcap && scan 1000 >less.pcap
run 0 'both ends: many' report scan.pcap less.pcap --no-charts --format json
is 'both ends: many' '1 capture has more than 1000 connections: not all of these were compared.' "$(jq -r .same_flows_not_all out)"

# very many: those without a warning get no charts and no curves, and say how to get them; fewer do
if command -v gnuplot >/dev/null; then
	mkdir pods
	# one UDP packet each, a second apart
	for i in {100..298}; do
		# shellcheck disable=SC2059 # bytes
		printf "\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\x01\0\0\0\\x${i:1}\\x0${i:0:1}\0\x65\0\0\0\0\x2a\0\0\0\x2a\0\0\0"
		printf '\2\0\0\0\0\1\2\0\0\0\0\2\x08\0\x45\0\0\x1c\0\0\0\0\x40\x11\0\0\x0a\0\0\1\x0a\0\0\2\x13\x88\x13\x89\0\x08\0\0'
	done | split -b 82 -a 3 - pods/pod
	# pictures PAGE NUMBER: how many drawings the section of that capture has
	pictures() { awk -v RS='<div class="body" id="' -v at="c$2\"" 'index($0, at) == 1' "$1" | grep -o '<svg' | wc -l; }
	run 0 'very many' report pods/* loss.pcap.zst calm.pcap.zst -o many.html
	is 'very many: all are there' 201 "$(grep -c '<div class="body" id="c' many.html)"
	is 'very many: one with a warning is drawn' yes "$( (($(pictures many.html 200) > 3)) && echo yes)"
	is 'very many: one without is not' 0 "$(pictures many.html 201)"
	is 'very many: it says so, and what draws it' 1 "$(grep -c 'no charts here.*<code>wiretape report calm.pcap.zst -o report.html</code>' many.html)"
	run 0 'alone' report calm.pcap.zst -o alone.html
	is 'alone it is drawn' yes "$( (($(grep -o '<svg' alone.html | wc -l) > 1)) && echo yes)"
else
	skip 'very many: gnuplot is not installed'
fi

# a page that would be too large: the worst captures keep all, the others their findings, or the verdict; how to get the rest is said
several=(web.*.zst zero_window.*.zst tail_loss.*.zst calm.pcap.zst)
bounded() { run 0 "at most $1" report "${several[@]}" --no-charts --max-size "$1" -o bounded.html; }
# section CAPTURE: the section of that capture; is_whole CAPTURE...: for each, whether services are in there
section() { awk -v RS='<details class="section">' -v name=" $1</h" 'index($0, name)' bounded.html; }
is_whole() { for capture; do section "$capture" | grep -c 'id="c[0-9]*-services"'; done | paste -sd ' '; }
dangling() { comm -23 <(grep -oE 'href="#[^"]*' bounded.html | cut -d'#' -f2 | sort -u) <(grep -oE ' id="[^"]*' bounded.html | cut -d'"' -f2 | sort -u); }
bounded 18M
lacks bounded.html 'This page is kept below' 'a page that is not too large'
is 'a page that is not too large: all in full' '1 1 1 1 1 1 1' "$(is_whole "${several[@]}")"
mapfile -t order < <(grep -oE '<th scope="row" class="n">[0-9]+</th><td class="c"><a href="#c[0-9]+"><code>[^<]*' bounded.html | sed 's/.*>//' | head -n 7)
bounded 80k
is 'at most 80k' yes "$( (($(wc -c <bounded.html) < 80000)) && echo yes)"
is 'at most 80k: the worst in full, and what is short' '1 1 0 0 0 0 1' "$(is_whole "${order[@]}")"
is 'at most 80k: findings of all that have any' 6 "$(grep -c '<div class="findings">' bounded.html)"
is 'at most 80k: it says so' 'of 7 captures 3, the worst and the shortest, are here in full, 4 with the findings alone' \
	"$(grep -oE 'of 7 captures .* alone' bounded.html)"
is 'at most 80k: how to get the rest' "All of it: <code>wiretape report ${order[5]} -o report.html</code>" \
	"$(section "${order[5]}" | grep -oE 'All of it: .*</code>')"
is 'at most 80k: links lead somewhere' '' "$(dangling)"
enough=$(grep -oE 'add: <code>--max-size [0-9]+k' bounded.html | sed 's/.* //')
bounded 30k
is 'at most 30k' yes "$( (($(wc -c <bounded.html) < 30000)) && echo yes)"
has bounded.html 'with the verdict alone' 'at most 30k: it says so'
is 'at most 30k: all are there' 7 "$(grep -c '<div class="body" id="c' bounded.html)"
is 'at most 30k: links lead somewhere' '' "$(dangling)"
# what has no section without a limit has none with one
cp web.snd.pcap.zst again.pcap.zst
run 1 "at most 30k, and some that cannot be read" report "${several[@]}" hello.pcap again.pcap.zst --no-charts --max-size 30k -o bounded.html
is "at most 30k, and some that cannot be read" 7 "$(grep -c '<div class="body" id="c' bounded.html)"
# a page whose table and verdicts are too much already does not say that they are not, whatever is in the names
mkdir tiny
long=$(printf '&%.0s' {1..200})
for i in {1..60}; do echo "0.1$((10 + i)) > udp len 10" | traced >"tiny/$long$i.pcap"; done
for size in 30k 160k; do
	run 0 "no room in $size" report tiny --no-charts --max-size "$size" -o bounded.html
	is "no room in $size" "yes This page is as short as it can be (--max-size is $size): of 60 captures none is here in full, 60 with the verdict alone." \
		"$( (($(wc -c <bounded.html) > 160000)) && echo yes) $(grep -oE 'This page is [^<]* alone\.' bounded.html | sed 's/\xc2\xa0/ /g; s/\.0 kB/k/; s/ kB/k/')"
done
bounded "$enough" && lacks bounded.html 'This page is kept below' 'as much as it says: all in full'
run 0 'Markdown' report "${several[@]}" --max-size 30k --format md
is 'Markdown: at most 30k' yes "$( (($(wc -c <out) < 30000)) && echo yes)"
run 0 'JSON has all of it' report "${several[@]}" --max-size 30k --format json
is 'JSON has all of it' 7 "$(jq '[.captures[] | select(.services)] | length' out)"
run 2 'no such size' report calm.pcap.zst --max-size 1k -o calm.html && has err '--max-size 1k: must be between' 'no such size'

# disks that are full: which one is said, not the names of temporary files
if unshare -m true 2>/dev/null; then
	mkdir small
	# on_small SIZE ARGUMENT...: with a disk of that size at small/
	# shellcheck disable=SC2016 # the other shell expands it
	on_small() { unshare -m bash -c 'mount -t tmpfs -o size=$0 tmpfs small && "$@" && ls -A small' "$@" >out 2>err; }
	on_small 40k "$wiretape" report loss.pcap.zst web.*.zst --no-charts -o small/page.html
	has err 'small/page.html: cannot be written: No space left on device' 'no space for the page'
	TMPDIR=small on_small 100k "$wiretape" report loss.pcap.zst --no-charts -o full.json
	is 'no space in TMPDIR' 'in TMPDIR (small): database or disk is full' "$(jq -r '.ranking[0].problem' full.json)"
	is 'no space in TMPDIR: said once' 'wiretape: loss.pcap.zst: in TMPDIR (small): database or disk is full' "$(cat err)"
else
	skip 'full disks: nothing can be mounted'
fi


# a terminal: a bar, as wide as the terminal at the most; one that can draw no line again gets none
if command -v script >/dev/null; then
	waits=$(printf 'ü%.0s' {1..80})-$'\302\233'31m.pcap
	mkfifo "$waits"
	# on_terminal TERM COLUMNS: what is drawn, a line each time; the pipe gives what it has when that has begun
	on_terminal() {
		: >drawn
		TERM=$1 script -qefc "stty cols $2; '$wiretape' report --no-charts missing.pcap '$waits' -o bar.html" drawn </dev/null >/dev/null &
		[[ $1 == dumb ]] || await 60 grep -q % drawn
		timeout 60 dd if=calm.pcap.zst "of=$waits" 2>/dev/null
		wait $!
		sed '/^Script /d' drawn | tr '\r' '\n' | sed 's/\x1b\[K//' | grep -vE '^$|No such'
	}
	on_terminal xterm 80 >out
	is 'a bar' '[....................] 1/2, 0 %' "$(grep -oE '^\[.*%' out | head -n 1)"
	has out '...ü' 'a bar: the end of a long name'
	is 'a bar: it fits' '' "$(awk 'length > 120' <(grep '^\[' out))" # 40 two bytes for a column
	is 'a bar: nothing that steers the terminal' 0 "$(grep -c $'\302\233' out)"
	on_terminal xterm 50 >out
	is 'a narrow terminal: no bar' '1/2, 0 %' "$(grep -oE '^[0-9]/2.*%' out | head -n 1)"
	is 'a dumb terminal: nothing' '' "$(on_terminal dumb 80)"
	rm "$waits"
else
	skip 'a terminal: script is not installed'
fi

# a chart that was killed while gnuplot drew
if command -v gnuplot >/dev/null; then
	"$wiretape" analyze -q --interval 20ms -o loss.db loss.pcap.zst
	# shellcheck disable=SC2016 # gnuplot expands it
	mkdir bin && printf '#!/bin/sh\nkill -KILL $PPID\n' >bin/gnuplot && chmod +x bin/gnuplot
	{ PATH=$work/bin:$PATH "$wiretape" plot loss.db overview -o chart.svg; } >/dev/null 2>&1
	is 'a killed chart leaves its folder' 1 "$(find temporary -name 'wiretape-plot-*' | wc -l)"
	run 0 'after a killed chart' plot loss.db overview -o chart.svg && nothing_left 'after a killed chart'
else
	skip 'a killed chart: gnuplot is not installed'
fi

totals
