#!/usr/bin/env bash
# wiretape ls, cat and analyze on tapes that are made here from a sample, cut at record borders. WIRETAPE names the program.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/.." || exit 2
wiretape=$(realpath "${WIRETAPE:-build/wiretape}")
program=$wiretape
sample=$(realpath samples/loss_20ms.snd.pcap.zst)
# shellcheck source=expect.sh
. "$here/expect.sh"
ask() { sqlite3 -readonly "$1" "$2"; }

# The sample and where its records start (pcap-savefile(5): 24 bytes, then 16 bytes before each packet, little-endian).
zstd -qdc "$sample" >all.pcap
od -An -v -tu1 -w1 all.pcap | awk '{ b[NR - 1] = $1 }
	function word(at) { return b[at] + 256 * (b[at + 1] + 256 * (b[at + 2] + 256 * b[at + 3])) }
	END { for (at = 24; at < NR; at += 16 + word(at + 8)) printf "%d %d.%09d\n", at, word(at), word(at + 4); print NR }' >records
mapfile -t starts < <(cut -d' ' -f1 records)
frames=$((${#starts[@]} - 1))

# piece FIRST LAST: frames FIRST to LAST, from 0, LAST not included, as a pcap
piece() {
	head -c 24 all.pcap
	tail -c +$((${starts[$1]} + 1)) all.pcap | head -c $((${starts[$2]} - ${starts[$1]}))
}
# segment FOLDER NAME FIRST LAST
segment() { piece "$3" "$4" | zstd -q >"$1/$2.pcap.zst"; }
# facts FOLDER NAME OPENED CLOSED PACKETS KERNEL INTERFACE POOL SKIPPED END: its JSON file; times in ms after 03:57 of the day
day=1795233420 # date -u -d '2026-11-21 03:57' +%s
facts() {
	printf '{"name":"%s.pcap.zst","sequence":%d,"host":"tapehost","interface":"eth0","filter":"tcp","slice":"smart","link_type":1,
		"snaplen":262144,"opened_ns":%s,"closed_ns":%s,"first_ns":%s,"last_ns":%s,"packets":%s,"bytes":1000,"captured_bytes":900,
		"file_bytes":500,"kernel_drops":%s,"interface_drops":%s,"pool_drops":%s,"watcher_skipped":%s,"compress_level":3,
		"ended_by":"%s"}\n' "$2" "$((10#${2##*-}))" "$((day * 1000 + $3))000000" "$((day * 1000 + $4))000000" \
		"$((day * 1000 + $3))000000" "$((day * 1000 + $4))000000" "$5" "$6" "$7" "$8" "$9" "${10}" >"$1/$2.json"
}

# A ring of five segments; the sample is from 03:57:04.258 to 03:57:06.223.
one=20261121T035704.000Z-000001 two=20261121T035704.500Z-000002 three=20261121T035705.000Z-000003
four=20261121T035705.500Z-000004 five=20261121T035706.000Z-000005
# first frame at or after T seconds past 03:57
at() { awk -v t="$1" -v day=$day 'NF == 2 { split($2, p, "."); if (p[1] - day + ("0." p[2]) >= t) { print NR - 1; exit } }' records; }
b=$(at 4.5) c=$(at 5) d=$(at 5.5) e=$(at 6)
mkdir -p lib/eth0/ring lib/eth0/incidents
ring=lib/eth0/ring
segment $ring $one 0 "$b"; segment $ring $two "$b" "$c"; segment $ring $three "$c" "$d"
segment $ring $four "$d" "$e"; segment $ring $five "$e" "$frames"
facts $ring $one 4000 4500 "$b" 1 10 100 1000 time
facts $ring $two 4500 5000 "$((c - b))" 2 20 200 2000 time
facts $ring $three 5000 5500 "$((d - c))" 0 0 0 0 size
facts $ring $four 5500 6000 "$((e - d))" null null 0 0 repaired
facts $ring $five 6000 6300 "$((frames - e))" 4 40 400 4000 stop

# analyze: the same rows as of one file
run 0 'one file' analyze -o whole.db all.pcap
run 0 'a tape' analyze -o tape.db lib/eth0
has out '1 capture of 5 segments, 8,556 packets' 'a tape'
run 0 'a tape among captures' analyze --no-findings -o among.db lib/eth0 "${sample%/*}"/{server_reset,web}.snd.pcap.zst
has out '3 captures (1 tape: 5 segments), ' 'a tape among captures'
has out 'packets dropped by the recording kernel' 'a tape'
has out 'packets dropped by the recorder' 'a tape'
for table in flows flow_directions events timeline flow_timeline interfaces; do
	ask whole.db "SELECT * FROM $table" >expected
	ask tape.db "SELECT * FROM $table" >found
	same "a tape: $table" expected found
	is "a tape: $table has rows" 1 "$(($(wc -l <found) > 0))"
done
columns='packets, bytes, first_ns, last_ns, link_type, fingerprint, events, capture_loss_pct, time_backwards, error, truncated'
is 'a tape: the capture' "$(ask whole.db "SELECT $columns FROM captures")" "$(ask tape.db "SELECT $columns FROM captures")"
# 1 + 2 + 0 + 4, and so on; the fourth does not know what kernel and interface dropped
is 'a tape: what the recorder counted' 'lib/eth0|tapehost|eth0|ring|zstd|7|70|700|7000|5' "$(ask tape.db \
	'SELECT path, host, interface, format, compression, kernel_drops, interface_drops, pool_drops, watcher_skipped, segments FROM captures')"
has err 'drops are not known of 1 of 5 segments' 'a tape: unknown drops'
run 0 'the same again' analyze -q -o tape.db --append all.pcap && has err 'in the database already' 'the same again'
run 0 'its folder ring' analyze -q -o ring.db $ring
is 'its folder ring' 8556 "$(ask ring.db 'SELECT packets FROM captures')"
run 0 'one segment' analyze -q -o one.db $ring/$two.pcap.zst
is 'one segment' "$((c - b))|2|20|200|2000|1|eth0" "$(ask one.db \
	'SELECT packets, kernel_drops, interface_drops, pool_drops, watcher_skipped, segments, interface FROM captures')"
is 'a plain file' '||||' "$(ask whole.db 'SELECT kernel_drops, pool_drops, watcher_skipped, segments, host FROM captures')"

# periods: the third second and what the JSON files say of it
run 0 'a period' analyze -q -o period.db lib/eth0 --from 2026-11-21T03:57:05Z --to 2026-11-21T03:57:05.499999999Z
is 'a period' "$((d - c))|0|0|1" "$(ask period.db 'SELECT packets, kernel_drops, pool_drops, segments FROM captures')"
run 0 'a period of a file' analyze -q -o period2.db all.pcap --from 03:57:05 --to 03:57:05.5
is 'a period of a file' "$((d - c))" "$(ask period2.db 'SELECT packets FROM captures')"
is 'a period of a file: its own numbers' 1 "$(ask period2.db "SELECT min(first_frame) > $c FROM flows")"

# silence: a DNS question at 03:57:04 without an answer; that nobody answered for 5 s, the recorder knows, which stopped at 03:57:24
bytes() { local hex; for hex in $(fold -w 2 <<<"${1// /}"); do printf %b "\\x$hex"; done; }
question="020000000002 020000000001 0800 4500003d 00010000 4011b966 c0000201 0a000001 c0010035 00290000
	1234 0100 0001 0000 0000 0000 03777777 076578616d706c65 03636f6d 00 0001 0001"
question=${question//[$'\n\t']/}
mkdir -p silence/ring
{
	head -c 24 all.pcap
	bytes "$(printf '%08x' $((day + 4)) | sed 's/\(..\)\(..\)\(..\)\(..\)/\4\3\2\1/') 00000000 4b000000 4b000000 $question"
} | zstd -q >silence/ring/$one.pcap.zst
facts silence/ring $one 4000 24000 1 0 0 0 0 stop
run 0 'silence' analyze -q -o silence.db silence
is 'silence: of a file nothing is known' 1 "$(zstd -qdc silence/ring/$one.pcap.zst >silence.pcap
	"$wiretape" analyze -q -o silence2.db silence.pcap; ask silence2.db 'SELECT open_end FROM dns')"
is 'silence: of a tape it is' 0 "$(ask silence.db 'SELECT open_end FROM dns')"

# cat
run 0 cat cat lib/eth0
tail -c +25 all.pcap >expected && tail -c +25 out >found && same 'cat: records' expected found
is 'cat: header' '4d 3c b2 a1 02 00 04 00' "$(od -An -tx1 -N8 out | xargs)"
is 'cat: link type' '1' "$(od -An -tu4 -j20 -N4 out | xargs)"
run 0 'cat of files' cat $ring/$one.pcap.zst $ring/$two.pcap.zst
piece 0 "$c" | tail -c +25 >expected && tail -c +25 out >found && same 'cat of files' expected found
# frames NAME ARGUMENT...: the frames that cat gives are those of `expected`
frames() {
	local name=$1
	shift
	run 0 "$name" cat "$@"
	tail -c +25 out >found
	same "$name" expected found
}
piece "$c" "$d" | tail -c +25 >expected
frames 'from and to' lib/eth0 --from 2026-11-21T03:57:05Z --to '2026-11-21 03:57:05.499999999'
frames 'of the last day' lib/eth0 --from 3:57:05 --to 03:57:05.499999999Z
frames 'since 1970' lib/eth0 --from $((day + 5)) --to $((day + 5)).499999999
piece "$e" "$frames" | tail -c +25 >expected
last=$(tail -n 2 records | head -n 1 | cut -d' ' -f2) # of the last packet
frames 'before the end' lib/eth0 --from "-$(awk -v l="${last#*.}" -v s="${last%.*}" -v day=$day \
	'BEGIN { printf "%d", (s - day - 6) * 1e9 + l }')ns"
run 0 'after the end' cat lib/eth0 --from 2026-11-22 && has err 'the capture has none' 'after the end'
is 'after the end: a capture all the same' 24 "$(wc -c <out)"

# Only what is needed is opened: all else is garbage here. Two seconds before and after are looked at, so times are moved apart.
cp -r lib/eth0 needed
mv needed/ring/$one.pcap.zst needed/ring/20261121T025704.000Z-000001.pcap.zst
mv needed/ring/$two.pcap.zst needed/ring/20261121T035702.000Z-000002.pcap.zst
mv needed/ring/$five.pcap.zst needed/ring/20261121T045706.000Z-000005.pcap.zst
for name in needed/ring/*-00000[15].pcap.zst; do echo garbage >"$name"; done
piece "$c" "$d" | tail -c +25 >expected
frames 'opens what it needs' needed --from 2026-11-21T03:57:05Z --to 2026-11-21T03:57:05.499999999Z
is 'opens what it needs: no complaint' '' "$(cat err)"

# flows and filters, as tcpdump sees them
# counts NAME FILTER ARGUMENT...
counts() {
	local name=$1 filter=$2
	shift 2
	run 0 "$name" cat lib/eth0 "$@"
	# shellcheck disable=SC2086 # the filter is words
	tcpdump -nn -tt -r all.pcap $filter >expected 2>tcpdump.err
	tcpdump -nn -tt -r out >found 2>tcpdump.err
	same "$name" expected found
	is "$name: some" 1 "$(($(wc -l <found) > 0))"
}
if command -v tcpdump >/dev/null; then
	counts 'flow' 'tcp port 40003' --flow 10.9.0.1:40003-10.9.0.2:5001
	counts 'flow, the other way' 'tcp port 40003' --flow 10.9.0.2:5001-10.9.0.1:40003
	counts 'filter' 'tcp port 40004 and greater 1000' -f 'tcp port 40004 and greater 1000'
	counts 'flow and filter' 'tcp src port 40003' --flow 10.9.0.1:40003-10.9.0.2:5001 --filter 'src host 10.9.0.1'
else
	skipped=$((skipped + 1))
	echo 'skipped: tcpdump is not installed'
fi
run 0 'flow that is not there' cat lib/eth0 --flow '[2001:db8::1]:1-[2001:db8::2]:65535'
is 'flow that is not there' 24 "$(wc -c <out)"
for flow in 10.9.0.1:40003 10.9.0.1-10.9.0.2 10.9.0.1:x-10.9.0.2:1 10.9.0.1:65536-10.9.0.2:1 10.9.0:1-10.9.0.2:1 '[::1]:1-[::2' '' -; do
	run 2 "no flow: $flow" cat lib/eth0 --flow "$flow" && has err "--flow $flow: not a flow" "no flow: $flow"
done
run 2 'wrong filter' cat lib/eth0 -f 'prt 80' && has err "-f 'prt 80': " 'wrong filter'
is 'wrong filter: no output' 0 "$(wc -c <out)"

# what is refused
run 2 'no tape' cat && has err 'which tape' 'no tape'
for time in yesterday 2026-13-01 2026-02-30 25:00 10:61 1e9 -5parsec '' 2026-11-21T10:32:00+01:00 99999999999; do
	run 2 "no time: $time" cat lib/eth0 --from "$time" && has err "--from $time: " "no time: $time"
done
run 2 'to before from' cat lib/eth0 --from 2026-11-21T03:57:06Z --to 2026-11-21T03:57:05Z && has err 'is after --to' 'to before from'
run 1 'relative to a pipe' cat - --from -1s <all.pcap && has err 'standard input: has no end yet' 'relative to a pipe'
run 1 'no such folder' cat nowhere && has err 'nowhere: No such file' 'no such folder'
mkdir empty && run 1 'an empty folder' cat empty && has err 'empty: holds no segments' 'an empty folder'
if command -v script >/dev/null; then
	script -qec "'$wiretape' cat lib/eth0" /dev/null >out 2>&1 </dev/null
	is 'a terminal' 2 $?
	has out 'standard output is a terminal' 'a terminal'
fi
"$wiretape" cat lib/eth0 2>err | head -c 10 >/dev/null
is 'a reader that has enough' '' "$(cat err)"
if [[ -w /dev/full ]]; then
	"$wiretape" cat lib/eth0 >/dev/full 2>err
	is 'full disk' 1 $?
	has err 'standard output: cannot be written: No space' 'full disk'
fi

# -w
run 0 'to a file' cat lib/eth0 -w copy.pcap
tail -c +25 all.pcap >expected && tail -c +25 copy.pcap >found && same 'to a file' expected found
before=$(cksum <copy.pcap)
run 1 'the file exists' cat $ring/$one.pcap.zst -w copy.pcap && has err 'copy.pcap: exists already' 'the file exists'
is 'the file exists: untouched' "$before" "$(cksum <copy.pcap)"
run 0 'replaced' cat $ring/$one.pcap.zst -w copy.pcap --force
is 'replaced' "$(piece 0 "$b" | wc -c)" "$(wc -c <copy.pcap)"
# Root would have made a file of /dev/null.
mkfifo pipe && ln -s pipe link
run 1 'no file to replace' cat $ring/$one.pcap.zst -w pipe --force &&
	has err 'pipe: cannot be written: Operation not permitted' 'no file to replace'
run 1 'a link to none' cat $ring/$one.pcap.zst -w link --force && has err 'link: cannot be written' 'a link to none'
run 1 'a folder to replace' cat $ring/$one.pcap.zst -w lib --force && has err 'lib: cannot be written: Is a directory' 'a folder to replace'
is 'the pipe and the link are still there' 'fifo symbolic link' "$(stat -c %F pipe link | paste -sd' ')"
rm pipe link
before=$(cksum <copy.pcap)
run 1 'no such folder to write to' cat lib/eth0 -w nowhere/copy.pcap &&
	has err 'nowhere/copy.pcap: cannot be written' 'no such folder to write to'
{ head -c 20 all.pcap; printf '\x71\0\0\0'; piece 0 5 | tail -c +25; } >cooked.pcap # LINKTYPE_LINUX_SLL is 113
run 1 'two link types' cat all.pcap cooked.pcap -w copy.pcap --force
has err 'cooked.pcap: has link type 113, all.pcap has ETHERNET (1)' 'two link types'
is 'two link types: nothing written' "$before" "$(cksum <copy.pcap)"
mkdir int
interrupted INT all.pcap cat - -w int/copy.pcap
is 'interrupted' 130 "$status"
is 'interrupted: leaves nothing' '' "$(ls -A int)"
is 'no temporary files' '' "$(ls -- *.tmp-* 2>/dev/null)"

# damage: what is whole comes, exit status 1
cp -r lib/eth0 damaged && truncate -s -30 damaged/ring/$two.pcap.zst && rm damaged/ring/$three.json
run 1 'damaged' cat damaged && has err "$two.pcap.zst: cut short" 'damaged'
mv out copy
run 1 'damaged, analysed' analyze -q -o damaged.db damaged && has err "$two.pcap.zst: cut short" 'damaged, analysed'
has err 'drops are not known of 2 of 5' 'damaged, analysed'
is 'damaged: as many packets' "$(ask damaged.db 'SELECT packets FROM captures')" \
	"$(od -An -v -tu1 -w1 copy | awk '{ b[NR - 1] = $1 } END { for (at = 24; at < NR; n++) at += 16 + b[at + 8] + 256 * b[at + 9]
		print n }')"
is 'damaged: in the row' 1 "$(ask damaged.db "SELECT error LIKE '%cut short%' FROM captures")"
run 1 'to a file, damaged' cat damaged -w damaged.pcap
same 'to a file, damaged' copy damaged.pcap

# links in the folder: how a file begins that is none is not told, and what is no file is left out, but not in silence
cp -r lib/eth0 linked && echo 'secret of somebody' >secret
ln -sf "$work/secret" linked/ring/$one.pcap.zst && ln -sf /dev/zero linked/ring/$two.pcap.zst && ln -sf /dev/null linked/ring/$three.pcap.zst
run 1 'links' cat linked && has err "$one.pcap.zst: not a capture: a link to a file that is none" 'links'
lacks err secret 'links' && lacks err '73 65 63' 'links'
is 'links to devices' 1 "$(grep -c "ring/.*pcap.zst: no file: it and 1 more are left out" err)"

# the segment being written: up to its last flush, and no complaint
cp -r lib/eth0 live
zstd -qdc live/ring/$five.pcap.zst | zstd -q >part && head -c -4 part >live/ring/$five.pcap.zst.part
rm live/ring/$five.pcap.zst live/ring/$five.json
run 0 'being written' cat live
run 0 'being written, analysed' analyze -q -o live.db live
is 'being written: the JSON files of the others' '3|5' "$(ask live.db 'SELECT kernel_drops, segments FROM captures')"

# a gap: the recorder was away from 05.5 to 09
cp -r lib/eth0 gap && rm gap/ring/$four.*
mv gap/ring/$five.pcap.zst gap/ring/20261121T035709.000Z-000005.pcap.zst && rm gap/ring/$five.json
facts gap/ring 20261121T035709.000Z-000005 9000 9300 "$((frames - e))" 0 0 0 0 stop
run 0 'a gap' analyze -q -o gap.db gap && has err '1 gap, 3.5 s in all' 'a gap'
# the clock was set: no gap
cp -r gap clock && sed -i 's/"size"/"clock"/' clock/ring/$three.json
run 0 'a clock that was set' analyze -q -o clock.db clock && lacks err 'gap' 'a clock that was set'

# ls
incident=lib/eth0/incidents/20261121T035705Z-loss
mkdir $incident && ln $ring/$two.pcap.zst $ring/$two.json $ring/$three.pcap.zst $ring/$three.json $incident
head -c 100000 /dev/zero >$incident/flows.db
cat >$incident/incident.json <<-END
	{"name": "20261121T035705Z-loss", "trigger": "loss", "scope": "service", "key": "10.9.0.2:5001", "t_ns": ${day}000000000,
	 "from_ns": null, "to_ns": 1, "state": "saved", "segments": 2, "file_bytes": 9}
END
mkdir lib/eth0/incidents/20261121T035800Z-other
head -c 5000 /dev/zero >lib/eth0/catalog.db
run 0 ls ls lib/eth0
has out 'lib/eth0: 5 segments of eth0 on tapehost, slice smart' ls
has out 'filter: tcp' ls
has out 'dropped: 7 by the kernel, 70 by the interface, 700 by the recorder' ls
has out 'not looked at by triggers: 7000' ls
has out '1 segment was repaired' ls
has out '20261121T035705Z-loss' ls
has out '10.9.0.2:5001' ls
has out '11-21 03:57:04' ls
lacks out 'Gaps' ls
is 'ls: 80 columns' '' "$(awk 'length > 80' out)"
# as du -h counts, in KiB of 1024; more than 99.95 of it have no decimals
kib() { find "$1" -type f -print0 | du -B1 --files0-from=- -c | tail -n 1 | awk '{ printf "%.0fk", $1 / 1024 }'; }
is 'ls: sizes' "$(kib $incident)" "$(awk '/^20261121T035705Z-loss/ { print $4 }' out)"
run 0 'ls of a gap' ls gap && has out 'Gaps: nothing was recorded (1, 3.5 s in all)' 'ls of a gap'
has out '2026-11-21 03:57:05 to 2026-11-21 03:57:09          3.5 s' 'ls of a gap'
run 0 'ls of one being written' ls live && has out 'the last segment is being written' 'ls of one being written'
run 0 'ls of a folder of tapes' ls lib && has out 'lib/eth0: 5 segments' 'ls of a folder of tapes'
run 0 'ls of an incident' ls $incident && has out 'incident: loss of 10.9.0.2:5001 at 2026-11-21 03:57:00 UTC, saved' 'ls of an incident'
# of many segments the last ten are shown, and those before them that dropped something
mkdir -p many/ring
for i in {10..31}; do
	segment many/ring "20261121T0400$i.000Z-0000$i" 0 1
	facts many/ring "20261121T0400$i.000Z-0000$i" $((180000 + i * 1000)) $((181000 + i * 1000)) 1 0 0 0 0 time
done
sed -i 's/"pool_drops":0/"pool_drops":77/' many/ring/20261121T040013.000Z-000013.json
run 0 'ls of many' ls many && has out 'Earlier segments with drops' 'ls of many'
has out '(12 segments before these: --long)' 'ls of many'
is 'ls of many: rows' '11-21 04:00:13 77 11-21 04:00:22 0' "$(awk '/^11-21/ && n++ < 2 { print $1, $2, $9 }' out | xargs)"
is 'ls of many: rows' 11 "$(grep -c '^11-21' out)"
run 0 'ls --long' ls --long many
is 'ls --long: rows' 22 "$(grep -c '^11-21' out)"
# long names have 80 columns too, and of many incidents the last ten are shown
cp -r many wide
long=a_trigger_whose_name_is_as_long_as_can
sed -i 's/"host":"[^"]*"/"host":"a-rather-long-name-of-a-host.prod.example.org"/; s/"interface":"[^"]*"/"interface":"enp193s0f1np1v2"/' \
	wide/ring/*.json
for i in {10..21}; do
	mkdir -p "wide/incidents/20261121T0400${i}Z-$long"
	printf '{"trigger": "%s", "scope": "service", "key": "[2001:db8:1234:5678:9abc:def0:1234:5678]:65535", "state": "interrupted"}\n' \
		"$long" >"wide/incidents/20261121T0400${i}Z-$long/incident.json"
done
run 0 'ls of long names' ls wide && has out '(2 incidents before these: --long)' 'ls of long names'
is 'ls of long names: 80 columns' '' "$(awk 'length > 80' out)"
is 'ls of long names: incidents' "10 20261121T040012Z-$long" "$(awk '/^20261121T/ { if (!n++) first = $1 } END { print n, first }' out)"
run 0 'ls --long of long names' ls --long wide && is 'ls --long of long names' 12 "$(grep -c '^20261121T' out)"
run 1 'ls of nothing' ls empty && has err 'empty: holds no tape' 'ls of nothing'
run 1 'ls of a file' ls all.pcap && has err 'is no folder' 'ls of a file'
run 2 'ls of what' ls && has err 'which tape' 'ls of what'
mkdir -p new/ring && run 0 'ls of a new ring' ls new && has out 'new: 0 segments' 'ls of a new ring'
if command -v jq >/dev/null; then
	run 0 'ls --json' ls --json lib/eth0
	json() { is "ls --json: $1" "$2" "$(jq -r "$1" out)"; }
	json '.tapes | length' 1
	json '.tapes[0].segments | length' 5
	json '.tapes[0].segments[3] | "\(.kernel_drops) \(.pool_drops) \(.ended_by) \(.state)"' 'null 0 repaired finished'
	json '.tapes[0].totals | "\(.packets) \(.kernel_drops) \(.watcher_skipped) \(.segments_with_unknown_drops)"' '8556 7 7000 1'
	json '.tapes[0].incidents[0] | "\(.name) \(.trigger) \(.key) \(.state) \(.from_ns) \(.segments)"' \
		'20261121T035705Z-loss loss 10.9.0.2:5001 saved null 2'
	json '.tapes[0].incidents[1].state' null
	# du counts a file once, and its folders, which are left out here
	files() { find "$@" -type f -links -100 -print0 | du -B1 --files0-from=- -c | tail -n 1 | cut -f1; }
	json '.tapes[0].disk.ring_bytes' "$(files $ring)"
	json '.tapes[0].disk.total_bytes' "$(files lib/eth0)"
	json '.tapes[0].incidents[0].disk_bytes_alone' "$(files $incident/flows.db $incident/incident.json)"
	json '.tapes[0].incidents[0].disk_bytes' "$(files $incident)"
	run 0 'ls --json of a gap' ls --json gap
	json '.tapes[0].gaps | map("\(.from_ns) \(.to_ns)") | .[]' "${day%?}5500000000 ${day%?}9000000000"
else
	skipped=$((skipped + 1))
	echo 'skipped: jq is not installed'
fi
# names and texts of others don't steer a terminal, and a JSON file that is none is as good as missing
cp -r lib/eth0 hostile && printf '{"host":"a\\u001b[31mb\\u202ec","interface":"x\\ny","packets":-5,"opened_ns":"no"}' >hostile/ring/$five.json
echo '[[[[' >hostile/ring/$four.json && : >hostile/ring/$three.json
run 0 'hostile JSON' ls hostile && has out 'a\x1b[31mb\u202ec' 'hostile JSON'
lacks out "$(printf '\033')" 'hostile JSON'
has out '2 segments have no JSON file' 'hostile JSON'

# incidents, and folders of tapes
echo text >$incident/report.txt
touch $incident/{.report.txt,flows.db-journal,flows.db.tmp-4711,incident.json.tmp-4711} \
	lib/eth0/{lock,catalog.db-wal,catalog.db-shm} $ring/$one.json.tmp
run 0 'an incident' analyze -q -o incident.db $incident
is 'an incident: nothing is skipped' '' "$(cat err)"
is 'an incident' "$((d - b))|2|2" "$(ask incident.db 'SELECT packets, segments, kernel_drops FROM captures')"
run 0 'a tape with incidents' analyze -q -o kept.db lib/eth0 && lacks err skipped 'a tape with incidents'
mkdir bare && cp $incident/{incident.json,report.txt,flows.db} bare
run 1 'an incident without segments' analyze -q -o bare.db bare && has err 'no captures in there' 'an incident without segments'
echo text >bare/notes
run 1 'what is another' analyze -q -o bare.db bare && has err '1 file in folders is no capture: skipped' 'what is another'
mkdir lib/eth1 lib/eth1/ring && segment lib/eth1/ring $one 0 "$b"
run 0 'folders of tapes' analyze -q -o lib.db lib
is 'folders of tapes' "lib/eth0|8556 lib/eth1|$b" "$(ask lib.db 'SELECT path, packets FROM captures ORDER BY id' | xargs)"
cp all.pcap lib/eth1/ring/other.pcap
run 0 'a capture beside segments' analyze -q -o beside.db lib/eth1
is 'a capture beside segments' "lib/eth1|$b lib/eth1/ring/other.pcap|8556" \
	"$(ask beside.db 'SELECT path, packets FROM captures ORDER BY id' | xargs)"

totals
