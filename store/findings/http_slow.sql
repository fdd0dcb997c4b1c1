-- title: An HTTP server answers slowly
-- severity: warning
-- layer: L7
-- rank: 38
-- explanation: From the end of a request to the first byte of its answer, less the round trip that the network takes: the
-- explanation: time that the server, or what it asks behind it (database, backends), needed. Sending the answer is not in
-- explanation: it. Answers that take very long are a note: a client may wait for news on purpose (long polling).
-- advice: Look at the requests by path: it is seldom all of them. Then at the server's own log of times, and at what it
-- advice: waits for: a capture on the server shows its questions to databases and backends, and how long these take.
-- threshold: http_slow_ms 500 ms a server took longer to begin its answer
-- threshold: http_slow_pct 5 % of a host's answers were so slow
-- threshold: long_poll_ms 20000 ms of waiting: longer may be meant
-- explains: slow_server
WITH slow AS (
	SELECT h.host, h.flow_id, h.t_ns, coalesce(h.answer_frame, h.frame) AS frame, h.method, h.path, f.server_ip,
		f.server_port, f.server,
		(h.first_byte_us - coalesce(f.handshake_server_rtt_us, 0)) / 1000.0 AS wait_ms
	FROM http h
	JOIN flows f ON f.id = h.flow_id
	WHERE h.capture_id = :capture AND h.first_byte_us >= 1000 * :http_slow_ms
		AND h.first_byte_us - coalesce(f.handshake_server_rtt_us, 0) >= 1000 * :http_slow_ms
		-- What was lost and sent again is loss, not the server.
		AND NOT EXISTS (SELECT 1 FROM events e WHERE e.flow_id = h.flow_id AND e.kind = 'retransmission'
			AND e.t_ns BETWEEN h.t_ns AND h.t_ns + h.first_byte_us * 1000)
), servers AS (
	SELECT *, count(*) AS slow_ones, count(DISTINCT flow_id) AS flows, count(DISTINCT path) AS paths,
		avg(wait_ms) AS mean_ms, max(wait_ms) AS most -- the other columns are of this request
	FROM slow
	GROUP BY server_ip, server_port, host
), all_of AS (
	SELECT host, count(first_byte_us) AS answers
	FROM http
	WHERE capture_id = :capture AND EXISTS (SELECT 1 FROM slow)
	GROUP BY host
)
SELECT server || coalesce(' ' || s.host, '') AS subject,
	iif(flows > 1, server_ip, NULL) AS address, flow_id, t_ns, frame,
	most AS value,
	iif(answers = 1, printf('The only answer began %.0f ms after the request, beside the round trip: to %s %s', most, method, path),
		printf('%,d of %,d answers began more than %g ms after the request, beside the round trip; %.0f ms on average, on %d '
		|| 'path%s; the slowest %.0f ms, for %s %s', slow_ones, answers, :http_slow_ms, mean_ms, paths,
		iif(paths = 1, '', 's'), most, method,
		path)) AS detail,
	iif(mean_ms >= :long_poll_ms, 'note', 'warning') AS severity
FROM servers s
JOIN all_of a ON a.host IS s.host
WHERE 100.0 * slow_ones / answers >= :http_slow_pct
ORDER BY slow_ones * mean_ms DESC, subject;
