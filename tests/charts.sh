#!/usr/bin/env bash
# charts.sh: the numbers that charts of a whole capture are drawn from (overview, services, talkers, retransmissions,
# loss), against tshark on the same packets, other tables by queries of another shape, and a made-up timeline.
# shellcheck disable=SC2016 # awk programs
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=$(realpath "${WIRETAPE:-$here/../build/wiretape}")
samples=$here/../samples
# shellcheck source=expect.sh
. "$here/expect.sh"
needs_tools sqlite3 gnuplot

sum() { values "$1" "sum += \$c[\"$2\"]" 'printf "%.0f\n", sum'; }
# What all the throughput of an overview comes to, in bytes. Times of 2026 are exact to a microsecond at the most.
carried() { values 0 'sum += $c["total_mbit"] * int(($c["end"] - $c["t"]) * 1000 + 0.5)' 'printf "%.0f\n", sum * 1e3 / 8'; }
sql() { sqlite3 -readonly "$@"; }

for name in loss_20ms.snd tail_loss.rcv zero_window.snd request_response.snd; do
	run 0 "analyze $name" analyze -q --interval 20ms -o "$name.db" "$samples/$name.pcap.zst"
done
run 0 'analyze all' analyze -q --interval 20ms -o all.db "$samples"/{loss_20ms,server_reset}.{snd,rcv}.pcap.zst

# --- overview: what throughput times its time comes to, is what is in the file
for name in loss_20ms.snd tail_loss.rcv zero_window.snd; do
	chart "$name.db" overview
	is "overview $name: bytes" "$(sql "$name.db" 'SELECT bytes FROM captures')" \
		"$(carried)"
	is "overview $name: sent again" "$(sql "$name.db" "SELECT count(*) FROM events
		WHERE kind IN ('retransmission', 'syn_retransmission')")" \
		"$(sum 0 again)"
	is "overview $name: fast" "$(sql "$name.db" "SELECT count(*) FROM events WHERE cause = 'fast'")" "$(sum 0 fast)"
	is "overview $name: tail loss probes" "$(sql "$name.db" "SELECT count(*) FROM events WHERE cause = 'tail_loss_probe'")" \
		"$(($(sum 0 probes) - $(sum 0 timeout)))"
	is "overview $name: closed windows" "$(sql "$name.db" 'SELECT sum(zero_windows) FROM flow_directions')" \
		"$(sum 0 zero_windows)"
	is "overview $name: findings" "$(sql "$name.db" "SELECT group_concat(DISTINCT code) FROM findings
		WHERE severity <> 'note'")" \
		"$(values 1 'gsub(/"/, "", $c["label"]); print $c["label"]' | sort -u | paste -sd ,)"
done
# A window that is closed stays so: for as long as the flow's sum says. What is shown of a part of that time is not nothing.
chart zero_window.snd.db overview
is 'overview: while closed' "$(sql zero_window.snd.db "SELECT printf('%.3f', total(zero_window_ms) / 1e3) FROM flow_directions")" \
	"$(values 3 'printf "%.3f", $c["end"] - $c["t"]')"
part=(--from 2026-11-21T03:57:08Z --to 2026-11-21T03:57:08.5Z)
chart zero_window.snd.db overview "${part[@]}"
is 'overview: closed all the time' '8.000 8.500' "$(values 3 'printf "%.3f %.3f", $c["t"] - 1795233420, $c["end"] - 1795233420')"
if command -v gnuplot >/dev/null; then
	run 0 'overview: a part' plot zero_window.snd.db overview "${part[@]}" -o part.svg
	has part.svg '>while closed<' 'overview: a window that stays closed'
	lacks part.svg 'no receiver closed its window' 'overview: a window that stays closed'
	has part.svg '03:57:08 to 03:57:08.5<' 'a title has parts of seconds'
fi
# The line through all panels is where a finding begins, not where it is worst.
begins=0
for name in loss_20ms.snd tail_loss.rcv zero_window.snd; do
	chart "$name.db" overview
	is "overview $name: lines" "$(sql "$name.db" "SELECT printf('%s %.3f', code, min(e.t_ns) / 1e9) FROM findings AS f JOIN evidence AS e ON e.finding_id = f.id
		WHERE severity <> 'note' GROUP BY code ORDER BY 1")" "$(values 1 'gsub(/"/, "", $c["label"]); if ($c["line"]) printf "%s %.3f\n", $c["label"], $c["t"]' | sort)"
	begins=$((begins + $(sql "$name.db" "SELECT count(*) FROM findings AS f WHERE severity <> 'note' AND t_ns > (SELECT min(t_ns) FROM evidence WHERE finding_id = f.id)")))
done
is 'overview: the worst is not always the first' yes "$( ((begins > 0)) && echo yes)"
is 'overview: zero windows are in it' yes "$(sql zero_window.snd.db 'SELECT iif(sum(zero_windows) > 0, "yes", "")
	FROM flow_directions')"

chart loss_20ms.snd.db overview
if command -v tshark >/dev/null; then
	# An interval of 20 ms, by tshark.
	while read -r from to bytes; do
		is "overview: bytes from $from to $to, tshark" "$bytes" \
			"$(values 0 "if (\$c[\"t\"] > $from - 0.001 && \$c[\"t\"] < $from + 0.001) printf \"%.0f\\n\", \$c[\"total_mbit\"] * 0.02 * 1e6 / 8")"
	done < <(
		for from in 1795233424.36 1795233424.50 1795233425.00; do
			to=$(awk -v from=$from 'BEGIN { printf "%.2f", from + 0.02 }')
			printf "%s %s " "$from" "$to"
			tshark -r "$samples/loss_20ms.snd.pcap.zst" -q -z "io,stat,0,frame.time_epoch >= $from && frame.time_epoch < $to" 2>/dev/null |
				awk '/<>/ { print $8 }'
		done
	)
else
	skip 'overview against tshark, which is not installed'
fi

# RTT and the rest of one flow: its far side's largest, and its bytes.
flow=$(sql loss_20ms.snd.db 'SELECT flow_id FROM flow_directions GROUP BY 1
	ORDER BY sum(retransmitted_segments) DESC, 1 LIMIT 1')
chart loss_20ms.snd.db overview --flow "$flow"
is 'overview of a flow: bytes' "$(sql loss_20ms.snd.db "SELECT sum(bytes) FROM flow_directions WHERE flow_id = $flow")" \
	"$(carried)"
is 'overview of a flow: sent again' "$(sql loss_20ms.snd.db "SELECT sum(retransmitted_segments) FROM flow_directions
	WHERE flow_id = $flow")" \
	"$(sum 0 again)"
run 0 'analyze short flows' analyze -q --interval 50ms -o short.db "$samples/tail_loss.snd.pcap.zst"
# Short flows, whose first interval is longer than the others: what an event says of it is not counted beside what the interval says.
while IFS='|' read -r short again; do
	chart short.db overview --flow "$short"
	is "overview of flow $short: sent again once" "$again" "$(sum 0 again)"
done < <(sql short.db 'SELECT flow_id, sum(retransmitted_segments) AS again FROM flow_directions
	JOIN (SELECT DISTINCT flow_id FROM flow_timeline) USING (flow_id) GROUP BY 1 HAVING again > 0')
chart loss_20ms.snd.db overview --flow "$flow"
is 'overview of a flow: the largest RTT' "$(sql loss_20ms.snd.db "SELECT printf('%.2f', max(rtt_max_us) / 1e3)
	FROM flow_directions WHERE flow_id = $flow")" \
	"$(values 0 'if ($c["rtt_high_ms"] != "NaN" && $c["rtt_high_ms"] > max) max = $c["rtt_high_ms"]' 'printf "%.2f\n", max')"

# Two captures of two samples, six seconds apart: what is between is not drawn as a silence.
between=$(sql all.db "SELECT printf('%.3f %.3f', max(last_ns) FILTER (WHERE path LIKE '%loss_20ms.%') / 1e9,
	min(first_ns) FILTER (WHERE path LIKE '%server_reset.%') / 1e9) FROM captures")
while read -r name block words; do
	chart all.db "$name"
	is "$name: what was not captured" "$between" "$(values "$block" 'printf "%.3f %.3f\n", $c["t"], $c["end"]')"
	run 0 "$name: all" plot all.db "$name" -o all.svg && has all.svg "$words" "$name: what was not captured is named"
	run 0 "$name: one" plot all.db "$name" --capture 2 -o all.svg && lacks all.svg "$words" "$name: one capture is whole"
done <<'CHARTS'
overview 2 nothing was captured in the grey
throughput 1 nothing was captured in the grey
retransmissions 2 nothing was captured where there are lines
CHARTS
chart all.db overview
chart all.db overview --capture 2
is 'overview: one capture of several' "$(sql all.db 'SELECT bytes FROM captures WHERE id = 2')" \
	"$(carried)"

# A part is what the whole shows there.
chart loss_20ms.snd.db services
values 0 'if ($c["t"] > 1795233424.499 && $c["t"] < 1795233424.999) print $c["all_mbit"]' >whole
chart loss_20ms.snd.db services --from 1795233424.5 --to 1795233425
is 'services: a part has 25 intervals of 20 ms' 25 "$(wc -l <whole)"
values 0 'if ($c["all_mbit"] > 0) print $c["all_mbit"]' >part
same 'services: a part' whole part

# --- talkers
chart loss_20ms.snd.db talkers
is 'talkers, from flows' "$(sql -separator ' ' loss_20ms.snd.db "
	SELECT h, (SELECT sum(bytes) FROM flow_directions JOIN flows ON id = flow_id WHERE (direction = 'c2s' AND client_ip = h)
		OR (direction = 's2c' AND server_ip = h)),
		(SELECT sum(bytes) FROM flow_directions JOIN flows ON id = flow_id WHERE (direction = 's2c' AND client_ip = h)
			OR (direction = 'c2s' AND server_ip = h))
	FROM (SELECT client_ip AS h FROM flows UNION SELECT server_ip FROM flows) ORDER BY 2 + 3 DESC, 1")" \
	"$(values 0 'gsub(/"/, ""); printf "%s %.0f %.0f\n", $c["host"], $c["sent_bytes"], $c["received_bytes"]')"
if command -v tshark >/dev/null; then
	is 'talkers: tshark' "$(tshark -r "$samples/loss_20ms.snd.pcap.zst" -q -z endpoints,ip 2>/dev/null |
		awk '/^[0-9]/ { print $1, $5, $7 }' | sort)" \
		"$(values 0 'gsub(/"/, ""); printf "%s %.0f %.0f\n", $c["host"], $c["sent_bytes"], $c["received_bytes"]' | sort)"
fi
chart loss_20ms.snd.db talkers --from 1795233424
is 'talkers, from the timeline: both took part in all of it' "$(sql loss_20ms.snd.db 'SELECT bytes FROM captures')" \
	"$(values 0 'print $c["either_bytes"]' | sort -u)"

# --- retransmissions
chart tail_loss.rcv.db retransmissions
is 'retransmissions: by peer' "$(sql -separator ' ' tail_loss.rcv.db 'SELECT client_ip, sum(retransmitted_segments)
	FROM flows JOIN flow_directions ON flow_id = id GROUP BY 1')" \
	"$(values 0 'gsub(/"/, ""); if ($c["rank"] > 0) print $c["peer"], $c["again"]')"
is 'retransmissions: cells' "$(sql tail_loss.rcv.db "SELECT group_concat(n, ' ') FROM (SELECT count(*) AS n FROM events
	WHERE kind IN ('retransmission', 'syn_retransmission') GROUP BY t_ns / 100000000 ORDER BY t_ns)")" \
	"$(values 1 'if ($c["rank"] > 0) print $c["again"]' | paste -sd ' ')"

# --- services: its number stands where a band is thickest, also if there are seconds only
run 0 'seconds' analyze -q --interval 1s -o seconds.db "$samples/web.snd.pcap.zst"
chart seconds.db services
run 0 'services: script' plot seconds.db services --script && mv out services.gp && echo 'print at_t[1]' >>services.gp
cp data data.tsv
is 'services: the number of the busiest' "$(sql seconds.db "SELECT printf('%.1f', t_ns / 1e9 + 0.5) FROM timeline
	WHERE scope = 'service' AND key = '10.9.0.1:80' ORDER BY bytes DESC LIMIT 1")" "$(printf '%.1f' "$(gnuplot services.gp 2>&1)")"

# --- loss: at one end behind the tap, at the other before it
run 0 'analyze the other end' analyze -q --interval 20ms -o loss_20ms.rcv.db "$samples/loss_20ms.rcv.pcap.zst"
for end in snd:behind_tap:lost_downstream rcv:before_tap:lost_upstream; do
	IFS=: read -r side column table_column <<<"$end"
	chart "loss_20ms.$side.db" loss
	expected=$(sql "loss_20ms.$side.db" "SELECT sum($table_column) FROM flow_directions")
	is "loss $side: over time" "$expected" "$(sum 0 "$column")"
	is "loss $side: by service" "$expected" "$(sum 1 "$column")"
	is "loss $side: per cent" "$(sql "loss_20ms.$side.db" "SELECT printf('%.4f', 100.0
		* (sum(lost_upstream) + sum(lost_downstream))
		/ (sum(data_segments) + sum(lost_upstream))) FROM flow_directions")" "$(values 1 'printf "%.4f\n", $c["loss_pct"]')"
done
# Four segments were sent again needlessly, and had passed the tap: the wire lost 43 of 4,295, at either end.
share=$(sql :memory: "SELECT printf('%.4f', 100.0 * sum(n -> '$.lost_data_segments') / sum(n -> '$.data_segments_in')) FROM (
	SELECT json_extract(readfile('$samples/peers.truth.json'), '\$.wire.' || way || '.counts') AS n
	FROM (SELECT 'forward' AS way UNION ALL SELECT 'backward'))")
for end in snd rcv; do
	run 0 "peers $end" analyze -q --interval 100ms -o "peers.$end.db" "$samples/peers.$end.pcap.zst"
	chart "peers.$end.db" loss
	is "loss peers $end: per cent" "$share" "$(values 1 'printf "%.4f\n", $c["loss_pct"]')"
done
if command -v gnuplot >/dev/null; then
	run 0 'loss peers snd: drawn' plot peers.snd.db loss -o loss.svg
	has loss.svg '▼ 47, 4 needless<' 'loss: what its share is without'
	# Nothing lost, but sent again needlessly: the marks on the line have a name all the same.
	cp peers.snd.db needless.db
	sqlite3 needless.db 'UPDATE timeline SET lost_upstream = 0, lost_downstream = 0'
	run 0 'loss: only needless' plot needless.db loss -o loss.svg
	has loss.svg 'needless repeat' 'loss: only needless' && lacks loss.svg 'behind the tap' 'loss: only needless'
	# Much is written short: what was sent again, 47 times, and lost, a hundred thousand times as often.
	cp peers.snd.db much.db
	sqlite3 much.db "UPDATE timeline SET retransmitted_segments = retransmitted_segments * 100000, lost_downstream = lost_downstream * 100000"
	run 0 'loss: much' plot much.db loss -o loss.svg
	has loss.svg '▼ 4.7M, 4 needless<' 'loss: much'
	lacks loss.svg '00000<' 'loss: much, on its axis'
	run 0 'retransmissions: much' plot much.db retransmissions -o again.svg
	has again.svg '10.9.0.13  2.5M<' 'retransmissions: much'
	lacks again.svg '00000<' 'retransmissions: much, on its scale'
fi
# A flow's own are put right when it is proved: they are taken off once.
flow=$(sql peers.snd.db 'SELECT flow_id FROM flow_directions WHERE spurious_retransmissions > 0 AND lost_downstream > 0 LIMIT 1')
chart peers.snd.db loss --flow "$flow"
is 'loss peers snd: the flows lost as many as the wire' 43 "$(sql peers.snd.db 'SELECT sum(lost_upstream + lost_downstream) FROM flow_directions')"
is 'loss of a flow: per cent' "$(sql peers.snd.db "SELECT printf('%.4f', 100.0 * lost_downstream / data_segments) FROM flow_directions
	WHERE flow_id = $flow AND spurious_retransmissions > 0")" "$(values 1 'if ($c["spurious"] > 0) printf "%.4f\n", $c["loss_pct"]')"
is 'loss: the lab lost as many' \
	"$(sql :memory: "SELECT json_extract(readfile('$samples/loss_20ms.truth.json'), '\$.wire.forward.counts.lost')")" "$expected"
if command -v editcap >/dev/null; then
	# What the tap lost is not the network's loss: five frames with data are taken out of a capture without loss.
	zstd -dcq "$samples/zero_window.snd.pcap.zst" >whole.pcap
	mapfile -t frames < <(tshark -r whole.pcap -Y 'tcp.len == 1448 && frame.number > 40' -T fields -e frame.number 2>/dev/null |
		awk 'NR % 7 == 0' | head -n 5)
	editcap whole.pcap thin.pcap "${frames[@]}"
	run 0 'analyze with gaps' analyze -q --interval 20ms -o thin.db thin.pcap
	chart thin.db loss
	is 'loss: gaps' 5 "$(sum 0 gaps)"
	is 'loss: gaps are no losses' 0 "$(values 1 'print $c["loss_pct"]')"
	chart thin.db overview
	is 'overview: gaps' 5 "$(sum 0 gaps)"
else
	skip 'gaps: editcap is not installed'
fi

# --- A timeline of 3000 s, binned: 125,000 bytes a second are 1 Mbit/s; the second 1002 has ten times as much, so ten
# seconds have 1.9. Nine services have 9,000 to 1,000 bytes and lost 9 to 1 segments, another one 50,000 bytes, and 22 peers had 22 to 1
# segments sent again.
cp loss_20ms.snd.db made.db
sqlite3 made.db "
	DELETE FROM timeline; DELETE FROM flow_timeline; DELETE FROM flows; DELETE FROM flow_directions; DELETE FROM events;
	DELETE FROM evidence; DELETE FROM findings; DELETE FROM names; DELETE FROM captures;
	INSERT INTO captures (id, path, first_ns, last_ns, interval_ms)
	VALUES (1, '/ring', 1800000000000000000, 1800003000000000000, 1000);
	CREATE TEMP TABLE seconds AS
	WITH RECURSIVE s (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < 2999) SELECT n FROM s;
	INSERT INTO timeline (capture_id, t_ns, interval_ms, scope, key, rest_keys, packets, bytes, new_bytes,
		data_segments, retransmitted_segments, fast_retransmissions, timeout_retransmissions, slow_start_retransmissions,
		zero_windows, capture_gap_segments, rtt_samples, rtt_p50_ms, rtt_p95_ms,
		kernel_drops, lost_upstream, lost_downstream, spurious_retransmissions)
	SELECT 1, (1800000000 + n) * 1000000000, 1000, 'all', '', 0, 100, iif(n = 1002, 1250000, 125000), 100000,
		90, iif(n = 7, 253, 0), 0, 0, 0,
		n = 11, 0, iif(n % 2, 10, 30), iif(n % 2, 40, 20), iif(n = 1003, 99, 50),
		iif(n IN (12, 13), 2, 0), iif(n = 7, 50, 0), 0, 0
	FROM seconds;
	INSERT INTO timeline (capture_id, t_ns, interval_ms, scope, key, rest_keys, bytes, data_segments,
		retransmitted_segments, lost_upstream, lost_downstream, spurious_retransmissions)
	SELECT 1, 1800000007000000000, 1000, 'service', '10.0.0.' || n || ':443', 0, n * 1000, 100, 0, n, 0, 0
	FROM seconds WHERE n BETWEEN 1 AND 9
	UNION ALL
	SELECT 1, 1800000007000000000, 1000, 'service', 'udp/[2001:db8::1]:53', 0, 50000, 0, 0, 0, 0, 0
	UNION ALL
	SELECT 1, 1800000007000000000, 1000, 'peer', '10.1.0.' || n, 0, n * 10, 100, n, 0, 0, 0
	FROM seconds WHERE n BETWEEN 1 AND 22;
	INSERT INTO names (capture_id, address, port, name, source) VALUES (1, '2001:db8::1', 53, 'ns_{1}', 'hosts'),
		(1, '10.0.0.9', NULL, 'any', 'dns'), (1, '10.0.0.9', 443, 'shop', 'service'),
		(1, '10.0.0.8', 80, 'not this port', 'service');
	INSERT INTO incidents (name, trigger, t_ns) VALUES ('a', 'loss', 1800000007000000000),
		('b', 'loss', 1800000100000000000), ('c', 'drops', 1800002000000000000);"
chart made.db overview
is 'bins: 3000 s are 300 of 10 s' '300 10' "$(values 0 'if ($c["end"] > $c["t"]) n++; bin = $c["bin_s"]' 'print n, bin')"
is 'bins: the mean, the busiest interval, and the rest' '1.9 10.0 1.0' \
	"$(values 0 'if ($c["t"] == 1800001000) printf "%.1f %.1f ", $c["total_mbit"], $c["peak_mbit"];
		if ($c["t"] == 1800001010) printf "%.1f\n", $c["total_mbit"]')"
# Five seconds have 30 samples of 20 ms, five have 10 of 40 ms: (150 * 20 + 50 * 40) / 200.
is 'bins: RTT weighed by samples, and its worst' '25.000 99' \
	"$(values 0 'if ($c["t"] == 1800001000) printf "%.3f %g\n", $c["rtt_ms"], $c["rtt_high_ms"]')"
is 'bins: drops, closed windows' '4 1' "$(values 0 'if ($c["t"] == 1800000010) print $c["drops"], $c["zero_windows"]')"
is 'incidents have a lane each' '1 incident: loss 2|2 incident: drops 1' \
	"$(values 1 'gsub(/"/, ""); n[$c["lane"] " " $c["label"]]++' 'for (lane in n) print lane, n[lane]' | sort | paste -sd '|')"
incident=$samples/incidents/20261121T151523Z-loss
run 0 'incident: analysed' analyze -q -o incident.db "$incident" "$samples/loss_20ms.snd.pcap.zst"
is 'incident: what the recorder says' "$(jq -r '"\(.name)|\(.trigger)|\(.key)|\(.time)"' "$incident/incident.json")" \
	"$(sqlite3 incident.db "SELECT name, trigger, key, strftime('%Y-%m-%dT%H:%M:%S.000Z', t_ns / 1000000000, 'unixepoch') FROM incidents")"
chart incident.db overview --capture 1
is 'incident: marked in its capture' '2026-11-21T15:15:23Z' \
	"$(date -u -d "@$(values 1 'if ($c["label"] ~ /incident: loss/) printf "%d", $c["t"]')" +%Y-%m-%dT%H:%M:%SZ)"
chart incident.db overview --capture 2
is 'incident: not in another one' '' "$(values 1 'if ($c["label"] ~ /incident/) print $c["t"]')"
chart made.db services
is 'services: the seven, by name' \
	'udp/[2001:db8::1]:53=ns_{1} 10.0.0.9:443=shop 10.0.0.8:443=NaN 10.0.0.7:443=NaN 10.0.0.6:443=NaN 10.0.0.5:443=NaN'" 10.0.0.4:443=NaN" \
	"$(values 1 'gsub(/"/, ""); if ($c["rank"] < 8) print $c["key"] "=" $c["name"]' | paste -sd ' ')"
# 10 s with 1,250,000 bytes: 50,000 are the first's, 9, 8, ... and 4 thousand the next six's.
is 'services: stacked' '0.0400 0.0472 0.0536 0.0592 0.0640 0.0680 0.0712 1.0000' \
	"$(values 0 'if ($c["t"] == 1800000000) { for (i = 1; i <= 7; i++) printf "%.4f ", $c["s" i "_mbit"]; printf "%.4f\n", $c["all_mbit"] }')"
is 'services: all others' "$((3000 * 125000 + 1125000 - 89000)) 10" \
	"$(values 1 'if ($c["rank"] == 8) printf "%.0f %d\n", $c["bytes"], $c["services"]')"
# What is no server's is one band: an ICMP echo, mDNS over both families, a stream to a group. tcpdump says how long the frames are.
{
	printf '0.000 > S 0\n0.010 < SA 0\n0.020 > A 1\n0.030 > A 1 len 1000\n0.040 > icmp 8 0\n'
	printf 'client 10.0.0.9:5353\nserver 224.0.0.251:5353\n0.100 > udp len 100\n'
	printf 'server 239.1.2.3:5004\n0.200 > udp len 300\n'
	printf 'client [fe80::9]:5353\nserver [ff02::fb]:5353\n0.300 > udp len 200\n'
} | "${TRACE_PCAP:-$(dirname "$program")/tests/trace_pcap}" >groups.pcap
"$program" analyze -q -o groups.db groups.pcap
chart groups.db services
if command -v tcpdump >/dev/null; then
	sent() { tcpdump -nev -r groups.pcap "$1" 2>/dev/null | grep -oE ', length [0-9]+: \(' | awk '{ sum += $3 } END { print sum }'; }
	is 'services: what is no server' "192.0.2.1:80 $(sent tcp), ICMP and groups $(sent 'udp or icmp'), all others 0" \
		"$(values 1 'gsub(/"/, "", $c["key"]); printf "%s %d\n", $c["key"], $c["bytes"]' | paste -sd, | sed 's/,/, /g')"
else
	skip 'services: what is no server: tcpdump is not installed'
fi

chart made.db retransmissions
is 'peers: the worst 20, and the others, of 22' '22 10.1.0.22 3 10.1.0.3 3 22' \
	"$(values 0 'gsub(/"/, ""); r = $c["rank"]; if (r == 1 || r == 20) printf "%d %s ", $c["again"], $c["peer"];
		if (r == 21) printf "%d ", $c["again"]; if (r == 0) peers = $c["peers"]' 'print peers')"
chart made.db talkers
is 'talkers without flows: who took part' '2001:db8::1 50000 10.0.0.9 9000' \
	"$(values 0 'gsub(/"/, ""); if ($c["rank"] < 3) printf "%s %.0f ", $c["host"], $c["either_bytes"]' | sed 's/ $//')"
# Ten hosts of services and five of the 22 peers; what all took part in is twice 2999 * 125000 + 1250000, less 50000 + 45000
# + 220 + ... + 180.
is 'talkers without flows: fifteen, and the others' '15 10.1.0.18 180 17 752154000' \
	"$(values 0 'gsub(/"/, ""); if ($c["rank"] == 15) printf "15 %s %.0f ", $c["host"], $c["either_bytes"];
		if ($c["rank"] == 16) printf "%d %.0f\n", $c["host"], $c["either_bytes"]')"
chart made.db loss
# Services lost 9 + 8 + ... + 2 = 44; one and what has no row are the others' six.
is 'loss: eight services and the others' '9 10.0.0.9:443 44 6 9' \
	"$(values 1 'gsub(/"/, ""); if ($c["rank"] == 1) printf "%d %s ", $c["before_tap"], $c["key"];
		if ($c["rank"] < 9) s += $c["before_tap"]; if ($c["rank"] == 9) printf "%d %d %d\n", s, $c["before_tap"], $c["services"]')"
for name in overview services talkers retransmissions loss; do
	run 0 "$name: drawn" plot made.db "$name" -o "$name.png"
	run 0 "$name: in a terminal" plot made.db "$name" --terminal=dumb
done

# Groups and broadcasts are no talkers. 10.0.0.1 sends 142 bytes (14 + 20 + 8 of headers and 100) to 224.0.0.251 and as many to
# 224.0.0.22, and 242 to 10.0.0.2.
printf '%s\n' 'client 10.0.0.1:5353' 'server 224.0.0.251:5353' '0.000 > udp len 100' 'server 224.0.0.22:9' '0.100 > udp len 100' \
	'server 10.0.0.2:9' '0.200 > udp len 200' | "${TRACE_PCAP:-$(dirname "$program")/tests/trace_pcap}" >crowd.pcap
run 0 'talkers' analyze -q -o crowd.db crowd.pcap
for period in '' '--from 2026-11-21T10:00:00Z'; do
	# shellcheck disable=SC2086 # an option and its value
	chart crowd.db talkers $period
	is "groups are no talkers $period" '"10.0.0.1" 526;"10.0.0.2" 242;"groups, no address" 284;' \
		"$(values 0 '{ print $c["host"], $c["sent_bytes"] + $c["received_bytes"] + $c["either_bytes"] }' | LC_ALL=C sort | tr '\n' ';')"
done

totals
