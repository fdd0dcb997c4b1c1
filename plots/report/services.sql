-- place: capture
-- order: 20
-- key: services
-- title: Services
-- about: The busiest servers. RTT is of the far side of the tap; an answer's time is from the last byte of a request to its first.
-- chart: services
-- batch: table
-- rows: services
-- column: server code server
-- column: name words name
-- column: protocol words +protocol
-- column: flows count flows
-- column: failed count failed
-- column: resets count +reset
-- column: bytes bytes bytes
-- column: mbit_per_s rate rate
-- column: throughput sparkline +throughput
-- column: retrans_pct percent again, %
-- column: loss_pct percent lost, %
-- column: rtt_mean_ms ms +RTT, mean
-- column: rtt_p95_ms ms RTT, p95
-- column: responses count +answers
-- column: response_mean_ms ms answer
-- column: response_max_ms ms +slowest
WITH top AS MATERIALIZED (
	SELECT f.protocol, f.server_ip, f.server_port, count(*) / 2 AS flows, sum(f.state IN ('refused', 'unanswered')) / 2 AS failed,
		sum(f.state = 'reset') / 2 AS resets, sum(d.bytes) AS bytes, sum(d.data_segments) AS data_segments, count(*) OVER () AS of_rows,
		iif(protocol = 'tcp', '', protocol || '/') || iif(server_ip LIKE '%:%', '[' || server_ip || ']', server_ip) || ':' || server_port AS key
	FROM flows AS f
	JOIN flow_directions AS d ON d.flow_id = f.id
	WHERE f.capture_id = :capture AND f.protocol IN ('tcp', 'udp')
	GROUP BY f.protocol, f.server_ip, f.server_port
	HAVING sum(f.state IN ('refused', 'unanswered')) < count(*) -- those are told below
	ORDER BY sum(d.bytes) DESC, f.server_ip, f.server_port
	LIMIT :rows
), range AS ( -- ids follow the captures
	SELECT coalesce(sum(flows), 0) AS low, coalesce(sum(flows), 0) + (SELECT flows FROM captures WHERE id = :capture) AS high
	FROM captures
	WHERE id < :capture
), repeated AS MATERIALIZED ( -- what was lost beyond the data sent again may be a SYN or FIN: that is no data
	SELECT f.protocol, f.server_ip, f.server_port, sum(d.retransmitted_segments - d.syn_retransmissions - d.fin_retransmissions) AS again,
		sum(max(min(d.lost_upstream + d.lost_downstream - d.spurious_retransmissions,
			d.retransmitted_segments - d.syn_retransmissions - d.fin_retransmissions), d.lost_upstream + d.lost_downstream
			- d.spurious_retransmissions - d.syn_retransmissions - d.fin_retransmissions, 0)) AS lost,
		sum(max(min(d.lost_upstream, d.retransmitted_segments - d.syn_retransmissions - d.fin_retransmissions),
			d.lost_upstream - d.syn_retransmissions - d.fin_retransmissions)) AS unseen
	FROM range
	CROSS JOIN flow_directions AS d
	JOIN flows AS f ON f.id = d.flow_id
	WHERE d.retransmitted_segments > 0 AND d.flow_id > low AND d.flow_id <= high
	GROUP BY f.protocol, f.server_ip, f.server_port
), span AS MATERIALIZED (
	SELECT min(t_ns) AS first_ns, max(t_ns) - min(t_ns) + max(interval_ms) * 1e6 AS ns,
		min(40, 1 + CAST((max(t_ns) - min(t_ns)) / (max(interval_ms) * 1e6) AS INTEGER)) AS bins
	FROM timeline
	WHERE scope = 'all' AND capture_id = :capture
), bins AS (
	SELECT value AS bin FROM json_each('[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39]')
), measured AS MATERIALIZED ( -- the intervals in which a service was among the largest; few are not
	SELECT top.key, sum(t.rtt_mean_ms * t.rtt_samples) / nullif(sum(t.rtt_samples), 0) AS rtt_mean_ms,
		nullif(sum(t.responses), 0) AS responses, sum(t.response_mean_ms * t.responses) / nullif(sum(t.responses), 0) AS response_mean_ms,
		max(t.response_max_ms) AS response_max_ms
	FROM top
	CROSS JOIN timeline AS t ON t.scope = 'service' AND t.key = top.key AND t.capture_id = :capture
	GROUP BY top.key
), intervals AS MATERIALIZED (
	SELECT top.key AS place, t.rtt_samples AS samples, t.rtt_min_ms AS lowest, t.rtt_p50_ms AS p50, t.rtt_p95_ms AS p95, t.rtt_p99_ms AS p99,
		t.rtt_max_ms AS highest
	FROM top
	CROSS JOIN timeline AS t ON t.scope = 'service' AND t.key = top.key AND t.capture_id = :capture AND t.rtt_samples > 0
), spread (place, low, high, samples) AS ( -- the samples of an interval lie evenly between its percentiles
	SELECT place, lowest, p50, 0.5 * samples FROM intervals
	UNION ALL SELECT place, p50, p95, 0.45 * samples FROM intervals
	UNION ALL SELECT place, p95, p99, 0.04 * samples FROM intervals
	UNION ALL SELECT place, p99, highest, 0.01 * samples FROM intervals
), edges AS ( -- where some begin there are more per ms from here on, where they end less
	SELECT place, low AS ms, samples / max(high - low, 0.000001) AS more FROM spread
	UNION ALL SELECT place, max(high, low + 0.000001), -samples / max(high - low, 0.000001) FROM spread
), levels AS (
	SELECT place, ms, sum(more) OVER (PARTITION BY place ORDER BY ms) AS density, lead(ms) OVER (PARTITION BY place ORDER BY ms) - ms AS width
	FROM edges
), summed AS (
	SELECT place, ms + width AS ms, density, density * width AS here, sum(density * width) OVER (PARTITION BY place ORDER BY ms) AS below
	FROM levels
	WHERE width > 0
), percentiles AS (
	SELECT place AS key, min(ms - (below - 0.95 * total) / density) FILTER (WHERE below >= 0.95 * total AND below - here < 0.95 * total) AS rtt_p95_ms
	FROM summed
	JOIN (SELECT place, sum(samples) AS total FROM intervals GROUP BY place) USING (place)
	GROUP BY place
), parts AS MATERIALIZED (
	SELECT top.key, CAST((t.t_ns - s.first_ns) * s.bins / s.ns AS INTEGER) AS bin, sum(t.bytes) AS bytes
	FROM span AS s
	CROSS JOIN top
	CROSS JOIN timeline AS t ON t.scope = 'service' AND t.key = top.key AND t.capture_id = :capture
	GROUP BY 1, 2
), curves AS (
	SELECT key, group_concat(mbit, ' ') AS throughput
	FROM (
		SELECT top.key, printf('%.4g', coalesce(p.bytes, 0) * 8e3 * s.bins / s.ns) AS mbit
		FROM top
		JOIN span AS s
		JOIN bins ON bins.bin < s.bins AND s.bins > 1
		LEFT JOIN parts AS p ON p.key = top.key AND p.bin = bins.bin
		ORDER BY top.key, bins.bin
	)
	GROUP BY key
)
SELECT iif(server_ip LIKE '%:%', '[' || server_ip || ']', server_ip) || ':' || server_port AS server,
	(SELECT n.name FROM names AS n WHERE n.address = server_ip AND (n.port = server_port OR n.port IS NULL)
		AND (n.capture_id = :capture OR n.capture_id IS NULL)
		ORDER BY instr('hosts pod service dns http sni', n.source), n.port IS NULL, n.rowid LIMIT 1) AS name,
	upper(protocol) AS protocol, flows, failed, resets, bytes,
	round(bytes * 8e3 / nullif((SELECT last_ns - first_ns FROM captures WHERE id = :capture), 0), 6) AS mbit_per_s, throughput,
	round(100.0 * coalesce(again, 0) / nullif(data_segments, 0), 2) AS retrans_pct,
	round(100.0 * coalesce(lost, 0) / nullif(data_segments + coalesce(unseen, 0), 0), 2) AS loss_pct, round(rtt_mean_ms, 3) AS rtt_mean_ms, round(rtt_p95_ms, 3) AS rtt_p95_ms,
	responses, round(response_mean_ms, 3) AS response_mean_ms, round(response_max_ms, 3) AS response_max_ms, of_rows
FROM top
LEFT JOIN repeated USING (protocol, server_ip, server_port)
LEFT JOIN measured USING (key)
LEFT JOIN percentiles USING (key)
LEFT JOIN curves USING (key)
ORDER BY bytes DESC, server_ip, server_port;
