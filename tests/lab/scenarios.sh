# shellcheck shell=bash disable=SC2034,SC2154 # the three files share their variables
# scenarios.sh: one function each, `scenario_NAME`, after the line that names it.
# The bench (lab.sh) gives: wire, tape, tapes_at_both_ends, server, client, amount, extra, in_host, $sender, $receiver.
# The sender is where most data comes from. Each takes a few seconds at most.

link=rate_kbit=200000 # without a rate the frames of a burst would all be due at once, and be late
delay20=delay_us=10000,$link # one way, of 20 ms

scenario loss_20ms "1 % of data segments lost at random, 20 ms RTT, eight Cubic flows"
scenario_loss_20ms() {
	wire --forward "$delay20,loss_pct=1,only_data=1" --backward "$delay20"
	tapes_at_both_ends "$(amount 128 96)"
	server receiver --connections "$(amount 8 4)"
	client sender --connections "$(amount 8 4)" --parallel 8 --send "$(amount 4500000 1800000)"
}

scenario loss_fast "1 % of data segments lost at random, 0.5 ms RTT, four Cubic flows"
scenario_loss_fast() {
	wire --forward "delay_us=250,$link,loss_pct=1,only_data=1" --backward "delay_us=250,$link"
	tapes_at_both_ends
	server receiver --connections 4
	client sender --connections 4 --parallel 4 --send 8000000
}

scenario loss_bbr "1 % of data segments lost at random, 20 ms RTT, one BBR flow"
scenario_loss_bbr() {
	congestion=bbr
	wire --forward delay_us=10000,rate_kbit=60000,queue_bytes=300000,loss_pct=1,only_data=1 --backward "$delay20"
	tapes_at_both_ends
	server receiver
	client sender --send 20000000
}

scenario loss_all "1 % of all frames lost in both directions (SYN, FIN and ACK too), 20 ms RTT"
scenario_loss_all() {
	wire --forward "$delay20,loss_pct=1" --backward "$delay20,loss_pct=1"
	tapes_at_both_ends
	server receiver --connections 40
	client sender --connections 40 --parallel 8 --send 400000
}

scenario burst_loss "bursts of losses (Gilbert-Elliott), 20 ms RTT"
scenario_burst_loss() {
	wire --forward "$delay20,ge_enter_pct=0.2,ge_leave_pct=20,ge_loss_pct=90,only_data=1" --backward "$delay20"
	tapes_at_both_ends
	server receiver --connections 4
	client sender --connections 4 --parallel 4 --send 3000000
}

scenario reorder "1 % of data segments 4 ms late, nothing lost, 20 ms RTT"
scenario_reorder() {
	wire --forward "$delay20,reorder_pct=1,reorder_us=4000,only_data=1" --backward "$delay20"
	tapes_at_both_ends
	server receiver --connections 2 --rcvbuf 300000
	client sender --connections 2 --parallel 2 --send 15000000
}

scenario reorder_far "0.5 % of data segments 15 ms late, nothing lost, 20 ms RTT: spurious retransmissions"
scenario_reorder_far() {
	wire --forward "$delay20,reorder_pct=0.5,reorder_us=15000,only_data=1" --backward "$delay20"
	tapes_at_both_ends
	server receiver --connections 2 --rcvbuf 300000
	client sender --connections 2 --parallel 2 --send 10000000
}

scenario delay_spike "the path stands still for 700 ms and loses nothing: spurious time-outs"
scenario_delay_spike() {
	wire --forward "$delay20,stall_after_ms=300,stall_ms=700" --backward "$delay20"
	tapes_at_both_ends
	server receiver --connections 3 --rcvbuf 100000
	client sender --connections 3 --parallel 3 --send 3000000
}

scenario dead_path "one segment never gets through: time-outs with backoff until the programs give up"
scenario_dead_path() {
	wire --forward "$delay20,drop_offset=60000,drop_times=1000" --backward "$delay20"
	tapes_at_both_ends
	server receiver --connections 2 --deadline-ms 4000
	client sender --connections 2 --parallel 2 --send 100000 --deadline-ms 4000
}

scenario duplicate "1 % of data segments delivered twice, 20 ms RTT"
scenario_duplicate() {
	wire --forward "$delay20,duplicate_pct=1,duplicate_us=50,only_data=1" --backward "$delay20"
	tapes_at_both_ends
	server receiver --connections 2 --rcvbuf 300000
	client sender --connections 2 --parallel 2 --send 10000000
}

scenario mixed "0.5 % lost, 1 % reordered, 0.5 % duplicated, 20 ms RTT"
scenario_mixed() {
	wire --backward "$delay20" \
		--forward "$delay20,loss_pct=0.5,reorder_pct=1,reorder_us=4000,duplicate_pct=0.5,duplicate_us=50"
	tapes_at_both_ends
	server receiver --connections 6
	client sender --connections 6 --parallel 6 --send 3000000
}

scenario jitter "up to 8 ms of jitter each way that keeps the order, 0.5 % lost, 20 ms RTT"
scenario_jitter() {
	wire --forward "$delay20,jitter_us=8000,loss_pct=0.5,only_data=1" --backward "$delay20,jitter_us=8000"
	tapes_at_both_ends
	server receiver --connections 4
	client sender --connections 4 --parallel 4 --send 2000000
}

scenario corrupt "0.5 % of data segments arrive with a wrong checksum, 20 ms RTT"
scenario_corrupt() {
	wire --forward "$delay20,corrupt_pct=0.5" --backward "$delay20"
	tapes_at_both_ends 0 # to see the checksums
	server receiver --connections 4
	client sender --connections 4 --parallel 4 --send 2000000
}

scenario ack_loss "10 % of pure ACKs lost, no data, 20 ms RTT"
scenario_ack_loss() {
	wire --forward "$delay20" --backward "$delay20,loss_pct=10,only_acks=1"
	tapes_at_both_ends
	server receiver --connections 2 --rcvbuf 300000
	client sender --connections 2 --parallel 2 --send 10000000
}

scenario tail_loss "short flows with 3 % loss of everything, 30 ms RTT"
scenario_tail_loss() {
	wire --forward "delay_us=15000,$link,loss_pct=3" --backward "delay_us=15000,$link,loss_pct=3"
	tapes_at_both_ends "$(amount 128 96)"
	server receiver --connections 40
	client sender --connections 40 --parallel 8 --send 20000
}

scenario tail_drop "the last data segment of each flow lost once: tail loss probes"
scenario_tail_drop() {
	wire --forward "$delay20,drop_offset=59999,drop_times=1" --backward "$delay20"
	tapes_at_both_ends
	server receiver --connections 20
	client sender --connections 20 --parallel 10 --send 60000 --idle-ms 400
}

scenario timeout "one segment of each flow lost three times: retransmission time-outs"
scenario_timeout() {
	wire --forward "$delay20,drop_offset=59999,drop_times=3" --backward "$delay20"
	tapes_at_both_ends
	server receiver --connections 10
	client sender --connections 10 --parallel 10 --send 60000
}

scenario fin_lost "the first FIN of each side lost"
scenario_fin_lost() {
	wire --forward "$delay20,drop_fins=1" --backward "$delay20,drop_fins=1"
	tapes_at_both_ends
	server receiver --connections 5
	client sender --connections 5 --parallel 5 --send 30000 --idle-ms 100
}

scenario zero_window "the reader stops for two seconds; its window closes and opens again"
scenario_zero_window() {
	wire --forward "$delay20" --backward "$delay20"
	tapes_at_both_ends "$(amount 128 96)"
	server receiver --rcvbuf 100000 --stall-after 200000 --stall-ms 2000
	client sender --send 1000000
}

scenario window_limited "a small receive window on a path of 80 ms"
scenario_window_limited() {
	wire --forward "delay_us=40000,$link" --backward "delay_us=40000,$link"
	tapes_at_both_ends
	server receiver --rcvbuf 32768
	client sender --send 1200000
}

scenario bufferbloat "10 Mbit/s behind a queue of 240 ms"
scenario_bufferbloat() {
	wire --forward delay_us=5000,rate_kbit=10000,queue_bytes=300000 --backward delay_us=5000
	tapes_at_both_ends
	server receiver
	client sender --send 5000000
}

scenario slow_writer "the application writes 5000 bytes every 100 ms"
scenario_slow_writer() {
	wire --forward "$delay20" --backward "$delay20"
	tapes_at_both_ends
	server receiver
	client sender --send 150000 --chunk 5000 --pause-ms 100
}

scenario keep_alive "a connection idle for 3.5 s with keep-alives every second"
scenario_keep_alive() {
	wire --forward "$delay20" --backward "$delay20"
	tapes_at_both_ends 0
	server receiver
	client sender --send 3000 --idle-ms 3500 --keep-alive-s 1
}

scenario syn_lost "the first SYN of each connection lost"
scenario_syn_lost() {
	wire --forward "$delay20,drop_syns=1" --backward "$delay20"
	tapes_at_both_ends 0
	server receiver --connections 4
	client sender --connections 4 --parallel 4 --send 10000
}

scenario syn_ack_lost "the first SYN-ACK of each connection lost"
scenario_syn_ack_lost() {
	wire --forward "$delay20" --backward "$delay20,drop_syns=1"
	tapes_at_both_ends 0
	server receiver --connections 4
	client sender --connections 4 --parallel 4 --send 10000
}

scenario syn_filtered "a firewall drops the SYNs; the client gives up after 3.5 s"
scenario_syn_filtered() {
	wire --forward "$delay20" --backward "$delay20"
	in_host receiver nft -f - <<-RULES
		table inet lab {
			chain input { type filter hook input priority 0; tcp dport 5001 counter drop; }
		}
	RULES
	tapes_at_both_ends 0
	client sender --connections 3 --parallel 3 --connect-ms 3500 --send 10000
}

scenario refused "nobody listens: each SYN is answered with a reset"
scenario_refused() {
	wire --forward "$delay20" --backward "$delay20"
	tapes_at_both_ends 0
	client sender --connections 3 --send 10000
}

scenario server_reset "the server resets each connection after 50000 bytes"
scenario_server_reset() {
	wire --forward "$delay20" --backward "$delay20"
	tapes_at_both_ends "$(amount 0 96)"
	server receiver --connections 3 --reset-after 50000
	client sender --connections 3 --send 500000
}

# Where the kernel has it.
if [[ -d /proc/sys/net/ipv6 ]]; then
	scenario ipv6 "1 % of data segments lost at random over IPv6, 20 ms RTT"
fi
scenario_ipv6() {
	wire --ipv6 --forward "$delay20,loss_pct=1,only_data=1" --backward "$delay20"
	tapes_at_both_ends
	server receiver --connections 4
	client sender --connections 4 --parallel 4 --send 2000000
}

scenario vlan "a switch mirrors both ends with an 802.1Q tag (VLAN 100); 1 % loss"
scenario_vlan() {
	wire --mirror 100 --forward "$delay20,loss_pct=1,only_data=1" --backward "$delay20"
	tape snd.pcap middle mirrora
	tape rcv.pcap middle mirrorb
	server receiver --connections 4
	client sender --connections 4 --parallel 4 --send 2000000
}

scenario tso "super-segments (TSO and GRO) with 1 % of them lost, 20 ms RTT"
scenario_tso() {
	wire --offload --forward "$delay20,loss_pct=1,only_data=1" --backward "$delay20"
	tapes_at_both_ends
	server receiver --connections 4
	client sender --connections 4 --parallel 4 --send 4000000
}

scenario any_bridge "tcpdump -i any before a bridge: each packet is seen more than once; 1 % loss"
scenario_any_bridge() {
	wire --bridge --forward "$delay20,loss_pct=1,only_data=1" --backward "$delay20"
	tape snd.pcap sender eth0
	tape rcv.pcap middle any 148
	tape rcv_clean.pcap middle port0
	server receiver --connections 4
	client sender --connections 4 --parallel 4 --send 2000000
}

scenario vxlan "an overlay network (VXLAN 42), 1 % loss"
scenario_vxlan() {
	wire --forward "$delay20,loss_pct=1,only_data=1" --backward "$delay20"
	vxlan_up
	tapes_at_both_ends 178
	server receiver --connections 4
	client sender --connections 4 --parallel 4 --send 2000000
}

scenario capture_gap "the receiver's tape misses one frame in 64 that the receiver itself gets; 0.5 % loss"
scenario_capture_gap() {
	wire --forward "$delay20,loss_pct=0.5,only_data=1" --backward "$delay20"
	tape snd.pcap sender eth0
	tape rcv.pcap receiver eth0 128 "src host $receiver or ip[4:2] & 0x3f != 7"
	tape rcv_clean.pcap receiver eth0
	server receiver --connections 4
	client sender --connections 4 --parallel 4 --send 2000000
}

scenario ecn "ECN: 1 % of data segments marked, nothing lost"
scenario_ecn() {
	wire --forward "$delay20,congestion_pct=1,only_data=1" --backward "$delay20"
	in_host sender sysctl -qw net.ipv4.tcp_ecn=1
	tapes_at_both_ends
	server receiver --connections 4
	client sender --connections 4 --parallel 4 --send 2000000
}

scenario request_response "40 requests of 300 bytes, 30 ms to think, answers of 20000 bytes, 20 ms RTT"
scenario_request_response() {
	wire --forward "$delay20" --backward "$delay20"
	tapes_at_both_ends "$(amount 0 96)"
	server sender --connections 2 --request-bytes 300 --response-bytes 20000 --think-ms 30
	client receiver --connections 2 --parallel 2 --requests 20 --request-bytes 300 --response-bytes 20000
}

scenario healthy "nothing is wrong: 5 ms RTT, no impairment"
scenario_healthy() {
	wire --forward "delay_us=2500,$link" --backward "delay_us=2500,$link"
	tapes_at_both_ends
	server receiver --rcvbuf 300000
	client sender --send 20000000
}

scenario no_window_scaling "one side can't scale its window, on a path of 80 ms"
scenario_no_window_scaling() {
	wire --forward "delay_us=40000,$link" --backward "delay_us=40000,$link"
	in_host receiver sysctl -qw net.ipv4.tcp_window_scaling=0
	tapes_at_both_ends
	server receiver
	client sender --send 1000000
}

scenario peers "eight clients of one server, 0.4 % loss; for two seconds one of them loses 15 %, and later another one 5 %"
scenario_peers() {
	local clients=() host pause
	mkfifo "$work/control"
	wire --control "$work/control" --forward "$delay20,loss_pct=0.4,only_data=1" --backward "$delay20"
	for host in {11..18}; do
		ip -n "${prefix}receiver" addr add "10.9.0.$host/24" dev eth0
		ip -n "${prefix}sender" neigh replace "10.9.0.$host" lladdr "$receiver_mac" dev eth0 nud permanent
	done
	tapes_at_both_ends "$(amount 128 96)"
	server sender --connections 16 --request-bytes 300 --response-bytes 7240
	# The higher the number, the less often it asks.
	for host in {11..18}; do
		pause=$((20 + 15 * (host - 10)))
		in_background receiver "$bin/traffic" client --address "$sender" --port 5001 --from-address "10.9.0.$host" \
			--from-port "$((40000 + 10 * host))" --connections 2 --parallel 2 --requests "$((4500 / (25 + pause)))" \
			--request-bytes 300 --response-bytes 7240 --pause-ms "$pause" --output "$work/receiver.$host.jsonl"
		clients+=("$!")
	done
	sleep 1.2
	echo 'forward host=13,host_loss_pct=15' >"$work/control"
	sleep 2
	echo 'forward host=17,host_loss_pct=5' >"$work/control"
	for host in "${clients[@]}"; do await 15 not_running "$host" || die "a client does not end"; done
}

scenario mtu_black_hole "frames of more than 1000 bytes vanish without a word; the client gives up after 4 s"
scenario_mtu_black_hole() {
	wire --forward "$delay20,drop_larger=1000" --backward "$delay20"
	tapes_at_both_ends
	server sender --connections 2 --request-bytes 300 --response-bytes 5000 --deadline-ms 4000
	client receiver --connections 2 --parallel 2 --requests 1 --request-bytes 300 --response-bytes 5000 --deadline-ms 4000
}

scenario accept_queue "a backlog of 8 and a server that accepts nothing for 1.5 s"
scenario_accept_queue() {
	wire --forward "$delay20" --backward "$delay20"
	in_host receiver sysctl -qw net.ipv4.tcp_syncookies=0
	tapes_at_both_ends
	server receiver --connections 16 --backlog 8 --accept-ms 1500
	client sender --connections 16 --parallel 16 --gap-ms 3 --send 2000
}

scenario half_open "the wire goes dark in both directions; both programs give up after 7 s"
scenario_half_open() {
	mkfifo "$work/control"
	wire --control "$work/control" --forward "$delay20" --backward "$delay20"
	tapes_at_both_ends
	server receiver --deadline-ms 7000
	{ await 20 talks sender && sleep 0.3; printf 'forward loss_pct=100\nbackward loss_pct=100\n' >"$work/control"; } &
	pids+=("$!")
	client sender --send 200000 --chunk 2000 --pause-ms 100 --deadline-ms 7000
}

scenario http "curl downloads over a path with 1 % loss"
scenario_http() {
	local bytes=2000000
	wire --forward "$delay20,loss_pct=1,only_data=1" --backward "$delay20"
	tapes_at_both_ends
	{ printf 'HTTP/1.0 200 OK\r\nContent-Length: %s\r\n\r\n' "$bytes"; head -c "$bytes" /dev/zero; } >"$work/page"
	in_background sender nc -l -N -w 10 "$sender" 80 <"$work/page" >/dev/null
	servers+=("$!")
	await 20 listens sender 80
	in_host receiver curl -s -m 10 -o /dev/null -w '%{json}' "http://$sender/" | jq 'del(.certs)' | extra curl
}

scenario iperf3 "iperf3 in both directions at once, 0.5 % loss each way"
scenario_iperf3() {
	wire --forward "$delay20,loss_pct=0.5" --backward "$delay20,loss_pct=0.5"
	tapes_at_both_ends
	in_background receiver iperf3 -s -1 >/dev/null 2>&1
	servers+=("$!")
	await 20 listens receiver 5201
	in_host sender iperf3 -c "$receiver" --bidir -t 3 -J | jq .end | extra iperf3
}

listens() { [[ -n $(ip netns exec "$prefix$1" ss -Htln "sport = :$2") ]]; }
talks() { [[ -n $(ip netns exec "$prefix$1" ss -Htn state established) ]]; }

# Names, encryption and pages as a browser asks for them, one after the other: healthy ones, and what goes wrong with them.
if command -v dnsmasq >/dev/null && command -v busybox >/dev/null; then
	scenario web "DNS, TLS and HTTP over 20 ms and 0.5 % loss: answers, refusals, errors, slow pages"
fi
scenario_web() {
	wire --forward "$delay20,loss_pct=0.5,only_data=1" --backward "$delay20"
	tapes_at_both_ends 600 # requests and answers, not the pages
	web_server
	printf 'nameserver %s\noptions timeout:1 attempts:2\n' "$sender" >"$work/resolv.conf"
	local url
	for url in http://shop.example/ http://shop.example/prices http://static.example/logo https://pay.example/ \
		http://shop.example/cgi-bin/search http://shop.example/prices http://static.example/film https://pay.example/ \
		http://shop.example/cgi-bin/search http://shop.example/gone http://misspelt.example/ http://shop.example/cgi-bin/broken \
		https://refused.example/ http://shop.example/prices http://dead.example/ http://shop.example/cgi-bin/search; do
		fetch "$url"
	done | jq -s 'map({url, exitcode, response_code, num_connects, time_namelookup, time_connect, time_appconnect, time_starttransfer,
		time_total, size_download, local_port})' | extra curl
	grep -c 'query\[A' "$work/dnsmasq.log" | jq '{queries: .}' | extra dns
}

# dead.example is asked of a server that is not there; refused.example has a certificate that nobody trusts.
web_server() {
	mkdir -p "$work/pages/cgi-bin"
	echo '<h1>A shop</h1>' >"$work/pages/index.html"
	head -c 30000 /dev/zero >"$work/pages/prices"
	head -c 12000 /dev/zero >"$work/pages/logo"
	head -c 900000 /dev/zero >"$work/pages/film"
	printf '#!/bin/sh\nsleep 0.4\nprintf "Status: 200 OK\\r\\nContent-Type: text/plain\\r\\n\\r\\nfound\\n"\n' >"$work/pages/cgi-bin/search"
	printf '#!/bin/sh\nprintf "Status: 500 Internal Server Error\\r\\n\\r\\n"\n' >"$work/pages/cgi-bin/broken"
	chmod 755 "$work/pages/cgi-bin"/*
	in_background sender busybox httpd -f -p "$sender:80" -h "$work/pages"
	openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=pay.example -keyout "$work/key.pem" \
		-out "$work/certificate.pem" 2>"$work/req.err" ||
		die "openssl: $(cat "$work/req.err")"
	in_background sender openssl s_server -quiet -www -accept "$sender:443" -key "$work/key.pem" -cert "$work/certificate.pem" \
		>"$work/tls.log" 2>&1
	in_background sender dnsmasq -k -C /dev/null -R -h -a "$sender" -z -u root --log-queries --log-facility="$work/dnsmasq.log" --pid-file \
		--address=/shop.example/"$sender" --address=/static.example/"$sender" --address=/pay.example/"$sender" \
		--address=/refused.example/"$sender" --server=/dead.example/10.9.0.99 --local=/example/ </dev/null >"$work/dnsmasq.err" 2>&1
	for port in 80 443 53; do await 20 listens sender "$port" || die "nobody listens on port $port"; done
}

# fetch URL: as curl's own JSON has it.
fetch() {
	local trust=(-k)
	if [[ $1 == *refused* ]]; then trust=(); fi
	in_host receiver unshare -m sh -c 'mount --bind "$0" /etc/resolv.conf && exec "$@"' "$work/resolv.conf" \
		curl -s -4 -m 8 "${trust[@]}" -o /dev/null -w '%{json}\n' "$1"
	sleep 0.15
}
