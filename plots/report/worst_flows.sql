-- place: capture
-- order: 30
-- key: worst_flows
-- title: Worst flows
-- about: Those that findings rest on, then those that lost most time: repairing losses, waiting for a closed window, a handshake or a slow answer.
-- rows: flows in trouble
-- most: 15
-- with: flow_range
-- column: flow number flow
-- column: client code client
-- column: server code server
-- column: why words why
-- column: lost_ms ms time lost
-- column: duration_ms ms +lasted
-- column: bytes bytes bytes
-- column: throughput sparkline +throughput
-- column: sent_again count -
-- column: sent_again_curve sparkline +sent again
WITH named AS MATERIALIZED ( -- the bare columns are those of the row with the smallest grade
	SELECT e.flow_id, min(iif(f.severity = 'critical', 0, 1) * 1000000 + f.id) AS grade, f.severity, f.code, f.title
	FROM findings AS f
	JOIN evidence AS e ON e.finding_id = f.id
	WHERE f.capture_id = :capture AND f.severity <> 'note' AND e.explained_by IS NULL AND e.flow_id IS NOT NULL
	GROUP BY e.flow_id
), repeated AS MATERIALIZED ( -- handshakes without any answer are told elsewhere
	SELECT d.flow_id, max(d.limited_recovery_us) AS us
	FROM range
	CROSS JOIN flow_directions AS d
	JOIN flows AS f ON f.id = d.flow_id
	WHERE d.retransmitted_segments > 0 AND d.flow_id > low AND d.flow_id <= high AND f.state NOT IN ('unanswered', 'refused')
	GROUP BY d.flow_id
), stopped AS (
	SELECT d.flow_id, max(d.zero_window_ms) AS ms
	FROM range
	CROSS JOIN flow_directions AS d
	WHERE d.zero_windows > 0 AND +d.flow_id > low AND +d.flow_id <= high
	GROUP BY d.flow_id
), slow AS (
	SELECT id AS flow_id
	FROM flows
	WHERE response_mean_us >= 50000 AND response_max_us >= 1000000 AND capture_id = :capture
	ORDER BY response_max_us DESC, id
	LIMIT 100
), candidates AS MATERIALIZED (
	SELECT flow_id FROM named
	UNION SELECT flow_id FROM (SELECT flow_id FROM repeated ORDER BY us DESC, flow_id LIMIT 200)
	UNION SELECT flow_id FROM (SELECT flow_id FROM stopped ORDER BY ms DESC, flow_id LIMIT 100)
	UNION SELECT flow_id FROM slow
), measured AS MATERIALIZED (
	SELECT f.id, f.protocol, f.client, f.server, f.client_ip, f.server_ip, f.server_port, f.state, f.reset_by, f.first_ns, f.last_ns,
		iif(f.response_max_us >= 1000000, f.response_max_us, 0) / 1e3 AS slow_ms,
		sum(d.bytes) AS bytes, sum(d.data_segments) AS data_segments,
		sum(d.retransmitted_segments - d.syn_retransmissions - d.fin_retransmissions) AS sent_again,
		sum(iif(d.direction = 'c2s', d.syn_retransmissions, 0)) AS syns_again,
		sum(iif(d.direction = 's2c', d.syn_retransmissions, 0)) AS syn_acks_again,
		sum(d.timeout_retransmissions) AS timeouts, sum(d.spurious_retransmissions) AS spurious,
		sum(coalesce(d.limited_recovery_us, 0)) / 1e3 AS recovery_ms,
		sum(coalesce(d.limited_zero_window_us, 0)) / 1e3 AS stopped_ms,
		iif(sum(d.syn_retransmissions) > 0, max(coalesce(d.limited_handshake_us, 0)), 0) / 1e3 AS handshake_ms,
		n.grade, n.severity, n.code, n.title
	FROM candidates AS c
	JOIN flows AS f ON f.id = c.flow_id
	JOIN flow_directions AS d ON d.flow_id = f.id
	LEFT JOIN named AS n ON n.flow_id = f.id
	GROUP BY f.id
), judged AS (
	SELECT *, iif(grade IS NULL, 2, grade / 1000000) AS class, recovery_ms + stopped_ms + handshake_ms + slow_ms AS lost_ms
	FROM measured
), kinds AS (
	SELECT *, iif(state IN ('unanswered', 'refused'), state || server, coalesce(code, '')) AS kind,
		protocol = 'tcp' AND (data_segments > 0 OR syns_again + syn_acks_again > 0) AS worth_a_page
	FROM judged
), ranked AS MATERIALIZED (
	SELECT *, row_number() OVER (ORDER BY class, lost_ms DESC, sent_again DESC, bytes DESC, id) AS place,
		-- A page for each kind of trouble comes before a second one of the same kind.
		iif(worth_a_page, row_number() OVER (PARTITION BY worth_a_page, kind
			ORDER BY class, lost_ms DESC, sent_again DESC, bytes DESC, id), NULL) AS turn
	FROM kinds
), chosen AS MATERIALIZED (
	SELECT r.*, p.page
	FROM ranked AS r
	LEFT JOIN (
		SELECT id, row_number() OVER (ORDER BY turn, place) AS page FROM ranked
		WHERE (turn = 1 OR turn > 1 AND data_segments > 0) AND place <= :rows
	) AS p ON p.id = r.id AND p.page <= :pages
	WHERE place <= :rows
), bins AS (
	SELECT value AS bin
	FROM json_each('[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39]')
), span AS MATERIALIZED (
	SELECT c.id, min(t.t_ns) AS first_ns, max(t.t_ns) + min(t.interval_ms) * 1e6 AS end_ns,
		min(40, max(1, CAST((max(t.t_ns) - min(t.t_ns)) / (min(t.interval_ms) * 1e6) AS INTEGER) + 1)) AS bins
	FROM chosen AS c
	JOIN flow_timeline AS t ON t.flow_id = c.id
	GROUP BY c.id
), parts AS MATERIALIZED (
	SELECT s.id, CAST((t.t_ns - s.first_ns) * 1.0 * s.bins / (s.end_ns - s.first_ns) AS INTEGER) AS bin, sum(t.bytes) AS bytes,
		sum(t.retransmitted_segments) AS again
	FROM span AS s
	JOIN flow_timeline AS t ON t.flow_id = s.id
	GROUP BY 1, 2
), curves AS (
	SELECT id, group_concat(mbit, ' ') AS throughput, iif(sum(again) > 0, group_concat(again, ' '), NULL) AS sent_again_curve
	FROM (
		SELECT s.id, bins.bin, printf('%.4g', coalesce(p.bytes, 0) * 8e3 / ((s.end_ns - s.first_ns) / s.bins)) AS mbit,
			coalesce(p.again, 0) AS again
		FROM span AS s
		JOIN bins ON bins.bin < s.bins AND s.bins > 1
		LEFT JOIN parts AS p ON p.id = s.id AND p.bin = bins.bin
		ORDER BY s.id, bins.bin
	)
	GROUP BY id
), labelled AS (
	SELECT c.*, coalesce(v.client_name || ' ', '') AS client_name, coalesce(v.server_name || ' ', '') AS server_name,
		ltrim(CASE c.state WHEN 'unanswered' THEN '; nobody answered its SYN' WHEN 'refused' THEN '; refused by the server'
			WHEN 'syn_received' THEN '; the client never completed the handshake'
			WHEN 'reset' THEN '; reset by the ' || coalesce(reset_by, 'other side') ELSE '' END
			|| iif(stopped_ms > 0, '; stopped by a closed window for '
				|| iif(stopped_ms < 1000, printf('%.0f ms', stopped_ms), printf('%.2f s', stopped_ms / 1e3)), '')
			|| iif(sent_again > 0, printf('; %,d of %,d segments sent again', sent_again, data_segments)
				|| iif(timeouts > 0, printf(', %,d after a time-out', timeouts), '') || iif(spurious > 0, printf(', %,d needlessly', spurious), ''), '')
			|| iif(syns_again > 0, printf('; %,d %s sent again', syns_again, iif(syns_again = 1, 'SYN', 'SYNs')), '')
			|| iif(syn_acks_again > 0, printf('; %,d %s sent again', syn_acks_again, iif(syn_acks_again = 1, 'SYN-ACK', 'SYN-ACKs')), '')
			|| iif(slow_ms > 0, printf('; an answer took %.2f s', slow_ms / 1e3), ''), '; ') AS facts
	FROM chosen AS c
	JOIN flows_view AS v ON v.id = c.id
)
SELECT id AS flow, client_name || client AS client, server_name || server AS server,
	iif(title IS NULL, facts, title || iif(facts = '', '', ' (' || facts || ')')) AS why,
	nullif(round(lost_ms, 3), 0) AS lost_ms, round((last_ns - first_ns) / 1e6, 3) AS duration_ms, bytes, throughput,
	sent_again + syns_again + syn_acks_again AS sent_again, sent_again_curve,
	id AS link_flow, page, coalesce(severity, 'note') AS severity, printf('Flow %d: %s > %s', id, client, server) AS page_title,
	(SELECT count(*) FROM (SELECT flow_id FROM repeated UNION SELECT flow_id FROM candidates)) AS of_rows
FROM labelled
LEFT JOIN curves USING (id)
ORDER BY place;
