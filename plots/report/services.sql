-- place: capture
-- order: 20
-- key: services
-- title: Services
-- about: The busiest servers. RTT is of the whole path; an answer's time is from the last byte of a request to its first.
-- chart: services
-- batch: table
-- rows: services
-- column: server code server
-- column: name words name
-- column: protocol words protocol
-- column: flows count flows
-- column: failed count refused, unanswered
-- column: resets count reset
-- column: bytes bytes on the wire
-- column: mbit_per_s number Mbit/s
-- column: throughput sparkline throughput
-- column: retrans_pct number sent again, %
-- column: loss_pct number lost, %
-- column: rtt_mean_ms ms RTT, mean
-- column: responses count answers
-- column: response_mean_ms ms answer, mean
-- column: response_max_ms ms slowest
WITH served AS MATERIALIZED (
	SELECT f.protocol, f.server_ip, f.server_port, count(*) / 2 AS flows,
		sum(f.state IN ('refused', 'unanswered')) / 2 AS failed, sum(f.state = 'reset') / 2 AS resets,
		sum(d.bytes) AS bytes, sum(d.data_segments) AS data_segments,
		sum(d.retransmitted_segments - d.syn_retransmissions - d.fin_retransmissions) AS again,
		max(sum(d.lost_upstream + d.lost_downstream - d.spurious_retransmissions), 0) AS lost, sum(d.lost_upstream) AS lost_upstream,
		sum(d.rtt_mean_us * d.rtt_samples) FILTER (WHERE d.direction = 'c2s')
			/ nullif(sum(d.rtt_samples) FILTER (WHERE d.direction = 'c2s'), 0) AS rtt_server_us,
		sum(d.rtt_mean_us * d.rtt_samples) FILTER (WHERE d.direction = 's2c')
			/ nullif(sum(d.rtt_samples) FILTER (WHERE d.direction = 's2c'), 0) AS rtt_client_us,
		sum(f.responses) / 2 AS responses, sum(f.response_mean_us * f.responses) / nullif(sum(f.responses), 0) AS response_mean_us,
		max(f.response_max_us) AS response_max_us
	FROM flows AS f
	JOIN flow_directions AS d ON d.flow_id = f.id
	WHERE f.capture_id = :capture AND f.protocol IN ('tcp', 'udp')
	GROUP BY f.protocol, f.server_ip, f.server_port
), top AS MATERIALIZED (
	SELECT *, iif(protocol = 'tcp', '', protocol || '/') || iif(server_ip LIKE '%:%', '[' || server_ip || ']', server_ip) || ':' || server_port AS key,
		count(*) OVER () AS of_rows
	FROM served
	ORDER BY bytes DESC, server_ip, server_port
	LIMIT :rows
), span AS (
	SELECT min(t_ns) AS first_ns, max(t_ns) AS last_ns, max(interval_ms) * 1e6 AS interval_ns,
		min(40, 1 + CAST((max(t_ns) - min(t_ns)) / (max(interval_ms) * 1e6) AS INTEGER)) AS bins
	FROM timeline
	WHERE scope = 'all' AND capture_id = :capture
), bins AS (
	SELECT value AS bin FROM json_each('[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39]')
), parts AS MATERIALIZED (
	SELECT top.key, CAST((t.t_ns - s.first_ns) * 1.0 * s.bins / (s.last_ns - s.first_ns + s.interval_ns) AS INTEGER) AS bin, sum(t.bytes) AS bytes
	FROM top
	JOIN timeline AS t ON t.scope = 'service' AND t.key = top.key AND t.capture_id = :capture
	JOIN span AS s
	GROUP BY 1, 2
), curves AS (
	SELECT key, group_concat(mbit, ' ') AS throughput
	FROM (
		SELECT top.key, bins.bin,
			printf('%.4g', coalesce(p.bytes, 0) * 8e3 / ((s.last_ns - s.first_ns + s.interval_ns) / s.bins)) AS mbit
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
	round(bytes * 8e3 / nullif((SELECT last_ns - first_ns FROM captures WHERE id = :capture), 0), 3) AS mbit_per_s, throughput,
	round(100.0 * again / nullif(data_segments, 0), 2) AS retrans_pct,
	round(100.0 * lost / nullif(data_segments + lost_upstream, 0), 2) AS loss_pct,
	round(coalesce(rtt_server_us + rtt_client_us, rtt_server_us, rtt_client_us) / 1e3, 3) AS rtt_mean_ms,
	nullif(responses, 0) AS responses, round(response_mean_us / 1e3, 3) AS response_mean_ms, round(response_max_us / 1e3, 3) AS response_max_ms,
	of_rows
FROM top
LEFT JOIN curves USING (key)
ORDER BY bytes DESC, server_ip, server_port;
