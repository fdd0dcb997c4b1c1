# shellcheck shell=bash disable=SC2154 # the files share their variables
# slices.sh: what is kept of a packet.

check slice_analysis "wiretape says the same of a ring cut by smart as of tcpdump's whole capture of the same time"
test_slice_analysis() {
	b_answers
	# Lost after the tap at b.
	in_b nft -f - <<-TEXT || broken "nft loses packets"
		table inet lossy {
			chain input {
				type filter hook input priority 0;
				tcp dport 5001 numgen random mod 100 < 1 drop
			}
		}
	TEXT
	(exec ip netns exec "${prefix}b" tcpdump -i eth0 -s 0 -B 32768 --time-stamp-precision=nano -Z root -w "$work/whole.pcap" 2>"$work/whole.err") &
	local whole=$!
	pids+=("$whole")
	await 5 grep -q 'listening on' "$work/whole.err" || broken "tcpdump listens"
	record --slice smart --segment-time 1s
	(exec ip netns exec "${prefix}b" "$build/tests/lab/traffic" server --address 10.8.0.2 --port 5001 --connections 4 >/dev/null 2>"$work/server.err") &
	local server=$!
	pids+=("$server")
	await 5 grep -q ready "$work/server.err" || broken "the server is ready"
	in_a ethtool -K eth0 tso off gso off >/dev/null 2>&1
	in_a "$build/tests/lab/traffic" client --address 10.8.0.2 --port 5001 --connections 4 --parallel 4 --send 600000 \
		--chunk 15000 --pause-ms 50 >/dev/null
	wait "$server"
	sleep 0.5
	stop_well
	kill -TERM "$whole"
	wait "$whole"
	good_segments
	"$build/wiretape" analyze --force -o "$work/ring.db" "$dir" >/dev/null 2>"$work/analyze.err"
	expect "wiretape analyze of the ring" "$?" -eq 0
	"$build/wiretape" analyze --force -o "$work/whole.db" "$work/whole.pcap" >/dev/null || broken "wiretape analyzes tcpdump's capture"
	local columns="client_port, direction, d.packets, d.bytes, data_segments, retransmitted_segments, fast_retransmissions,
		timeout_retransmissions, spurious_retransmissions, duplicate_acks, rtt_samples, rtt_min_us, rtt_p50_us, rtt_p95_us, rtt_max_us"
	local query="SELECT $columns FROM flow_directions d JOIN flows ON flows.id = flow_id WHERE server_port = 5001 ORDER BY 1, 2"
	expect "flows' rows that differ" "$(diff <(sqlite3 "$work/ring.db" "$query") <(sqlite3 "$work/whole.db" "$query") | grep -c '^[<>]')" -eq 0
	expect "rows" "$(sqlite3 "$work/ring.db" "$query" | wc -l)" -eq 8
	local again
	again=$(sqlite3 "$work/ring.db" "SELECT sum(retransmitted_segments) FROM flow_directions")
	expect "retransmissions" "$again" -gt 0
	expect "retransmissions of a's kernel" "$(in_a nstat -asj | jq '.kernel.TcpRetransSegs')" -eq "$again"
	say "$again retransmissions, $(stat -c %s "$work/whole.pcap") bytes of tcpdump, $(bytes_of "$dir/ring") of ring"
}
