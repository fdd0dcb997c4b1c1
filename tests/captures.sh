#!/usr/bin/env bash
# captures.sh: the bundled samples against their truth, and the public captures beside the project, where they are.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
root=$PWD
wiretape=${WIRETAPE:-build/wiretape}
# shellcheck source=tests/expect.sh
. tests/expect.sh
cd "$root" || exit 2

ok() { is "$1" "$3" "$2"; } # ok WHAT FOUND EXPECTED

# What the sender's kernel counted while the sample was made, and what the sender's tape says.
for truth in samples/*.truth.json; do
	name=${truth%.truth.json}
	"$wiretape" analyze -q --force -o "$work/sample.db" "$name.snd.pcap.zst"
	ok "$name: exit status" $? 0
	ok "$name: retransmissions" "$(sqlite3 "$work/sample.db" "
		SELECT total(retransmitted_segments) FROM flow_directions JOIN flows ON id = flow_id
		WHERE (direction = 'c2s') = (client_ip = json_extract(readfile('$truth'), '\$.sender.address'))")" \
		"$(sqlite3 :memory: "SELECT total(json_extract(readfile('$truth'), '\$.sender.counters.TcpRetransSegs'))")"
	ok "$name: packets" "$(sqlite3 "$work/sample.db" "SELECT packets FROM captures")" \
		"$(zstd -dcq "$name.snd.pcap.zst" | tcpdump -r - 2>/dev/null | wc -l)"
	# What held a flow back is told twice: row by row and in one sum.
	"$wiretape" analyze -q --force --interval 20ms -o "$work/sample.db" "$name.snd.pcap.zst"
	ok "$name: what held flows back" "$(sqlite3 "$work/sample.db" "
		SELECT count(*), total(h != limited_handshake_us OR a != limited_application_us OR z != limited_zero_window_us
			OR coalesce(w, 0) != coalesce(limited_receive_window_us, 0) OR r != limited_recovery_us
			OR n != limited_network_us OR h + a + z + coalesce(w, 0) + r + n - life_ns / 1000 NOT BETWEEN -6 AND 6)
		FROM (SELECT flow_id, direction, sum(limited_handshake_us) h, sum(limited_application_us) a,
			sum(limited_zero_window_us) z, sum(limited_receive_window_us) w, sum(limited_recovery_us) r,
			sum(limited_network_us) n FROM flow_timeline GROUP BY 1, 2)
		JOIN (SELECT d.*, f.last_ns - f.first_ns AS life_ns FROM flow_directions d JOIN flows f ON id = flow_id WHERE protocol = 'tcp')
			USING (flow_id, direction)" | sed "s/|/ rows, wrong: /")" \
		"$(sqlite3 "$work/sample.db" "SELECT count(DISTINCT flow_id || direction) || ' rows, wrong: 0.0' FROM flow_timeline
			JOIN flows ON id = flow_id WHERE protocol = 'tcp'")"
done

folder=../shared/captures
if [[ -d $folder ]]; then
	for capture in "$folder"/*.pcapng; do
		"$wiretape" analyze -q --force -o "$work/one.db" "$capture" 2>"$work/errors"
		status=$?
		if [[ $capture == */80211* ]]; then
			ok "$capture: exit status" $status 1
			ok "$capture: names the link type" "$(grep -c 'link type IEEE802_11.* is not supported' "$work/errors")" 1
		else
			ok "$capture: exit status" $status 0
			ok "$capture: packets" "$(sqlite3 "$work/one.db" "SELECT packets FROM captures")" \
				"$(tcpdump -nr "$capture" 2>/dev/null | grep -c '^[0-9][0-9]:')"
		fi
	done
else
	skip "$folder is not here"
fi

totals
