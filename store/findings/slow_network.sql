-- title: Answers are slow because the path is: the round trip takes most of their time
-- severity: warning
-- layer: L4
-- rank: 28
-- explanation: Handshake and acknowledgments, which the other host's kernel sends at once, took as long as the answers
-- explanation: themselves. The time goes by on the wire, not in the server or the client.
-- advice: `mtr` to the other side shows from which hop on it is slow; compare with the usual round trip (`wiretape diff`
-- advice: with a capture of a good day); look for long queues (bufferbloat), satellite or mobile links, a detour over a
-- advice: VPN.
-- threshold: response_ms 500 ms from the request's last byte to the answer's first
-- explains: high_rtt
-- The answer's time at the tap has the round trip from the tap to the server in it; the client waits for its own as well.
WITH seen AS ( -- nothing is read where there is nothing
	SELECT 1 FROM timeline WHERE capture_id = :capture AND scope = 'all' GROUP BY capture_id
		HAVING max(response_max_ms) >= :response_ms
), slow AS (
	SELECT d.service, d.server_ip, f.id, f.responses, f.response_mean_us, f.first_ns, f.handshake_rtt_us,
		min(d.rtt_p50_us + coalesce(s.rtt_min_us, 0), coalesce(f.handshake_rtt_us, d.rtt_p50_us + coalesce(s.rtt_min_us, 0)))
			AS rtt_us,
		f.response_mean_us + coalesce(s.rtt_min_us, 0) AS waited_us
	FROM seen
	CROSS JOIN flows f
	JOIN directions d ON d.flow_id = f.id AND d.direction = 'c2s'
	JOIN flow_directions s ON s.flow_id = f.id AND s.direction = 's2c'
	WHERE f.response_mean_us >= :response_ms * 1e3 AND f.capture_id = :capture
)
SELECT service AS subject, max(rtt_us) / 1e3 AS value,
	printf('%,d answer%s took %.0f ms%s%s, the round trip alone %.0f ms.', sum(responses), iif(sum(responses) = 1, '', 's'),
		waited_us / 1e3, iif(sum(responses) = 1, '', ' on average'),
		iif(count(*) = 1, '', printf(' in the slowest of %,d flows', count(*))), rtt_us / 1e3) AS detail,
	id AS flow_id, first_ns AS t_ns, server_ip AS address
FROM slow
WHERE rtt_us >= 0.5 * waited_us AND rtt_us >= 0.5 * :response_ms * 1e3
GROUP BY service
ORDER BY value DESC
