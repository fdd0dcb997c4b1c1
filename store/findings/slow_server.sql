-- title: A server answers slowly; the network is quick
-- severity: warning
-- layer: L4
-- rank: 29
-- explanation: The request arrived, its acknowledgment came back within a round trip, and then the server took long for
-- explanation: the first byte of its answer. The time goes by in the server's program or in what it asks in turn
-- explanation: (database, disk, another service). Answers that take very long are a note: a client may wait for news on
-- explanation: purpose (long polling).
-- advice: Look into the server: its slow log or tracing at the times of the evidence, its load (`uptime`, `pidstat`), its
-- advice: own connections to others (analyze a capture taken there).
-- threshold: response_ms 500 ms from the request's last byte to the answer's first
-- threshold: slow_share_pct 10 % of a service's answers
-- threshold: long_poll_ms 20000 ms of waiting: longer may be meant
-- Of the answer's time the round trip from the tap to the server is taken off: what is left is the server's own.
WITH seen AS ( -- nothing is read where there is nothing
	SELECT 1 FROM timeline WHERE capture_id = :capture AND scope = 'all' GROUP BY capture_id
		HAVING max(response_max_ms) >= :response_ms
), slow AS (
	SELECT d.service, d.server_ip, f.id, f.responses, f.response_mean_us, f.response_max_us,
		coalesce(min(f.handshake_server_rtt_us, d.rtt_p50_us), f.handshake_server_rtt_us, d.rtt_p50_us, 0)
			AS rtt_us, f.first_ns
	FROM seen
	CROSS JOIN flows f
	JOIN directions d ON d.flow_id = f.id AND d.direction = 'c2s'
	WHERE f.response_mean_us >= :response_ms * 1e3 AND f.capture_id = :capture
), services AS (
	SELECT *, max(response_mean_us - rtt_us) AS server_us, sum(responses) AS answers, count(*) AS flows
	FROM slow
	WHERE response_mean_us - rtt_us >= :response_ms * 1e3 AND rtt_us < 0.5 * response_mean_us
	GROUP BY service
)
SELECT service AS subject, server_us / 1e3 AS value,
	printf('%,d answer%s took %.0f ms%s%s, the round trip %.1f ms.', answers, iif(answers = 1, '', 's'),
		response_mean_us / 1e3, iif(answers = 1, '', ' on average'),
		iif(flows = 1, '', printf(' in the slowest of %,d flows', flows)), rtt_us / 1e3) AS detail,
	iif(server_us >= :long_poll_ms * 1e3, 'note', 'warning') AS severity, :response_ms AS threshold,
	id AS flow_id, first_ns AS t_ns, iif(flows > 1, server_ip, NULL) AS address
FROM services
WHERE 100.0 * answers >= :slow_share_pct
	* (SELECT sum(responses) FROM timeline WHERE capture_id = :capture AND scope = 'service' AND key = service)
ORDER BY value DESC
