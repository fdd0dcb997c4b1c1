-- place: flow
-- order: 10
-- key: facts
-- title: Facts
-- shape: facts
-- column: flow number flow
-- column: client code client
-- column: server code server
-- column: first_time time began
-- column: duration_ms ms lasted
-- column: ended words ended
-- column: sent words client sent
-- column: received words server sent
-- column: handshake words handshake
-- column: rtt_server words RTT, tap to server
-- column: rtt_client words RTT, tap to client
-- column: sent_again words sent again
-- column: lost words lost
-- column: reordered words out of order
-- column: windows words receive windows
-- column: answers words answers
-- column: limited_c2s words the client was limited by
-- column: limited_s2c words the server was limited by
-- column: filter code display filter
WITH held AS (
	SELECT direction, group_concat(printf('%s %.0f %%', what, 100.0 * us / total), ', ') AS text
	FROM (
		SELECT d.direction, k.what, k.us, sum(k.us) OVER (PARTITION BY d.direction) AS total
		FROM flow_directions AS d
		JOIN (
			SELECT direction, 'network' AS what, limited_network_us AS us FROM flow_directions WHERE flow_id = :flow
			UNION ALL SELECT direction, 'application (nothing to send)', limited_application_us FROM flow_directions WHERE flow_id = :flow
			UNION ALL SELECT direction, 'receive window', limited_receive_window_us FROM flow_directions WHERE flow_id = :flow
			UNION ALL SELECT direction, 'closed window', limited_zero_window_us FROM flow_directions WHERE flow_id = :flow
			UNION ALL SELECT direction, 'loss recovery', limited_recovery_us FROM flow_directions WHERE flow_id = :flow
			UNION ALL SELECT direction, 'handshake', limited_handshake_us FROM flow_directions WHERE flow_id = :flow
		) AS k USING (direction)
		WHERE d.flow_id = :flow AND d.data_segments > 0 AND k.us > 0
		ORDER BY d.direction, k.us DESC, k.what
	)
	WHERE us >= 0.005 * total
	GROUP BY direction
), u AS (SELECT * FROM flow_directions WHERE flow_id = :flow AND direction = 'c2s'),
d AS (SELECT * FROM flow_directions WHERE flow_id = :flow AND direction = 's2c'),
r AS (
	SELECT direction, iif(rtt_samples = 1, printf('%.*f ms (1 sample)', digits, rtt_max_us / 1e3),
		printf('%.*f ms at best, %.*f ms median, %.*f ms p95, %.*f ms at worst (%,d samples)', digits, rtt_min_us / 1e3, digits, rtt_p50_us / 1e3,
			digits, rtt_p95_us / 1e3, digits, rtt_max_us / 1e3, rtt_samples)) AS text
	FROM (SELECT *, iif(rtt_max_us < 100, 3, 2) AS digits FROM flow_directions WHERE flow_id = :flow AND rtt_samples > 0)
), w AS (
	SELECT direction, iif(window_min = window_max, printf('%,d bytes', window_max), printf('%,d to %,d bytes', window_min, window_max))
		|| iif(zero_windows > 0, printf(' (closed %s, %s in all)', iif(zero_windows = 1, 'once', printf('%,d times', zero_windows)),
			iif(zero_window_ms < 1e4, printf('%.0f ms', zero_window_ms), printf('%.1f s', zero_window_ms / 1e3))), '') AS text
	FROM flow_directions
	WHERE flow_id = :flow AND window_max IS NOT NULL
),
s AS (
	SELECT sum(retransmitted_segments) AS again, sum(fast_retransmissions) AS fast, sum(timeout_retransmissions) AS timeout,
		sum(slow_start_retransmissions) AS slow_start, sum(tail_loss_probes) AS probes, sum(unknown_retransmissions) AS unknown,
		sum(spurious_retransmissions) AS spurious, sum(lost_upstream) AS upstream, sum(lost_downstream) AS downstream,
		sum(reordered_segments) AS reordered, sum(data_segments) AS data_segments, sum(capture_gap_segments) AS gaps
	FROM flow_directions
	WHERE flow_id = :flow
)
SELECT f.id AS flow, coalesce(v.client_name || ' ', '') || f.client AS client, coalesce(v.server_name || ' ', '') || f.server AS server,
	f.first_ns AS first_time, round((f.last_ns - f.first_ns) / 1e6, 3) AS duration_ms,
	CASE f.state WHEN 'closed' THEN 'closed, by the ' || coalesce(f.first_fin_by, 'other side') || ' first'
		WHEN 'reset' THEN 'reset by the ' || coalesce(f.reset_by, 'other side')
		WHEN 'refused' THEN 'refused by the server' WHEN 'unanswered' THEN 'never answered'
		WHEN 'half_closed' THEN 'half closed' WHEN 'syn_received' THEN 'the handshake was not completed'
		WHEN 'established' THEN 'still open' ELSE NULL END AS ended,
	printf('%,d packet%s, %,d byte%s of data', u.packets, iif(u.packets = 1, '', 's'),
		u.new_bytes, iif(u.new_bytes = 1, '', 's')) AS sent,
	printf('%,d packet%s, %,d byte%s of data', d.packets, iif(d.packets = 1, '', 's'),
		d.new_bytes, iif(d.new_bytes = 1, '', 's')) AS received,
	CASE WHEN f.handshake_rtt_us IS NOT NULL THEN printf('%.2f ms: %.2f ms to the server, %.2f ms to the client',
			f.handshake_rtt_us / 1e3, f.handshake_server_rtt_us / 1e3, f.handshake_client_rtt_us / 1e3)
		WHEN f.state = 'unanswered' THEN 'no answer' WHEN f.state = 'refused' THEN 'refused'
		WHEN f.protocol = 'tcp' AND NOT f.handshake_seen THEN 'not in the capture' ELSE NULL END AS handshake,
	(SELECT text FROM r WHERE direction = 'c2s') AS rtt_server,
	(SELECT text FROM r WHERE direction = 's2c') AS rtt_client,
	iif(s.again > 0, iif(s.data_segments > 0, printf('%,d of %,d segments: ', s.again, s.data_segments), '')
		|| ltrim(iif(s.fast > 0, printf(', %,d fast', s.fast), '')
		|| iif(s.timeout > 0, printf(', %,d after a time-out', s.timeout), '')
		|| iif(s.slow_start > 0, printf(', %,d in slow start', s.slow_start), '')
		|| iif(s.probes > 0, printf(', %,d %s', s.probes, iif(s.probes = 1, 'tail loss probe', 'tail loss probes')), '')
		|| iif(s.unknown > 0, printf(', %,d of unknown cause', s.unknown), '')
		|| iif(u.syn_retransmissions > 0, printf(', %,d %s', u.syn_retransmissions, iif(u.syn_retransmissions = 1, 'SYN', 'SYNs')), '')
		|| iif(d.syn_retransmissions > 0,
			printf(', %,d %s', d.syn_retransmissions, iif(d.syn_retransmissions = 1, 'SYN-ACK', 'SYN-ACKs')), ''), ', ')
		|| iif(s.spurious > 0, printf('; %,d of them needlessly', s.spurious), ''), NULL) AS sent_again,
	iif(s.upstream + s.downstream > 0, printf('%,d before the tap, %,d after it', s.upstream, s.downstream), NULL) AS lost,
	iif(s.reordered > 0, printf('%,d segment%s', s.reordered, iif(s.reordered = 1, '', 's')), NULL) AS reordered,
	nullif(ltrim(coalesce(', the client''s ' || (SELECT text FROM w WHERE direction = 'c2s'), '')
		|| coalesce(', the server''s ' || (SELECT text FROM w WHERE direction = 's2c'), ''), ', '), '') AS windows,
	iif(f.responses > 0, printf('%,d: %.2f ms on average, %.2f ms at most',
		f.responses, f.response_mean_us / 1e3, f.response_max_us / 1e3), NULL) AS answers,
	(SELECT text FROM held WHERE direction = 'c2s') AS limited_c2s, (SELECT text FROM held WHERE direction = 's2c') AS limited_s2c,
	CASE WHEN f.protocol IN ('tcp', 'udp') THEN printf('%s.addr == %s && %s.addr == %s && %s.port == %d && %s.port == %d',
		iif(f.client_ip LIKE '%:%', 'ipv6', 'ip'), f.client_ip, iif(f.server_ip LIKE '%:%', 'ipv6', 'ip'), f.server_ip,
		f.protocol, f.client_port, f.protocol, f.server_port) ELSE NULL END AS filter
FROM flows AS f
JOIN flows_view AS v ON v.id = f.id
JOIN u JOIN d JOIN s
WHERE f.id = :flow;
