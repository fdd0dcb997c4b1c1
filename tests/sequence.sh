#!/usr/bin/env bash
# The chart time-sequence and the packets behind it, from outside: tshark says what they are; captures that wrap, are cut into a
# tape, wrapped in tunnels, moved, swapped and gone. WIRETAPE names the program.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
wiretape=$(realpath "${WIRETAPE:-build/wiretape}")
trace_pcap=${TRACE_PCAP:-$(dirname "$wiretape")/tests/trace_pcap}
samples=$(realpath "$here/../samples")
program=$wiretape
# shellcheck source=expect.sh
. "$here/expect.sh"
export TMPDIR=$work
needs_tools sqlite3 tshark zstd
ask() { sqlite3 -readonly -separator $'\t' "$1" "$2"; }

# plot DB FLOW [OPTION...]: the chart's data, in `out`; block N: one block of it, without its header, times with nine digits
plot() { run 0 "plot $1 $2" plot "$1" time-sequence --flow "$2" --data "${@:3}"; }
block() {
	awk -F'\t' -v OFS='\t' -v wanted="$1" '/^# / { n++; next } n == wanted + 1 && NF > 1 && $1 != "NaN" {
		gsub(/"/, ""); if (wanted) $1 = sprintf("%.9f", $1); print }' out
}
note() { block 0 | cut -f14; }

# frames FILE CLIENT_PORT: what tshark says of a flow, to `frames`: number, time, c2s, seq, len, ack (or -), window, syn, rst, edges
# of SACK
frames() {
	zstd -qdcf "$1" | tshark -r - -Y "tcp.port == $2" -T fields -e frame.number -e frame.time_epoch -e tcp.srcport -e tcp.seq -e tcp.len \
		-e tcp.flags.ack -e tcp.ack -e tcp.window_size -e tcp.flags.syn -e tcp.flags.reset -e tcp.options.sack_le \
		-e tcp.options.sack_re 2>/dev/null | awk -F'\t' -v OFS='\t' -v port="$2" '
		{ print $1, $2, $3 == port, $4, $5, ($6 == "1" || $6 == "True") ? $7 : "-", $8, $9,
			($10 == "1" || $10 == "True"), $11, $12 }' >frames
}
# expect DB FLOW DIRECTION: what the chart must show of `frames`, to expected.1 to expected.3
expect() {
	ask "$1" "SELECT frame FROM events WHERE flow_id = $2 AND direction = '$3' AND kind IN ('retransmission', 'syn_retransmission',
		'reordered', 'unknown', 'network_duplicate', 'keep_alive', 'zero_window_probe', 'checksum_error')" >judged
	awk -F'\t' -v OFS='\t' -v base="$(block 0 | cut -f1)" -v own="$([[ $3 == c2s ]] && echo 1 || echo 0)" '
		function s(t,    p) { split(t, p, "."); return sprintf("%d.%s", p[1] - base, p[2]) }
		FILENAME == "judged" { judged[$1]; next }
		$3 == own { if ($5 > 0 && !($1 in judged)) print s($2), $4, $4 + $5 >"expected.1"; next }
		$6 == "-" || $9 { next }
		$6 >= acked { acked = $6; print s($2), $6, $6 + $7, "NaN" >"expected.2" }
		$10 != "" { n = split($10, left, ","); split($11, right, ","); for (i = 1; i <= n; i++) 
			print s($2), left[i], right[i] >"expected.3" }
		' judged frames
	touch expected.{1,2,3}
	sort -n -k1,1 -k2,2n -o expected.3 expected.3
}
# matches NAME DB FLOW DIRECTION: the chart shows what tshark says
matches() {
	rm -f expected.*
	expect "$2" "$3" "$4"
	for n in 1 2 3; do block $n >found.$n; done
	sed -i '$d' found.2 # the lines go on to the end of the picture
	for n in 1 2 3; do
		if diff expected.$n found.$n >difference; then pass; else
			fail "$1: block $n: $(head -n 4 difference | tr '\n' ' ')"
		fi
	done
}

# Samples: healthy, lossy, SACK, zero windows; both ends.
run 0 analyze analyze -q -o samples.db "$samples"/{loss_20ms,zero_window,tail_loss,server_reset}.{snd,rcv}.pcap.zst
compared=0 duplicates=0
while IFS=$'\t' read -r flow path port; do
	frames "$path" "$port"
	plot samples.db "$flow" --direction c2s
	matches "${path##*/} port $port" samples.db "$flow" c2s
	is "${path##*/} port $port: all are there" "$(wc -l <frames)" "$(block 0 | cut -f5)"
	is "${path##*/} port $port: events" \
		"$(ask samples.db "SELECT count(*) FROM events WHERE flow_id = $flow AND (direction = 'c2s'
			AND kind NOT IN ('zero_window', 'zero_window_end') OR direction = 's2c' AND kind IN ('zero_window', 'zero_window_end', 'reset'))")" \
		"$(block 4 | awk -F'\t' '{ n += $5 } END { print n + 0 }')"
	# As many as the engine counts. Those of tshark are among them: to it a window that moves is news, also where the SACK is.
	block 6 >duplicates
	is "${path##*/} port $port: duplicate ACKs" "$(ask samples.db "SELECT duplicate_acks FROM flow_directions
		WHERE flow_id = $flow AND direction = 's2c'")" "$(wc -l <duplicates)"
	is "${path##*/} port $port: duplicate ACKs, tshark" '' "$(zstd -qdcf "$path" | tshark -r - -Y "tcp.dstport == $port && tcp.analysis.duplicate_ack" \
		-T fields -e frame.time_epoch -e tcp.ack 2>/dev/null | awk -F'\t' -v OFS='\t' -v base="$(block 0 | cut -f1)" \
		'{ split($1, p, "."); print sprintf("%d.%s", p[1] - base, p[2]), $2 }' | grep -vxF -f duplicates)"
	duplicates=$((duplicates + $(wc -l <duplicates)))
	compared=$((compared + $(wc -l <expected.1) + $(wc -l <expected.2) + $(wc -l <expected.3)))
done < <(ask samples.db "SELECT f.id, path, client_port FROM flows f JOIN captures c ON c.id = capture_id GROUP BY path, f.id % 2")
is 'samples: duplicate ACKs were compared' yes "$( ((duplicates > 1000)) && echo yes || echo "$duplicates")"
is 'samples: much was compared' yes "$( ((compared > 5000)) && echo yes || echo "$compared")"
flow=$(ask samples.db "SELECT f.id FROM flows f JOIN captures c ON c.id = capture_id
	WHERE path LIKE '%loss_20ms.snd%' AND client_port = 40003")
frames "$samples/loss_20ms.snd.pcap.zst" 40003
plot samples.db "$flow" --direction s2c
matches 'the other direction' samples.db "$flow" s2c

# A part: the packets in it, and the lines come in from the left: the last ACK before it, at its beginning.
plot samples.db "$flow" --from 2026-11-21T03:57:04.400 --to 2026-11-21T03:57:04.410
is 'a part: packets' "$(awk '$2 >= 1795233424.4 && $2 < 1795233424.41' frames | wc -l)" "$(block 0 | cut -f5)"
is 'a part: the line at its beginning' "$(awk '$2 < 1795233424.4 && $3 == 0 { ack = $6; edge = $6 + $7 }
	END { printf "0.400000000\t%d\t%d\tNaN", ack, edge }' frames)" "$(block 2 | head -n 1)"

# Of two captures with the same ends, the flow of the one that is chosen; else the flow with most packets.
packets_of() { ask samples.db "SELECT sum(packets) AS n FROM flow_directions JOIN flows f ON f.id = flow_id
	WHERE client_port = 40003 AND server_port = 5001 AND $1 GROUP BY f.id ORDER BY n DESC LIMIT 1"; }
for capture in $(ask samples.db 'SELECT DISTINCT capture_id FROM flows WHERE client_port = 40003 AND server_port = 5001'); do
	run 0 "ends of capture $capture" plot samples.db time-sequence --capture "$capture" --flow 10.9.0.2:5001-10.9.0.1:40003 --data
	is "ends of capture $capture" "$(packets_of "capture_id = $capture")" "$(block 0 | cut -f5)"
done
run 0 'ends of several' plot samples.db time-sequence --flow 10.9.0.2:5001-10.9.0.1:40003 --data
is 'ends of several: most packets' "$(packets_of 1)" "$(block 0 | cut -f5)"

# Numbers that wrap: 60 segments around 2^32, one of them lost before the tap and sent again. Expected numbers are arithmetic.
{
	echo '0.000 > S 4293950000 mss 1460 sack ws 7' # and the ISN of trace_pcap, 1000000: 17,296 bytes before 2^32
	echo '0.010 < SA 0 ack 4293950001 mss 1460 sack ws 7'
	echo '0.020 > A 4293950001'
	for i in {0..59}; do
		((i == 20)) || printf '0.%03d > A %u len 1000 id %d\n' $((100 + i)) $(((4293950001 + 1000 * i) % 4294967296)) $((i + 10))
	done
	printf '0.300 < A 1 ack %u sack %u-%u\n' 4293970001 4293971001 $(((4293950001 + 60000) % 4294967296))
	printf '0.310 > A %u len 1000 id 100\n' 4293970001
	printf '0.320 < A 1 ack %u\n' $(((4293950001 + 60000) % 4294967296))
} >wrap.trace
"$trace_pcap" <wrap.trace >wrap.pcap
run 0 'wrap: analyze' analyze -q -o wrap.db wrap.pcap
plot wrap.db 1
block 1 | cut -f2,3 >found
for i in {0..59}; do ((i == 20)) || printf '%d\t%d\n' $((1 + 1000 * i)) $((1001 + 1000 * i)); done >expected
same 'wrap: segments' expected found
is 'wrap: the raw numbers do' yes \
	"$(tshark -r wrap.pcap -T fields -e tcp.seq_raw 2>/dev/null | awk '$1 < 100000 { n++ } END { if (n > 30) print "yes" }')"
is 'wrap: ACKs' '1 20001 60001 60001' "$(block 2 | cut -f2 | xargs)"
is 'wrap: SACK' '21001 60001' "$(block 3 | cut -f2,3 | xargs)"
is 'wrap: sent again' '20001 21001 1' "$(block 4 | cut -f2,3,5 | xargs)"
is 'wrap: the beginning' "0.000000000	0	S	1" "$(block 5)"

# A period, without its end: the handshake and what was sent from 0.100 to 0.129, less the lost one; also where ten packets of it stand
# in the file behind some that are later.
run 0 'a period' plot wrap.db time-sequence --flow 1 --to 2026-11-21T10:32:00.130 --data
is 'a period' 32 "$(block 0 | cut -f5)"
if command -v mergecap >/dev/null; then
	for part in 1-15 26-35 16-25 36-100; do editcap -r wrap.pcap "part.$part" "$part" 2>err; done
	mergecap -a -F nsecpcap -w late.pcap part.{1-15,26-35,16-25,36-100}
	run 0 'late: analyze' analyze -q -o late.db late.pcap
	run 0 'late' plot late.db time-sequence --flow 1 --to 2026-11-21T10:32:00.121 --data
	is 'late: all that are of the period' 23 "$(block 0 | cut -f5)"
	editcap -t 1 wrap.pcap shifted.pcap
else
	skip 'packets out of order: mergecap is not installed'
fi

# Numbers that are made up, each far ahead of the one before: what follows stands where it would without them.
{ cat wrap.trace; for i in 1 2 3; do printf '0.1290%d > A %u len 1\n' $i $(((4293950001 + i * 1400000000) % 4294967296)); done; } |
	"$trace_pcap" >made_up.pcap
run 0 'made up: analyze' analyze -q -o made_up.db made_up.pcap
plot made_up.db 1
is 'made up: the last segment' '59001 60001' "$(block 4 | awk -F'\t' '$1 == "0.159000000"' | cut -f2,3 | xargs)"

# A last packet in two fragments, with packets of others in between: 24 packets, and that one.
{ head -n 24 wrap.trace; printf '0.200 > A %u len 60 id 900 frag 0 more\n' 4293971001
	for i in {1..5}; do echo "0.20$i > udp len 100 flow 2"; done; printf '0.300 > A 0 len 100 id 900 frag 80\n'; } | "$trace_pcap" >fragments.pcap
run 0 'fragments: analyze' analyze -q -o fragments.db fragments.pcap
plot fragments.db 1
is fragments 25 "$(block 0 | cut -f5)"

# A tunnel: the same packets in VXLAN are the same chart; two tenants with the same addresses and ports are two.
sed 's/$/ vni 7/' wrap.trace >tunnel.trace
"$trace_pcap" <tunnel.trace >tunnel.pcap
run 0 'tunnel: analyze' analyze -q -o tunnel.db tunnel.pcap
plot wrap.db 1 && cp out plain.tsv
plot tunnel.db 1
same 'tunnel' plain.tsv out
{
	for i in {0..9}; do # two connections, step by step; each has numbers of its own
		case $i in
		0) printf '0.000 > S 0 vni 7\n0.0001 > S 5000000 vni 8\n' ;;
		1) printf '0.010 < SA 0 ack 1 vni 7\n0.0101 < SA 7000000 ack 5000001 vni 8\n' ;;
		2) printf '0.020 > A 1 ack 1 vni 7\n0.0201 > A 5000001 ack 7000001 vni 8\n' ;;
		*) printf '0.%03d > A %d ack 1 len 100 vni 7\n0.%03d1 > A %d ack 7000001 len 200 vni 8\n' $((100 + i)) $((1 + 100 * (i - 3))) \
			$((100 + i)) $((5000001 + 200 * (i - 3))) ;;
		esac
	done
} | "$trace_pcap" >tenants.pcap
run 0 'tenants: analyze' analyze -q -o tenants.db tenants.pcap
is 'tenants: two flows' 2 "$(ask tenants.db 'SELECT count(*) FROM flows')"
for flow in 1 2; do
	plot tenants.db $flow
	is "tenants: flow $flow" "7 7 $((1 + 700 * flow))" \
		"$(block 1 | awk -v bytes=$((100 * flow)) '$3 - $2 == bytes { n++; last = $3 } END { print NR, n, last }')"
done

# What the tap saw twice is drawn once: every packet once more over another interface.
{
	printf '%s any 1\n' '0.000 > S 0' '0.010 < SA 0' '0.020 > A 1 id 3'
	for i in {1..40}; do
		printf '0.%03d > A %d len 100 id %d any 1\n0.%03d02 > A %d len 100 id %d any 2\n' $((100 + i)) $((100 * i - 99)) $((i + 3)) \
			$((100 + i)) $((100 * i - 99)) $((i + 3))
	done
} | "$trace_pcap" >twice.pcap
run 0 'twice: analyze' analyze -q -o twice.db twice.pcap
is 'twice: copies' 40 "$(ask twice.db "SELECT tap_duplicates FROM flow_directions WHERE direction = 'c2s'")"
plot twice.db 1
is 'twice: packets' 43 "$(block 0 | cut -f5)"

# A tape is as good as the file that it was cut from; also with its first segment gone, for flows that begin later.
zstd -qdc "$samples/tail_loss.snd.pcap.zst" >all.pcap
tshark -r all.pcap -T fields -e frame.number -e frame.time_epoch -e frame.cap_len 2>/dev/null | awk '
	{ cut = $2 >= 1795233426 ? 2 : 1; size[cut] += 16 + $3; count[cut]++ } END { print size[1], count[1], count[2] }' >cuts
read -r bytes first second <cuts
is 'tape: both parts have packets' yes "$( ((first > 0 && second > 0)) && echo yes)"
mkdir ring
head -c $((24 + bytes)) all.pcap | zstd -q >ring/20261121T035700.000Z-000001.pcap.zst
{ head -c 24 all.pcap; tail -c +$((25 + bytes)) all.pcap; } | zstd -q >ring/20261121T035706.000Z-000002.pcap.zst
run 0 'tape: analyze' analyze -q -o tape.db ring
run 0 'tape: the file' analyze -q -o file.db all.pcap
early=$(ask tape.db "SELECT min(id) FROM flows WHERE last_frame <= $first")
late=$(ask tape.db "SELECT max(id) FROM flows WHERE first_frame > $first")
between=$(ask tape.db "SELECT min(id) FROM flows WHERE first_frame <= $first AND last_frame > $first")
for flow in $early $between $late; do
	plot file.db "$flow" && cp out file.tsv
	plot tape.db "$flow"
	same "tape: flow $flow" file.tsv out
done
mkdir away && mv ring/*-000001.pcap.zst away
plot file.db "$late" && cp out file.tsv
plot tape.db "$late"
same 'tape: what is left of it' file.tsv out
plot tape.db "$early"
is 'tape: what is gone' 0 "$(block 0 | cut -f5)"
has out 'a part of it is gone' 'tape: what is gone'
plot tape.db "$between"
has out 'a part of it is gone' 'tape: half of a flow'

# Captures that are elsewhere, gone, or others.
mkdir -p there/pods
cp wrap.pcap there/pods/
(cd there && "$wiretape" analyze -q -o wrap.db pods/wrap.pcap >/dev/null)
plot wrap.db 1 && cp out plain.tsv
plot there/wrap.db 1
same 'seen from the database' plain.tsv out
mv there/pods/wrap.pcap there/
plot there/wrap.db 1
same 'beside the database' plain.tsv out
sed '1,3d; s/^0\.1/0.2/' wrap.trace | "$trace_pcap" >there/wrap.pcap
plot there/wrap.db 1
has out 'it is not the capture that was analysed' 'another capture'
is 'another capture: a line per interval' yes "$( (($(block 2 | wc -l) > 0)) && echo yes)"
is 'another capture: no packets' 0 "$(block 1 | wc -l)"
if [[ -f shifted.pcap ]]; then
	cp shifted.pcap there/wrap.pcap
	plot there/wrap.db 1
	has out 'it is not the capture that was analysed' 'the same frames at another time'
fi
head -c 3000 wrap.pcap >there/wrap.pcap
plot there/wrap.db 1
has out 'a part of it is gone' 'a capture that is cut'
: >there/wrap.pcap
plot there/wrap.db 1
has out 'it cannot be read any more' 'an empty capture'
rm there/wrap.pcap
plot there/wrap.db 1
has out 'it is not there any more' 'a capture that is gone'
is 'a capture that is gone: what happened' '1' "$(block 4 | cut -f5)"
run 0 'a pipe: analyze' analyze -q -o pipe.db - <wrap.pcap
plot pipe.db 1
has out 'it was read from a pipe' 'a pipe'
mkfifo fifo
cp wrap.db hostile.db
for path in fifo /dev/zero "$work" $'a\tb"\n%s\e[2J'; do
	sqlite3 hostile.db "UPDATE captures SET path = '$path'"
	plot hostile.db 1
	is "a hostile path: ${path@Q}" 0 "$(block 0 | cut -f5)"
	is "a hostile path: ${path@Q}: no controls" 0 "$(tr -d '\n\t[:print:]' <out | wc -c)"
done
sqlite3 hostile.db "UPDATE flows SET first_frame = -1, client_ip = 'x', last_frame = 'many'"
plot hostile.db 1
has out 'the database does not say' 'a hostile flow'

# Not TCP
printf '0.%03d > udp len 100\n' {0..60} | "$trace_pcap" >udp.pcap
run 0 'UDP: analyze' analyze -q -o udp.db udp.pcap
run 0 'UDP' plot udp.db time-sequence --flow 1 --data
has out 'the flow is not TCP' 'UDP'

if command -v gnuplot >/dev/null; then
	for db in wrap there/wrap udp; do
		run 0 "$db: PNG" plot $db.db time-sequence --flow 1 -o $db.png
		is "$db: no complaint" '' "$(cat err)"
	done
else
	skip 'pictures: gnuplot is not installed'
fi
totals
