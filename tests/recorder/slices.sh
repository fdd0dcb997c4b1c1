# shellcheck shell=bash disable=SC2154 # the files share their variables
# slices.sh: what is kept of a packet.

serve() { # serve PORT < ANSWER
	(exec ip netns exec "${prefix}b" nc -l -N -w 5 10.8.0.2 "$1" >/dev/null) <&0 &
	pids+=("$!")
	await 10 listening "$1" || broken "nc listens on port $1"
}
listening() { [[ -n $(in_b ss -Htln "sport = :$1") ]]; }

check slice_headers "--slice headers keeps no byte of payload of TCP, UDP, DNS; lengths stay true"
test_slice_headers() {
	b_answers
	record --slice headers --segment-time 1d
	{ printf 'HTTP/1.0 200 OK\r\n\r\n'; head -c 20000 /dev/zero | tr '\0' Z | sed 's/^/secret-answer-/'; } >"$work/page"
	serve 80 <"$work/page"
	in_a curl -s -m 5 -o /dev/null http://10.8.0.2/secret-request
	numbered --count 100
	printf 'secret-question' | in_a timeout 1 nc -u -w 1 10.8.0.2 53
	sleep 0.2
	stop_well
	good_segments
	local word
	for word in secret ZZZZ 'the-payload' '#000000'; do
		expect "'$word' on the tape" "$(tape_text | grep -ac -e "$word")" -eq 0
	done
	# 100 of ours: 8 bytes of UDP header, 100 of payload, said though not kept
	expect "numbered packets with their true length" \
		"$(tape_text | tcpdump -nn -r - 'udp port 9' 2>/dev/null | grep -c 'length 100')" -eq "$(wc -l <"$work/sent")"
	expect "TCP payload bytes by length" \
		"$(tape_text | tcpdump -nn -r - 'tcp src port 80' 2>/dev/null | sed -n 's/.*length \([0-9]*\).*/\1/p' | sum)" \
		-eq "$(stat -c %s "$work/page")"
}

check slice_smart "--slice smart keeps ClientHello, HTTP request and DNS whole, and cuts the bulk of a flow"
test_slice_smart() {
	b_answers
	record --slice smart --segment-time 1d
	{ printf 'HTTP/1.0 200 OK\r\n\r\n'; head -c 3000000 /dev/zero | tr '\0' Z; } >"$work/page"
	serve 80 <"$work/page"
	in_a curl -s -m 10 -o /dev/null -H 'Host: shop.example' 'http://10.8.0.2/the-path?with=arguments'
	serve 443 </dev/null
	if command -v openssl >/dev/null; then
		in_a timeout 2 openssl s_client -connect 10.8.0.2:443 -servername login.example >/dev/null 2>&1 </dev/null
	fi
	dns_query | in_a timeout 1 nc -u -w 1 10.8.0.2 53
	sleep 0.2
	stop_well
	good_segments
	tape_text >"$work/tape.pcap"
	expect "HTTP request" "$(tshark -n -r "$work/tape.pcap" -Y http.request -T fields -e http.host -e http.request.uri 2>/dev/null | xargs)" \
		= 'shop.example /the-path?with=arguments'
	if command -v openssl >/dev/null; then
		expect "server name in the ClientHello" "$(tshark -n -r "$work/tape.pcap" -Y tls.handshake.type==1 -T fields \
			-e tls.handshake.extensions_server_name 2>/dev/null | head -n 1)" = login.example
	fi
	expect "DNS question" "$(tshark -n -r "$work/tape.pcap" -Y dns.qry.name -T fields -e dns.qry.name 2>/dev/null | head -n 1)" \
		= a-rather-long-label-that-fills-the-question.a-rather-long-label-that-fills-the-question.example
	expect "DNS packets that are cut" \
		"$(tshark -n -r "$work/tape.pcap" -Y 'udp.port == 53 && !icmp && frame.cap_len < frame.len' 2>/dev/null | wc -l)" -eq 0
	expect "bytes of the three megabytes of bulk" "$(tr -cd Z <"$work/tape.pcap" | wc -c)" -le 100000
	expect "bytes of the bulk by length" "$(tcpdump -nn -r "$work/tape.pcap" 'tcp src port 80' 2>/dev/null |
		sed -n 's/.*length \([0-9]*\).*/\1/p' | sum)" -ge 3000000
	say "$(stat -c %s "$work/tape.pcap") bytes of tape, uncompressed, for 3 MB"
}

# One question, A, of 93 characters.
dns_query() {
	printf '\x12\x34\x01\0\0\x01\0\0\0\0\0\0'
	printf '\x2ba-rather-long-label-that-fills-the-question\x2ba-rather-long-label-that-fills-the-question\x07example\0\0\x01\0\x01'
}

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
	(exec ip netns exec "${prefix}b" tcpdump -i eth0 -s 0 -B 32768 --immediate-mode --time-stamp-precision=nano -Z root \
		-w "$work/whole.pcap" 2>"$work/whole.err") &
	local whole=$!
	pids+=("$whole")
	await 10 grep -q 'listening on' "$work/whole.err" || broken "tcpdump listens"
	record --slice smart --segment-time 1s
	(exec ip netns exec "${prefix}b" "$build/tests/lab/traffic" server --address 10.8.0.2 --port 5001 --connections 4 \
		>/dev/null 2>"$work/server.err") &
	local server=$!
	pids+=("$server")
	await 10 grep -q ready "$work/server.err" || broken "the server is ready"
	in_a ethtool -K eth0 tso off gso off >/dev/null 2>&1
	in_b ethtool -K eth0 gro off >/dev/null 2>&1
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
		timeout_retransmissions, spurious_retransmissions, duplicate_acks, rtt_samples"
	local from="FROM flow_directions d JOIN flows ON flows.id = flow_id WHERE server_port = 5001 ORDER BY client_port, direction"
	local query="SELECT $columns $from" times="SELECT rtt_min_us, rtt_mean_us, rtt_max_us $from"
	expect "flows' rows that differ" "$(diff <(sqlite3 "$work/ring.db" "$query") <(sqlite3 "$work/whole.db" "$query") | grep -c '^[<>]')" -eq 0
	# The kernel stamps some packets for each socket anew, microseconds apart. That can take one sample from one side of a percentile to
	# the other, which are milliseconds apart on a machine that has much else to do.
	expect "RTTs that differ by more than 100 us" "$(paste -d'|' <(sqlite3 "$work/ring.db" "$times") <(sqlite3 "$work/whole.db" "$times") |
		awk -F'|' '{for (i = 1; i <= 3; i++) if ($i - $(i + 3) > 100 || $(i + 3) - $i > 100) n++} END {print n + 0}')" -eq 0
	expect "rows" "$(sqlite3 "$work/ring.db" "$query" | wc -l)" -eq 8
	local again
	again=$(sqlite3 "$work/ring.db" "SELECT sum(retransmitted_segments) FROM flow_directions WHERE direction = 'c2s'")
	expect "retransmissions" "$again" -gt 0
	expect "retransmissions of a's kernel" "$(in_a nstat -asj | jq '.kernel.TcpRetransSegs')" -eq "$again"
	say "$again retransmissions, $(stat -c %s "$work/whole.pcap") bytes of tcpdump, $(bytes_of "$dir/ring") of ring"
}
