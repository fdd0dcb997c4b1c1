#!/bin/bash
# What wiretape says to people: names that tell files apart, complaints that cannot be forged, and what was meant. WIRETAPE names the program.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=$(realpath "${WIRETAPE:-build/wiretape}")
samples=$(realpath "$here/../samples")
# shellcheck source=expect.sh
. "$here/expect.sh"

# Two pods' captures are both called capture.pcap; what is in none of them but its own name needs no folder.
mkdir -p pods/a pods/b
cp "$samples/loss_20ms.snd.pcap.zst" pods/a/capture.pcap
cp "$samples/server_reset.snd.pcap.zst" pods/b/capture.pcap
cp "$samples/zero_window.snd.pcap.zst" pods/b/alone.pcap
run 0 'captures of one name' analyze -q -o pods.db "$work/pods/a/capture.pcap" pods/b/capture.pcap pods/b/alone.pcap
run 0 'captures of one name: other folders' findings pods.db loss_downstream && has out "capture 1 ($work/pods/a/capture.pcap)" 'other folders'
run 0 'captures of one name' analyze -q -f -o pods.db pods
id() { "$program" query pods.db "SELECT id FROM captures WHERE path LIKE '%$1'" --csv | tail -n 1; }
a=$(id a/capture.pcap) b=$(id b/capture.pcap) alone=$(id alone.pcap)
run 0 'captures of one name: findings' findings pods.db
has out "capture $a (a/capture.pcap)" 'findings: the first'
has out "capture $b (b/capture.pcap)" 'findings: the second'
has out "capture $alone (alone.pcap)" 'findings: one by itself'
run 0 'captures of one name: chart' plot pods.db rtt --capture "$b" --script && has out "capture $b (b/capture.pcap)" 'chart'
run 0 'captures of one name: comparison' plot pods.db comparison --capture "$a" --against "$b" --script
has out "capture $a (a/capture.pcap) against capture $b (b/capture.pcap)" 'comparison: title'
chart pods.db comparison --capture "$a" --against "$b"
# shellcheck disable=SC2016 # it is awk
is 'comparison: legend' '"a/capture.pcap" "b/capture.pcap"' "$(values 0 '{ print $c["name"] }' | xargs -d '\n')"
is 'the path is stored as it was given' pods/a/capture.pcap "$("$program" query pods.db "SELECT path FROM captures WHERE id = $a" --csv | tail -n 1)"
mkdir before after
run 0 'databases of one name' analyze -q -o before/web.db pods/a/capture.pcap && cp before/web.db after/
run 0 'databases of one name' plot before/web.db comparison --against after/web.db --script
has out 'before/web.db against after/web.db' 'databases of one name'

# A name with line ends begins no line of its own, and steers no terminal.
forger=$'x\nwiretape: all is well\e[2J.txt'
echo hello >"$forger"
visible='x\nwiretape: all is well\x1b[2J.txt'
for arguments in "analyze -o y.db" query findings "plot -o y.png" cat ls locate diff replay "report -o y.html"; do
	read -ra words <<<"$arguments"
	last=() && case ${words[0]} in query) last=(captures) ;; plot) last=(rtt) ;; locate | diff) last=(pods.db) ;; esac
	"$program" "${words[@]}" "$forger" "${last[@]}" >out 2>err
	has err "wiretape: $visible: " "a forged line: ${words[0]}"
	lacks err "$(printf '\e')" "a forged line: ${words[0]}"
	is "a forged line: ${words[0]}" '' "$(grep -vE '^(wiretape: (x\\n|y\.))|^See ' err)"
done
# What has several lines keeps them, but none of them looks like a message.
printf '[trigger mine]\nwhen = los_pct > 1\n' >mine.conf
run 1 'a column that is not there' replay -c mine.conf pods/a/capture.pcap
has err 'no such column: los_pct' 'a column that is not there'
is 'the columns that there are' 'wiretape:' "$(cut -d' ' -f1 err | sort -u | xargs)"
if command -v script >/dev/null; then
	# what stands on a terminal while a file is read; of a pipe it is drawn as it grows
	cp pods/b/alone.pcap "$forger"
	SHELL=$BASH TERM=xterm script -qec "$(printf '%q ' "$program" analyze -f -o y.db "$forger")" progress >/dev/null </dev/null
	has progress 'all is well?[2J.txt: writing' 'the progress line is drawn'
	is 'the progress line' 0 "$(grep -acF $'\e[2J' progress)"
else
	skip 'the progress line: script is not installed'
fi

# What was meant. meant STATUS TOLD ARGUMENT...
meant() {
	local status=$1 told=$2
	shift 2
	run "$status" "meant: $*" "$@" && has err "$told" "meant: $*"
}
meant 2 'wiretape plot pods.db rtt' plot rtt pods.db
meant 2 'wiretape query pods.db captures' query captures pods.db
meant 2 'wiretape findings pods.db reset' findings reset pods.db
meant 2 'did you mean rtt?' plot pods.db rt
meant 2 'did you mean retransmissions?' query pods.db retransmision
meant 2 'did you mean loss_upstream?' findings pods.db loss_upsteram
meant 2 'did you mean loss_pct?' findings pods.db --set los_pct=1
meant 2 'did you mean --severity?' findings pods.db --severty=note
meant 2 'did you mean --flow?' plot pods.db rtt --flwo 3
meant 2 'did you mean analyze?' analize pods
meant 2 '--f: no such option, or short for several' plot pods.db rtt --f 3 && lacks err 'did you mean' 'meant: short for several'
meant 2 'no such chart' plot pods.db frobnicate && lacks err 'did you mean' 'meant: nothing near'
for arguments in "analyze -o z.db" cat replay "locate pods/a/capture.pcap"; do
	read -ra words <<<"$arguments"
	meant 1 'pods.db: a database, not a capture' "${words[@]}" pods.db
done
# `-f -o pods/b/*` names a capture where a database is meant.
before=$(cksum <pods/b/alone.pcap)
meant 1 'pods/b/alone.pcap: is no database' analyze -f -o pods/b/alone.pcap pods/b/capture.pcap
is 'a capture is not replaced' "$before" "$(cksum <pods/b/alone.pcap)"
: >empty.db && run 0 'an empty file is replaced' analyze -q -f -o empty.db pods/b/capture.pcap

# A chart with nothing to draw says what was missing. pods/b/capture.pcap has three connections to port 5001, and not one DNS packet
# (tshark -Y dns); all of it lies before 03:57:11.
for chart in "$here"/../plots/*.sql; do
	has "$chart" '-- empty: ' "what is missing: ${chart##*/}"
done
run 0 'without DNS' analyze -q -o plain.db pods/b/capture.pcap
meant 1 'nothing to draw: chart dns: there are no DNS questions' plot plain.db dns
meant 1 'there are no DNS questions in this flow' plot plain.db dns --flow 1
meant 1 'there are no packets in this period' plot plain.db throughput --from 2026-11-21T03:58:00Z
meant 1 'no TCP connection begins in this period' plot plain.db handshake --from 2026-11-21T03:58:00Z

totals
