#!/usr/bin/env bash
# wiretape replay on samples: what fires, the same each time, and incidents made of it. WIRETAPE names the program.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
wiretape=$(realpath "${WIRETAPE:-build/wiretape}")
sample=samples/loss_20ms.snd.pcap.zst
root=$PWD
# shellcheck source=tests/expect.sh
. tests/expect.sh
cd "$root" || exit 2

cat >"$work/loss.conf" <<'CONF'
[trigger loss]
when = retrans_pct > 0.5 AND data_segments >= 100
for = 0s
before = 300ms
after = 200ms
cooldown = 10m
CONF

# The lab's wire lost segments all along (samples/README.md): one fires, the rest lies within the cooldown.
"$wiretape" replay -c "$work/loss.conf" --interval 100ms --trigger loss "$sample" >"$work/one" 2>"$work/err"
is "exit status" 0 $?
is "one fires" 1 "$(grep -cx '2026-11-21T03:57:0[0-9.]*Z  loss  *service 10.9.0.2:5001' "$work/one")"
is "on what values" 1 "$(grep -cx '    retrans_pct [0-9.]*, data_segments [0-9]*' "$work/one")"
"$wiretape" replay -c "$work/loss.conf" --interval 100ms --trigger loss "$sample" >"$work/two" 2>>"$work/err"
is "the same again" "" "$(cmp "$work/one" "$work/two" 2>&1)"
"$wiretape" replay -c "$work/loss.conf" --interval 100ms --trigger loss --speed 4 "$sample" >"$work/two" 2>>"$work/err"
is "the same at four times the speed" "" "$(cmp "$work/one" "$work/two" 2>&1)"
is "nothing on standard error" "" "$(cat "$work/err")"
json=$("$wiretape" replay -c "$work/loss.conf" --interval 100ms --trigger loss --json "$sample")
is "JSON" 1 "$(jq '.fired | length' <<<"$json")"
is "why, in JSON" "$(sed -n "2s/^ *//p" "$work/one")" "$(jq -r '.fired[0].why' <<<"$json")"

# 80 columns, whatever fires: a long name with many values, and the longest key there is.
cat >"$work/long.conf" <<'CONF'
[trigger a_name_of_thirty-two_letters_or_]
scope = service
when = packets + bytes + data_segments + retransmitted_segments + fast_retransmissions + timeout_retransmissions > 0
for = 0s
CONF
"$wiretape" replay -c "$work/long.conf" "$sample" >"$work/two" 2>"$work/err"
is "a long name and many values" 1 "$(grep -c ' timeout_retransmissions [0-9]*$' "$work/two")"
is "80 columns" "" "$(awk 'length > 80' "$work/two")"
if command -v text2pcap >/dev/null; then
	server=2001:db8:1234:5678:9abc:def0:1234:5679
	echo '0000 01 02 03 04' | text2pcap -q -6 "${server%9}8,$server" -T 65535,55555 - "$work/long.pcap" 2>"$work/err"
	"$wiretape" replay -c "$work/long.conf" "$work/long.pcap" >"$work/two" 2>"$work/err"
	is "a long key" 1 "$(grep -cx "    \[$server\]:55555" "$work/two")"
	is "80 columns with it" "" "$(awk 'length > 80' "$work/two")"
	is "one packet" 1 "$(grep -c '^1 packet, ' "$work/two")"
fi

# --save: the packets from 300 ms before the interval to 200 ms after it, counted by tcpdump.
"$wiretape" replay -c "$work/loss.conf" --interval 100ms --trigger loss --save "$work/tape" "$sample" >/dev/null 2>"$work/err"
is "exit status with --save" 0 $?
folder=$(echo "$work"/tape/incidents/*-loss)
is "state" analysed "$(jq -r .state "$folder/incident.json")"
from=$(jq .from_ns "$folder/incident.json") to=$(jq .to_ns "$folder/incident.json")
is "before, interval and after" 600000000 "$((to - from))"
expected=$(zstdcat "$sample" | tcpdump --nano -tt -n -r - 2>/dev/null |
	awk -v from="$from" -v to="$to" '{t = $1; sub(/\./, "", t)} t >= from "" && t <= to ""' | wc -l)
is "packets" "$expected" "$(zstdcat "$folder"/*.pcap.zst | tcpdump -n -r - 2>/dev/null | wc -l)"
is "database" "$expected" "$(sqlite3 "$folder/flows.db" 'SELECT sum(packets) FROM captures')"
is "why, in incident.json" "$(sed -n "2s/^ *//p" "$work/one")" "$(jq -r .why "$folder/incident.json")"
is "the report begins with it" "$(jq -r '"\(.name): loss at \(.time), service 10.9.0.2:5001\n\(.why)\n"' "$folder/incident.json")" \
	"$(head -n 3 "$folder/report.txt")"
is "report" 1 "$(grep -c '^Flows' "$folder/report.txt")"
is "page" "1 1" "$(grep -c '^<!DOCTYPE html>' "$folder/report.html") $(grep -c '^</html>' "$folder/report.html")"
is "the page names the flow that lost most" yes "$(grep -q "$(sqlite3 "$folder/flows.db" "SELECT client FROM flows JOIN flow_directions
	ON flow_id = id ORDER BY retransmitted_segments DESC, id LIMIT 1")" "$folder/report.html" && echo yes)"
is "the page has charts, where gnuplot is" "$(command -v gnuplot >/dev/null && echo yes)" \
	"$(grep -q '<svg' "$folder/report.html" && echo yes)"

# The same as a file of wiretaped says it: its [recorder] section counts too, but what the command line says more.
cat - "$work/loss.conf" >"$work/recorder.conf" <<'CONF'
[recorder]
interface = eth0
interval = 100ms
incidents-per-hour = 7
CONF
"$wiretape" replay -c "$work/recorder.conf" --trigger loss "$sample" >"$work/two" 2>"$work/err"
is "interval of a file" "$(head -n 1 "$work/one")" "$(head -n 1 "$work/two")"
is "incidents per hour of a file" 1 "$(grep -c 'beyond 7 an hour$' "$work/two")"
"$wiretape" replay -c "$work/recorder.conf" --interval 1s --incidents-per-hour 0 --trigger loss "$sample" >"$work/two" 2>"$work/err"
is "none per hour" 1 "$(grep -c ', 1 beyond 0 an hour$' "$work/two")"
is "none fires" 1 "$(grep -c ': 0 fired$' "$work/two")"
printf '[trigger loss]\nbefore = 60s ; a minute\n' >"$work/wrong.conf"
"$wiretape" replay -c "$work/wrong.conf" "$sample" >/dev/null 2>"$work/err"
is "a file that is wrong" 2 $?
is "its line" 1 "$(grep -c "^wiretape: $work/wrong.conf:2: before = 60s ; a minute: no time" "$work/err")"

# A tape: two segments without packets, of a minute, and five of half a second, cut from the sample; the last is being written.
mkdir -p "$work/lib/ring"
number=2
for name in 20261121T035500.000Z-000001 20261121T035600.000Z-000002; do
	zstdcat "$sample" | head -c 24 | zstd -q >"$work/lib/ring/$name.pcap.zst"
	echo '{"name": "'"$name"'.pcap.zst", "host": "here"}' >"$work/lib/ring/$name.json"
done
while read -r from to; do
	number=$((number + 1))
	name=20261121T0357${from}Z-00000$number
	"$wiretape" cat "$sample" --from "2026-11-21T03:57:${from:0:2}.${from:3}" --to "2026-11-21T03:57:${to}999999" \
		-w "$work/lib/ring/$name.pcap"
	zstd -q --rm "$work/lib/ring/$name.pcap"
	echo '{"name": "'"$name"'.pcap.zst", "host": "here", "sequence": '$number'}' >"$work/lib/ring/$name.json"
done <<'TIMES'
04.000 04.499
04.500 04.999
05.000 05.499
05.500 05.999
06.000 06.499
TIMES
part=$(echo "$work"/lib/ring/*7.pcap.zst)
mv "$part" "$part.part"
is "packets of the tape" "$(zstdcat "$sample" | tcpdump -n -r - 2>/dev/null | wc -l)" \
	"$(for file in "$work"/lib/ring/*.zst*; do zstd -dcq <"$file" | tcpdump -n -r - 2>/dev/null; done | wc -l)"
"$wiretape" replay -c "$work/recorder.conf" --trigger loss "$work/lib" >"$work/two" 2>"$work/err"
is "the same of a tape" "$(head -n 1 "$work/one")" "$(head -n 1 "$work/two")"

# saved OPTION...: --save of the tape to $saved; $folder is the incident.
saved() {
	"$wiretape" replay -c "$work/recorder.conf" --trigger loss --save "$saved" "$@" "$work/lib" >"$work/out" 2>"$work/err"
	is "exit status with --save of a tape" 0 $?
	folder=$(echo "$saved"/incidents/*-loss)
	is "state of the tape's" analysed "$(jq -r .state "$folder/incident.json")"
	is "it says who it is" 0 "$(grep -vc '^wiretape: ' "$work/err")"
}
# wanted: the segments that may hold a part of the incident's period, by their names: each ends where the next begins, and packets may be
# two seconds late. That is all but the first.
wanted() { (cd "$work/lib/ring" && printf '%s\n' *.zst* | tail -n +2); }
saved=$work/lib
saved
is "segments of the tape's" "$(wanted)" "$(cd "$folder" && ls -- *.zst*)"
is "as many as it says" "$(wanted | wc -l)" "$(jq .segments "$folder/incident.json")"
for name in $(wanted | grep -v part); do
	is "a link" "$(stat -c %i "$work/lib/ring/$name")" "$(stat -c %i "$folder/$name")"
	is "with its facts" "$(cat "$work/lib/ring/${name%.pcap.zst}.json")" "$(cat "$folder/${name%.pcap.zst}.json")"
done
is "its database" "$(for name in $(wanted); do zstd -dcq <"$folder/$name" | tcpdump -n -r - 2>/dev/null; done | wc -l)" \
	"$(sqlite3 "$folder/flows.db" 'SELECT sum(packets) FROM captures')"
is "ls lists it" 1 "$("$wiretape" ls --json "$work/lib" | jq "[.. | objects | select(.name? == \"${folder##*/}\")] | length")"
"$wiretape" analyze -o "$work/again.db" "$folder" >/dev/null 2>"$work/err"
is "it is analysed again" "$(sqlite3 "$folder/flows.db" 'SELECT count(*) FROM events')" \
	"$(sqlite3 "$work/again.db" 'SELECT count(*) FROM events')"
# The end of the tape: the segment that is being written is copied as far as it goes, for its file goes on.
saved=$work/late
printf '[trigger loss]\nwhen = packets > 0\nbefore = 0s\n' >"$work/any.conf"
saved -c "$work/any.conf" --from 2026-11-21T03:57:06
is "the copy of what is being written" "" "$(cmp "$part.part" "$folder/${part##*/}.part" 2>&1)"
is "is none of its links" 1 "$(stat -c %h "$part.part")"
# To another file system nothing can be linked.
if [[ -w /dev/shm && $(stat -c %d /dev/shm) != "$(stat -c %d "$work")" ]]; then
	saved=$(mktemp -d /dev/shm/wiretape-replay.XXXXXX)
	saved
	for name in $(wanted); do is "a copy" "" "$(cmp "$work/lib/ring/$name" "$folder/$name" 2>&1)"; done
	rm -r "$saved"
fi

# More than can be recorded at once: each is made and analysed as its packets are over. Without gnuplot, which is not needed.
printf '[trigger loss]\nwhen = packets > 0\nscope = all\nfor = 0s\nbefore = 0s\nafter = 0s\ncooldown = 20ms\n' >"$work/many.conf"
PATH=/nowhere "$wiretape" replay -c "$work/many.conf" --interval 10ms --incidents-per-hour 1000 --trigger loss --save \
	"$work/many" "$sample" \
	>"$work/out" 2>"$work/err"
is "exit status with many" 0 $?
is "pages of all" "$(grep -c '  loss ' "$work/out")" "$(grep -l '^</html>' "$work"/many/incidents/*/report.html | wc -l)"
is "there are many" 1 "$(($(grep -c '  loss ' "$work/out") > 64))"
is "all of them" "$(grep -c '  loss ' "$work/out")" "$(jq -r .state "$work"/many/incidents/*/incident.json | grep -c analysed)"

"$wiretape" replay --trigger nosuch "$sample" >/dev/null 2>"$work/err"
is "no such trigger" 2 $?
is "which there are" 1 "$(grep -c '^  latency$' "$work/err")"
"$wiretape" replay --speed 0 "$sample" >/dev/null 2>"$work/err"
is "no speed" 2 $?
"$wiretape" replay "$work/nowhere" >/dev/null 2>"$work/err"
is "no such file" 1 $?

totals
