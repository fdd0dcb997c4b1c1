#!/usr/bin/env bash
# The charts of how times are spread: rtt, rtt-distribution, handshake, response, dns, comparison. What they draw is held against SQL of another
# shape, and against tshark. WIRETAPE names the program.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=$(realpath "${WIRETAPE:-build/wiretape}")
samples=$(realpath "$here/../samples")
captures=$(realpath -m "$here/../../shared/captures")
# shellcheck source=expect.sh
. "$here/expect.sh"
needs_tools sqlite3 tshark

analyze() { "$program" analyze -q -f "$@" || fail "analyze $*"; }
# data NAME ARGUMENT...: the chart's data is in `drawn`
data() {
	local name=$1
	shift
	run 0 "$name" plot "$@" --data && mv out drawn
}
# column BLOCK NAME [CONDITION]: a column of a block (from 0) of `drawn`, where the awk expression over c["NAME"] holds
column() {
	awk -F '\t' -v block="$1" -v wanted="$2" "
		/^# / { n++; delete at; for (i = 1; i <= NF; i++) { sub(/^# /, \"\", \$i); at[\$i] = i } next }
		n != block + 1 || NF == 0 { next }
		{ for (name in at) c[name] = \$at[name] }
		${3:-1} { print \$at[wanted] }" drawn
}
# near NAME EXPECTED ACTUAL PERCENT
near() {
	if awk -v e="$2" -v a="$3" -v p="$4" \
		'BEGIN { d = a - e; if (d < 0) d = -d; exit !(a != "" && e != "" && d <= (e < 0 ? -e : e) * p / 100 + 1e-9) }'; then
		pass
	else
		fail "$1: '$3', expected '$2' within $4 %"
	fi
}
# percentile P: of the numbers on standard input; the smallest that so many per cent do not exceed
percentile() { sort -g | awk -v p="$1" \
	'{ v[NR] = $1 } END { i = NR * p / 100; i = i > int(i) ? int(i) + 1 : int(i); print v[i < 1 ? 1 : i] }'; }

analyze --interval 20ms -o clean.db "$samples/request_response.snd.pcap.zst"
analyze --interval 20ms -o lossy.db "$samples/loss_20ms.snd.pcap.zst"
analyze --interval 20ms -o all.db "$samples"

# rtt: one capture, so the intervals as they are; of two captures at one time the mean by samples
data 'rtt' lossy.db rtt
is 'rtt: p50' "$(sqlite3 lossy.db "SELECT printf('%.3f', rtt_p50_ms) FROM timeline WHERE scope = 'all' AND rtt_samples > 0 ORDER BY t_ns")" \
	"$(column 0 p50_ms 'c["p50_ms"] != "NaN"' | xargs printf '%.3f\n')"
is 'rtt: in the middle of each interval' "$(sqlite3 lossy.db "SELECT printf('%.3f', (t_ns + 10000000) / 1e9) FROM timeline
	WHERE scope = 'all' AND rtt_samples > 0 ORDER BY t_ns")" "$(column 0 t 'c["p50_ms"] != "NaN"' | xargs printf '%.3f\n')"
from=$(sqlite3 lossy.db "SELECT min(t_ns) + 400000000 FROM timeline")
period=(--from "${from%?????????}.${from: -9}" --to "$(sqlite3 :memory: "SELECT printf('%d.%09d', ($from + 200000000) / 1000000000, ($from + 200000000) % 1000000000)")")
data 'rtt: a period' lossy.db rtt "${period[@]}"
is 'rtt: a period: points' "$(sqlite3 lossy.db "SELECT count(*) FROM timeline WHERE scope = 'all' AND rtt_samples > 0
	AND t_ns + 20000000 > $from AND t_ns < $from + 200000000")" "$(column 0 p50_ms 'c["p50_ms"] != "NaN"' | wc -l)"

# rtt-distribution of one clean flow: tshark's RTT of each ACK (the engine takes one for each segment)
tshark -r "$samples/request_response.snd.pcap.zst" -Y 'tcp.analysis.ack_rtt && tcp.port == 40001' -T fields -e ip.src \
	-e tcp.analysis.ack_rtt \
	2>/dev/null | awk '{ print $1, $2 * 1000 }' >acks
data 'rtt-distribution' clean.db rtt-distribution --flow 1
for side in 1 2; do
	# The server, 10.9.0.1, acknowledges what goes towards servers.
	grep -F "10.9.0.$side " acks | cut -d ' ' -f 2 >rtts
	for p in 50 95 99; do
		near "RTT side $side p$p as tshark" "$(percentile $p <rtts)" "$(column 0 p${p}_ms "c[\"side\"] == $side" | head -n 1)" 5
	done
done
# The CDF is no more than 5 % of time away from tshark's.
for p in 10 25 50 75 90 95; do
	time=$(percentile $p <rtts)
	is "CDF of RTT at tshark's p$p" yes "$(column 0 ms 'c["side"] == 2 && c["below_pct"] <= '$p | awk -v t="$time" '{ last = $1 }
		END { print (last < t * 1.05 && last > t * 0.95 ? "yes" : last " for " t) }')"
done
# Of all flows: the samples, the extremes, and that all are counted once
data 'rtt-distribution of all' all.db rtt-distribution
for side in 1 2; do
	direction=$([[ $side == 1 ]] && echo c2s || echo s2c)
	is "RTT side $side: samples, flows, min, max" "$(sqlite3 -separator ' ' all.db "SELECT sum(rtt_samples), count(rtt_p50_us),
		min(rtt_min_us), max(rtt_max_us) FROM flow_directions WHERE direction = '$direction'")" \
		"$(paste -d ' ' <(column 0 samples "c[\"side\"] == $side") <(column 0 sources "c[\"side\"] == $side") \
			<(column 0 min_ms "c[\"side\"] == $side") <(column 0 max_ms "c[\"side\"] == $side") | sort -u |
			awk '{ printf "%d %d %.0f %.0f\n", $1, $2, $3 * 1000, $4 * 1000 }')"
	near "RTT side $side: the bars are all of it" 100 \
		"$(column 0 bar_pct "c[\"side\"] == $side && c[\"bar_pct\"] != \"NaN\"" | awk '{ s += $1 } END { print s }')" 0.01
	near "RTT side $side: the CDF ends at 100" 100 "$(column 0 below_pct "c[\"side\"] == $side" | tail -n 1)" 0.01
done
# Two flows of two samples each: known exactly. 1, 3, 5 and 20 ms: half are no longer than 3 ms, and then 5 and 20.
sqlite3 clean.db ".backup few.db" "" && sqlite3 few.db "DELETE FROM flow_directions;
	INSERT INTO flow_directions (flow_id, direction, rtt_samples, rtt_min_us, rtt_mean_us, rtt_p50_us, rtt_p95_us, rtt_p99_us, rtt_max_us) VALUES
	(1, 'c2s', 2, 1000, 2000, 1000, 3000, 3000, 3000), (2, 'c2s', 2, 5000, 12500, 5000, 20000, 20000, 20000)"
data 'rtt-distribution of few' few.db rtt-distribution
is 'RTT of few samples' '25 50 75' "$(for ms in 2.9 4.8 19.5; do column 0 below_pct "c[\"ms\"] < $ms" | tail -n 1; done | xargs)"
# Two flows so alike that they are counted together have their own extremes.
sqlite3 few.db "DELETE FROM flow_directions;
	INSERT INTO flow_directions (flow_id, direction, rtt_samples, rtt_min_us, rtt_mean_us, rtt_p50_us, rtt_p95_us, rtt_p99_us, rtt_max_us) VALUES
	(1, 'c2s', 1, 10100, 10100, 10100, 10100, 10100, 10100), (2, 'c2s', 1, 10150, 10150, 10150, 10150, 10150, 10150)"
data 'rtt-distribution of two alike' few.db rtt-distribution
is 'RTT of two alike: min, max' '10.1 10.15' \
	"$(column 0 min_ms | head -n 1 | awk '{ print $1 + 0 }') $(column 0 max_ms | head -n 1 | awk '{ print $1 + 0 }')"
# Of a period it is the timeline's: all of its samples in it
data 'rtt-distribution of a period' lossy.db rtt-distribution "${period[@]}"
is 'RTT of a period: samples' "$(sqlite3 lossy.db "SELECT sum(rtt_samples) FROM timeline WHERE scope = 'all'
	AND t_ns + 20000000 > $from AND t_ns < $from + 200000000")" "$(column 0 samples 'c["side"] == 3' | head -n 1)"

# handshake: percentiles by another query; SYN to SYN-ACK by tshark
data 'handshake' all.db handshake
is 'handshake: tried, unanswered, refused, SYN again' \
	"$(sqlite3 -separator ' ' all.db "SELECT count(syn_ns), count(*) FILTER (WHERE state = 'unanswered'),
	count(*) FILTER (WHERE state = 'refused'), (SELECT count(*) FROM flow_directions WHERE direction = 'c2s' AND syn_retransmissions > 0) FROM flows")" \
	"$(column 0 connections) $(column 0 unanswered) $(column 0 refused) $(column 0 syns_again)"
for p in 50 95 99; do
	near "handshake: connected p$p" \
		"$(sqlite3 all.db "SELECT (established_ns - syn_ns) / 1e6 FROM flows WHERE established_ns IS NOT NULL" | percentile $p)" \
		"$(column 1 p${p}_ms 'c["side"] == 1' | head -n 1)" 0.1
	near "handshake: client p$p" "$(sqlite3 all.db "SELECT handshake_client_rtt_us / 1e3 FROM flows" | grep . | percentile $p)" \
		"$(column 1 p${p}_ms 'c["side"] == 3' | head -n 1)" 0.1
done
data 'handshake of one flow' clean.db handshake --flow 1
is 'handshake of one flow: one of two' '1 1' "$(column 0 connections) $(column 1 samples 'c["side"] == 1' | head -n 1)"
near 'handshake as tshark' \
	"$(tshark -r "$samples/request_response.snd.pcap.zst" -Y 'tcp.port == 40001 && tcp.analysis.initial_rtt' -T fields \
	-e tcp.analysis.initial_rtt 2>/dev/null | head -n 1 | awk '{ print $1 * 1000 }')" "$(column 1 max_ms 'c["side"] == 1' | head -n 1)" 0.1

# rtt-distribution: four samples of handshakes beside thousands do not stretch the axis
data 'rtt-distribution: few on one side' lossy.db rtt-distribution
is 'rtt-distribution: few on one side' "$(sqlite3 -separator ' ' lossy.db "SELECT iif(direction = 'c2s', 1, 2) AS side, sum(rtt_samples), sum(rtt_samples) < 20
	FROM flow_directions GROUP BY 1 ORDER BY 1")" "$(paste -d ' ' <(column 0 side) <(column 0 samples) <(column 0 few) | sort -u)"
if command -v gnuplot >/dev/null; then
	run 0 'rtt-distribution: few on one side' plot lossy.db rtt-distribution -o few.svg
	is 'rtt-distribution: few on one side' 'towards clients, not drawn: 4 samples, 4 flows RTT, ms' \
		"$(grep -oE '>(towards clients[^<]*|4 samples[^<]*|RTT, ms[^<]*)' few.svg | tr -d '>' | paste -sd ' ')"
fi

# response: counts and extremes
data 'response' clean.db response
is 'response: answers, min, max' \
	"$(sqlite3 -separator ' ' clean.db "SELECT sum(responses), min(response_min_us), max(response_max_us) FROM flows")" \
	"$(paste -d ' ' <(column 0 answers 'c["series"] == 1') <(column 0 min_ms 'c["series"] == 1') <(column 0 max_ms 'c["series"] == 1') | sort -u |
		awk '{ printf "%d %d %d\n", $1, $2 * 1000, $3 * 1000 }')"
data 'response of one flow' clean.db response --flow 1
is 'response of one flow: answers' "$(sqlite3 clean.db 'SELECT responses FROM flows WHERE id = 1')" \
	"$(column 0 answers 'c["series"] == 1' | head -n 1)"
is 'response of one flow: from min to max' yes "$(column 0 min_ms | paste - <(column 0 p50_ms) <(column 0 p95_ms) <(column 0 max_ms) |
	awk '$1 <= $2 && $2 < $3 && $3 < $4 { print "yes"; exit }')"
data 'response again' clean.db response
is 'response: one service' '"10.9.0.1:5001"' "$(column 0 service 'c["series"] > 10')"
run 0 'a capture with names' analyze -q -o web.db "$samples/web.snd.pcap.zst"
data 'response: names of the capture' web.db response
is 'response: names of the capture' '"shop.example:80" "shop.example:443"' "$(column 0 service 'c["series"] > 10' | xargs -d '\n')"
sqlite3 web.db "UPDATE timeline SET key = '[2001:db8::1]:80' WHERE key = '10.9.0.1:80'; INSERT INTO names (address, name, source)
	VALUES ('2001:db8::1', 'Größe', 'hosts')"
data 'response: names of IPv6' web.db response
is 'response: names of IPv6' '"Größe:80" "shop.example:443"' "$(column 0 service 'c["series"] > 10' | xargs -d '\n')"
sqlite3 web.db "UPDATE names SET name = 'shop.example' WHERE name = 'Größe'; UPDATE timeline SET key = '10.9.0.1:80' WHERE key = '10.9.0.1:443'"
data 'response: a name of two' web.db response
is 'response: a name of two tells nothing' '"[2001:db8::1]:80" "10.9.0.1:80"' "$(column 0 service 'c["series"] > 10' | xargs -d '\n')"

# comparison with itself differs in nothing; with another as diff's counts say
run 2 'comparison needs another' plot lossy.db comparison
data 'comparison with itself' lossy.db comparison --against lossy.db
is 'comparison with itself: equal' NaN "$(column 3 power | sort -u)"
data 'comparison' lossy.db comparison --against clean.db
is 'comparison: packets' "$(sqlite3 lossy.db 'SELECT packets FROM captures') $(sqlite3 clean.db 'SELECT packets FROM captures')" \
	"$(column 0 packets | xargs)"
near 'comparison: sent again' "$(sqlite3 lossy.db "SELECT 100.0 * sum(retransmitted_segments - syn_retransmissions - fin_retransmissions) /
	sum(data_segments) FROM flow_directions")" "$(column 0 again_pct 'c["side"] == 1')" 0.01
near 'comparison: all bytes are drawn' "$(sqlite3 lossy.db 'SELECT bytes * 8 / 1e6 FROM captures')" \
	"$(paste <(column 1 s 'c["side"] == 1') <(column 1 mbit 'c["side"] == 1') | awk 'NR > 1 && last != "NaN" { m += last * ($1 - s) } { s = $1; last = $2 } END { print m }')" \
		0.01

# Five services that are alike differ five times as much: what there is no room for is said, and a low picture has room for four.
analyze -o still.db "$samples/zero_window.snd.pcap.zst"
data 'comparison of one service' lossy.db comparison --against still.db
differences=$(column 3 rank | wc -l)
for database in lossy still; do
	cp $database.db several-$database.db
	columns=$(sqlite3 $database.db "SELECT group_concat(name) FROM pragma_table_info('timeline')")
	for copy in {1..4}; do
		sqlite3 several-$database.db "CREATE TEMP TABLE copies AS SELECT $columns FROM timeline WHERE scope = 'service' AND key NOT LIKE 'copy%'" \
			"UPDATE copies SET key = 'copy $copy of ' || key" "INSERT INTO timeline ($columns) SELECT * FROM copies"
	done
done
for size in 1000x800:8 800x480:4; do
	room=${size#*:} && size=${size%:*}
	run 0 "comparison at $size" plot several-lossy.db comparison --against several-still.db --size "$size" -o several.svg
	is "comparison at $size: as many services as there is room for" "$room" "$(grep -cE '>[^<]* [0-9.e+-]+ / [0-9.e+-]+ (%|ms|Mbit/s)<' several.svg)"
	has several.svg "and $((5 * differences - room)) more" "comparison at $size: the others are counted"
	has several.svg 'of 100 segments, or more, at a time' "comparison at $size: shares of what"
done
run 0 'comparison in a terminal' plot lossy.db comparison --against clean.db --terminal=dumb --size 80x24
is 'comparison in a terminal: three panels' 'Mbit/s sent again, % CDF, %' "$(grep -oE '^ (Mbit/s|sent again, %|CDF, %)' out | sed 's/^ //' | xargs)"

# Two quiet intervals between busy ones, in which both segments were sent again: no share of fewer than a hundred segments. By hand: 2 of 200 are
# 1 %; 2 of 2, 1 of 48 and 3 of 150 are 6 of 200.
cp lossy.db quiet.db
sqlite3 quiet.db "DELETE FROM timeline WHERE scope <> 'all' OR t_ns NOT IN (SELECT DISTINCT t_ns FROM timeline ORDER BY 1 LIMIT 4)" \
	"WITH v (n, again, segments) AS (VALUES (1, 2, 200), (2, 2, 2), (3, 1, 48), (4, 3, 150)),
		places AS (SELECT id, row_number() OVER (ORDER BY t_ns) AS n FROM (SELECT rowid AS id, t_ns FROM timeline))
	UPDATE timeline SET syn_retransmissions = 0, fin_retransmissions = 0,
		retransmitted_segments = (SELECT again FROM v JOIN places USING (n) WHERE id = timeline.rowid),
		data_segments = (SELECT segments FROM v JOIN places USING (n) WHERE id = timeline.rowid)"
cp quiet.db over.db
sqlite3 over.db "UPDATE timeline SET retransmitted_segments = 1, data_segments = 10 WHERE t_ns = (SELECT max(t_ns) FROM timeline)" \
	"UPDATE timeline SET retransmitted_segments = 4, data_segments = 198 WHERE t_ns = (SELECT min(t_ns) FROM timeline WHERE data_segments = 2)"
data 'comparison: quiet intervals' quiet.db comparison --against over.db
is 'comparison: no share of few segments' '1 1 3 3 3 3 3 3' "$(column 1 again_pct 'c["side"] == 1 && c["mbit"] != "NaN"' | xargs)"
# There: 2 of 200; 4 of 198; and 1 of 48 and 1 of 10 go with these: 6 of 256.
is 'comparison: what is left over' '1.00 1.00 2.34 2.34 2.34 2.34 2.34 2.34' \
	"$(column 1 again_pct 'c["side"] == 2 && c["mbit"] != "NaN"' | xargs printf '%.2f\n' | xargs)"

# dns: nothing to draw, or tshark's times
run 1 'dns: nothing to draw' plot clean.db dns && has err 'nothing to draw' 'dns: nothing to draw'
if [[ -r $captures/http_espn.pcapng ]]; then
	analyze -o espn.db "$captures/http_espn.pcapng"
	data 'dns' espn.db dns
	is 'dns: latencies as tshark' "$(tshark -r "$captures/http_espn.pcapng" -Y dns.time -T fields -e dns.time 2>/dev/null |
		awk '{ printf "%.3f\n", $1 * 1000 }' | sort -g)" "$(column 2 latency_ms | xargs printf '%.3f\n' | sort -g)"
	data 'response of HTTP' espn.db response
	for p in 50 95; do # within the width of a bin
		near "HTTP p$p" "$(sqlite3 espn.db "SELECT first_byte_us / 1e3 FROM http" | grep . | percentile $p)" \
			"$(column 0 p${p}_ms 'c["series"] == 2' | head -n 1)" 2.5
	done
	analyze -o failed.db "$captures"/stranded_*.pcapng "$captures/dns_query_nonexistent.pcapng"
	data 'dns that fails' failed.db dns
	is 'dns: failed, no such name' "$(for code in 2 3; do
		for file in "$captures"/stranded_*.pcapng "$captures/dns_query_nonexistent.pcapng"; do
			tshark -r "$file" -Y "dns.flags.rcode == $code" 2>/dev/null
		done | wc -l
	done | xargs)" "$(column 0 failed) $(column 0 nxdomain)"
	# 5,001 questions and more are binned: 6000, the p50 of each bin is that of its questions
	sqlite3 espn.db "DELETE FROM dns; WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
		INSERT INTO dns (capture_id, t_ns, server_ip, server_port, queries, answer_ns, rcode, open_end, latency_us)
		SELECT 1, i * 1000000000, '192.0.2.' || (i % 7), 53, 1, i * 1000000000 + 5, 'NOERROR', 0, 1000 + i FROM n"
	data 'dns: many' espn.db dns
	is 'dns: many: no single points' 'NaN' "$(column 2 latency_ms)"
	is 'dns: many: p50' 4 "$(column 0 p50_ms)"
	is 'dns: many: the largest' 7 "$(column 3 max_ms | tail -n 1)"
	is 'dns: many: servers beyond the sixth' '7' "$(column 1 servers | sort -u)"
	sqlite3 espn.db "INSERT INTO captures (id, path, first_ns, last_ns, interval_ms) SELECT 2, 'other', first_ns, last_ns, interval_ms FROM captures WHERE id = 1;
		INSERT INTO dns (capture_id, t_ns, server_ip, server_port, queries, answer_ns, rcode, open_end, latency_us)
		SELECT 2, t_ns, server_ip, server_port, 1, answer_ns, rcode, 0, 9000000 FROM dns"
	data 'dns: many, of one capture' espn.db dns --capture 1
	is 'dns: many, of one capture: the largest' 7 "$(column 3 max_ms | tail -n 1)"
	is 'dns: many, of one capture: questions' 6000 "$(column 0 questions)"
	sqlite3 espn.db 'DELETE FROM dns WHERE capture_id = 2; DELETE FROM captures WHERE id = 2'
	# A catalog has the timeline alone.
	sqlite3 espn.db 'DELETE FROM dns'
	data 'dns of a catalog' espn.db dns
	is 'dns of a catalog: questions' "$(sqlite3 espn.db "SELECT sum(dns_queries) FROM timeline WHERE scope = 'all'")" "$(column 0 questions)"
	# One answer for each interval of 20 ms: all is known of it.
	analyze --interval 20ms -o single.db "$samples/web.snd.pcap.zst"
	p50=$(sqlite3 single.db "SELECT latency_us / 1e3 FROM dns WHERE latency_us IS NOT NULL" | percentile 50)
	near 'dns of a catalog: max' "$(sqlite3 espn.db "SELECT max(dns_max_ms) FROM timeline")" "$(column 3 max_ms | percentile 100)" 0.01
	sqlite3 single.db 'DELETE FROM dns'
	data 'dns of single answers' single.db dns
	near 'dns of single answers: p50' "$p50" "$(column 0 p50_ms)" 3
else
	skip "DNS and HTTP: $captures is not here"
fi
totals
