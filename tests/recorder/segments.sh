# shellcheck shell=bash disable=SC2154 # the files share their variables
# segments.sh: what lies on the disk, finished and under way.

check segments_valid "each segment: one frame, read by zstd, tcpdump, tshark, capinfos; every packet once; metadata as capinfos says"
test_segments_valid() {
	record --segment-time 1s --slice full
	numbered --rate 1500 --count 5000
	sleep 0.2
	stop_well
	expect "finished segments" "$(segments | wc -l)" -ge 4
	good_segments
	each_once
	local segment
	while read -r segment; do metadata_is_true "$segment"; done < <(segments)
	sequence_is_unbroken
	expect "reasons to end" "$(facts ended_by | sort | uniq -c | awk '{printf "%s ", $2}')" = "stop time "
	expect "interfaces" "$(facts interface | sort -u)" = eth0
	expect "kernel drops" "$(facts kernel_drops | sort -u)" = 0
	expect "pool drops" "$(facts pool_drops | sort -u)" = 0
}

# metadata_is_true SEGMENT: JSON against capinfos and tshark.
metadata_is_true() {
	local json name=${1##*/} seen
	json=$(json_of "$1")
	seen=$(LC_ALL=C capinfos -M -c -d -a -e -S "$1" 2>/dev/null | awk -F': *' '
		/^Number of packets/ {n = $2}
		/^Data size/ {d = $2 + 0}
		/^First packet/ {f = $2}
		/^Last packet/ {l = $2}
		END {print n, d, f == "n/a" ? "-" : f, l == "n/a" ? "-" : l}')
	if [[ $(jq .packets "$json") -eq 0 ]]; then
		expect "$name: packets of capinfos" "${seen%% *}" -eq 0
	else
		# Not jq, which makes a double of a time.
		expect "$name: packets, bytes, first and last time of capinfos" "$seen" = "$(sqlite3 -separator ' ' :memory: "
			WITH json (text) AS (SELECT CAST(readfile('$json') AS TEXT)),
				facts AS (SELECT text ->> 'packets' AS packets, text ->> 'bytes' AS bytes, text ->> 'first_ns' AS f, text ->> 'last_ns' AS l FROM json)
			SELECT packets, bytes, substr(f, 1, 10) || '.' || substr(f, 11), substr(l, 1, 10) || '.' || substr(l, 11) FROM facts")"
	fi
	expect "$name: packets of tshark" "$(tshark -n -r "$1" -T fields -e frame.number 2>/dev/null | wc -l)" -eq "$(jq .packets "$json")"
	expect "$name: size" "$(stat -c %s "$1")" -eq "$(jq .file_bytes "$json")"
	expect "$name: its name in the metadata" "$(jq -r .name "$json")" = "$name"
}

# sequence_is_unbroken: numbers count up by one.
sequence_is_unbroken() {
	expect "gaps in the numbers of segments" "$(segments | sed 's/.*-\([0-9]*\)\.pcap\.zst$/\1/' |
		awk 'NR > 1 && $1 + 0 != last + 1 {n++} {last = $1 + 0} END {print n + 0}')" -eq 0
}

check rotation_without_packets "complaint: segments end on the wall clock though no packet comes"
test_rotation_without_packets() {
	record --segment-time 1s
	await 10 has_part || failed "a segment without packets" none one
	sleep 4.2
	expect "finished segments after 4 s without packets" "$(segments | wc -l)" -ge 3
	stop_well
	good_segments
	sequence_is_unbroken
	local segment
	while read -r segment; do
		[[ $segment == *-000001.pcap.zst ]] && continue # began when the recorder did
		expect "${segment##*/} begins at a whole second" "$(($(start_of "$segment") % 1000000000))" -eq 0
	done < <(segments)
	expect "packets" "$(facts packets | sum)" -eq 0
	expect "first and last time of no packets" "$(facts 'first_ns // "none"' | sort -u | grep -cE '^[0-9]+$')" -eq 0
}

check rotation_aligned "segments of 2 s begin at even seconds under traffic, and hold what came in their time"
test_rotation_aligned() {
	record --segment-time 2s --slice full
	numbered --rate 500 --count 3000
	stop_well
	local segment start
	expect "segments" "$(segments | wc -l)" -ge 3
	while read -r segment; do
		[[ $segment == *-000001.pcap.zst ]] && continue
		start=$(start_of "$segment")
		expect "${segment##*/} begins at a multiple of 2 s" "$((start % 2000000000))" -eq 0
		# A packet that the kernel has at the very end may come into the next one, some milliseconds later.
		expect "${segment##*/}: packets of another time" \
			"$(zstd -dcq "$segment" | tcpdump -nn -tt -r - 2>/dev/null | awk -v s="${start%000000000}" \
			'$1 < s - 0.25 || $1 > s + 2.25 {n++} END {print n + 0}')" -eq 0
	done < <(segments)
	each_once
}

check quiet_link "complaint: the last packet of a quiet link is on disk within a second"
test_quiet_link() {
	record --segment-time 1d --slice full
	await 10 has_part
	sleep 1
	local i worst=0 took
	for i in 1 2 3 4; do
		numbered --count 1 --from "$i" --rate 1000000
		await 10 part_has "$i" || { failed "packet $i of a quiet link" "not on disk after 10 s" "within one"; break; }
		# By the time of the write, which does not wait for this look.
		took=$(awk -v written="$(stat -c %.Y "$dir"/ring/*.part)" 'END {printf "%d", 1000 * (written - $2)}' "$work/sent")
		if ((took > worst)); then worst=$took; fi
		sleep "0.$((RANDOM % 9))"
	done
	# Other tests run beside this one.
	expect "milliseconds until the packet was on disk" "$worst" -le 1150
	say "worst $worst ms"
	stop_well
	each_once
}

part_has() { numbers "$dir"/ring/*.part | grep -qx "$1"; }

check part_readable "under traffic the segment under way reads up to its last flush, which is a second ago at most"
test_part_readable() {
	record --segment-time 1d --slice full
	numbered_on --rate 2000
	await 10 has_part
	local i last sent behind worst=0
	for i in 1 2 3 4 5; do
		sleep "0.$((5 + RANDOM % 5))"
		sent=$(tail -n 1 "$work/sent" | cut -d' ' -f1)
		cp "$dir"/ring/*.part "$work/copy"
		zstd -dcq <"$work/copy" >"$work/copy.pcap" 2>/dev/null
		# Behind the last flush there may be the beginning of a packet.
		tcpdump -nn -r "$work/copy.pcap" >/dev/null 2>"$work/tcpdump.err"
		expect "complaints of tcpdump about more than the end of the .part" "$(sed 1d "$work/tcpdump.err" | grep -vc "truncated dump file")" -eq 0
		last=$(numbers "$work/copy" | tail -n 1)
		behind=$((sent - ${last:-0}))
		if ((behind > worst)); then worst=$behind; fi
		expect "packets missing in the middle of the .part" "$(numbers "$work/copy" | awk '$1 != ++n {bad++; n = $1} END {print bad + 0}')" -eq 0
	done
	expect "packets not yet on disk, at 2000/s" "$worst" -le 2300
	say "at most $worst packets of 2000/s not yet on disk"
	numbered_off
	stop_well
	each_once
}

check capture_filter "-f keeps what the filter says; the filter is in the metadata; any works"
test_capture_filter() {
	record -i any -f 'udp port 9' --slice full --segment-time 1d
	numbered --count 200
	numbered --count 200 --from 1000 --port 10
	sed -i '201,$d' "$work/sent"
	sleep 0.2
	stop_well
	good_segments
	each_once
	expect "filter in the metadata" "$(facts filter | sort -u)" = "udp port 9"
	expect "interface in the metadata" "$(facts interface | sort -u)" = any
}

check complaints_of_options "wrong options: exit 2, with option, value; a missing interface: exit 1"
test_complaints_of_options() {
	local option value
	while read -r option value; do
		timeout 5 ip netns exec "${prefix}b" "$build/wiretaped" -i eth0 --dir "$dir" "$option" "$value" >"$work/out" 2>"$work/err"
		expect "exit status of $option $value" "$?" -eq 2
		grep -qF -e "${option#--}" "$work/err" || failed "the complaint about $option $value" "$(head -n 1 "$work/err")" "the option's name"
		grep -qF -e "$value" "$work/err" || failed "the complaint about $option $value" "$(head -n 1 "$work/err")" "the value"
	done <<-TEXT
		--ring-size 10X
		--ring-time -1
		--segment-time 0
		--slice half
		--compress 99
		--snaplen lots
		-f bogus_filter_word
	TEXT
	timeout 5 "$build/wiretaped" --dir "$dir" >/dev/null 2>"$work/err"
	expect "exit status without -i" "$?" -eq 2
	timeout 5 ip netns exec "${prefix}b" "$build/wiretaped" -i nonesuch0 --dir "$dir" >/dev/null 2>"$work/err"
	expect "exit status for an interface that does not exist" "$?" -eq 1
	grep -qF nonesuch0 "$work/err" || failed "the complaint about the interface" "$(head -n 1 "$work/err")" "its name"
	"$build/wiretaped" -i eth0 --ring-size 1G --slice full --print-config >"$work/first.conf"
	expect "exit status of --print-config" "$?" -eq 0
	"$build/wiretaped" -c "$work/first.conf" --print-config >"$work/second.conf"
	expect "a printed configuration that is read and printed again" "$(words <"$work/second.conf")" = "$(words <"$work/first.conf")"
}

# A predicate may be printed in fewer lines than it was written in.
words() { tr -s '[:space:]' ' '; }

check first_segment "the first segment is there at once, without a packet, with the link type even of a tunnel that is down"
test_first_segment() {
	record --segment-time 1d
	await 10 has_part
	expect "segments without a packet" "$(parts | wc -l)" -eq 1
	stop_well
	in_b ip tuntap add dev t0 mode tun || broken "a tunnel is made"
	dir=$work/tunnel
	record -i t0 --segment-time 1d
	await 10 has_part
	in_b ip link set t0 up
	sleep 1.2
	stop_well
	expect "segments of the tunnel" "$(segments | wc -l)" -eq 1
	expect "its link type, as tcpdump names it" "$(tcpdump -r <(zstdcat "$(segments)") 2>&1 | grep -c 'link-type RAW')" -eq 1
}
