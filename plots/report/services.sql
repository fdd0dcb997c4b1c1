-- place: capture
-- order: 20
-- key: services
-- title: Services
-- about: The busiest servers. RTT is of the far side of the tap; an answer's time is from the last byte of a request to its first.
-- chart: services
-- batch: table
-- with: percentiles
-- with: curves
-- rows: services
-- with: flow_range
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
), repeated AS MATERIALIZED ( -- what was lost beyond the data sent again may be a SYN or FIN: that is no data
	SELECT f.protocol, f.server_ip, f.server_port, sum(d.retransmitted_segments - d.syn_retransmissions - d.fin_retransmissions) AS again,
		sum(max(min(d.lost_upstream + d.lost_downstream, d.retransmitted_segments - d.syn_retransmissions - d.fin_retransmissions),
			d.lost_upstream + d.lost_downstream - d.syn_retransmissions - d.fin_retransmissions, 0)) AS lost,
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
), parts AS MATERIALIZED (
	SELECT top.key, CAST((t.t_ns - s.first_ns) * s.bins / s.ns AS INTEGER) AS bin, sum(t.bytes) AS bytes
	FROM span AS s
	CROSS JOIN top
	CROSS JOIN timeline AS t ON t.scope = 'service' AND t.key = top.key AND t.capture_id = :capture
	GROUP BY 1, 2
)
SELECT iif(server_ip LIKE '%:%', '[' || server_ip || ']', server_ip) || ':' || server_port AS server,
	(SELECT n.name FROM names AS n WHERE n.address = server_ip AND (n.port = server_port OR n.port IS NULL)
		AND (n.capture_id = :capture OR n.capture_id IS NULL)
		ORDER BY instr('hosts pod service dns http sni', n.source), n.port IS NULL, n.rowid LIMIT 1) AS name,
	upper(protocol) AS protocol, flows, failed, resets, bytes,
	round(bytes * 8e3 / nullif((SELECT last_ns - first_ns FROM captures WHERE id = :capture), 0), 6) AS mbit_per_s, throughput,
	round(100.0 * coalesce(again, 0) / nullif(data_segments, 0), 2) AS retrans_pct,
	round(100.0 * coalesce(lost, 0) / nullif(data_segments + coalesce(unseen, 0), 0), 2) AS loss_pct,
	round(rtt_mean_ms, 3) AS rtt_mean_ms, round(p95_ms, 3) AS rtt_p95_ms,
	responses, round(response_mean_ms, 3) AS response_mean_ms, round(response_max_ms, 3) AS response_max_ms, of_rows
FROM top
LEFT JOIN repeated USING (protocol, server_ip, server_port)
LEFT JOIN measured USING (key)
LEFT JOIN percentiles ON place = key
LEFT JOIN curves USING (key)
ORDER BY bytes DESC, server_ip, server_port;
