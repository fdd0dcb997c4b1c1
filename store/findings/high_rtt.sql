-- title: The round trip is long
-- severity: warning
-- layer: L4
-- rank: 43
-- explanation: Every request and every new connection waits for at least one round trip, TLS for two or three. Light
-- explanation: needs 1 ms for 200 km of fibre there or back, so distance alone explains 100 to 300 ms between continents;
-- explanation: more than that is a detour, satellite, or a queue.
-- advice: `mtr` shows where the time goes by. Bring client and server nearer (CDN, another region), and save round trips:
-- advice: keep connections open, TLS 1.3, fewer and larger requests.
-- threshold: rtt_warning_ms 300 ms makes a warning: no distance on earth explains more
-- threshold: rtt_ms 100 ms makes a note
-- threshold: rtt_samples 10 samples of the round trip
WITH services AS (
	SELECT key, sum(rtt_samples) AS samples, min(rtt_min_ms) AS least, max(rtt_p50_ms) AS most,
		sum(rtt_p50_ms * rtt_samples) / sum(rtt_samples) AS middle, t_ns
	FROM timeline
	WHERE capture_id = :capture AND scope = 'service' AND rtt_samples > 0
	GROUP BY key
	HAVING samples >= :rtt_samples AND middle >= :rtt_ms
)
SELECT key AS subject, middle AS value,
	printf('Round trip of %.0f ms in the middle, %.0f ms at least, over %,d samples.%s', middle, least, samples,
		iif(least < :rtt_ms / 4.0,
			' Between the same two hosts that is not the distance: a queue is long, or the receiver acknowledges late.', '')) AS detail,
	iif(least >= :rtt_warning_ms, 'warning', 'note') AS severity, iif(least >= :rtt_warning_ms, :rtt_warning_ms,
		:rtt_ms) AS threshold,
	t_ns,
	trim(rtrim(rtrim(key, '0123456789'), ':'), '[]') AS address,
	printf('tcp.port == %s && tcp.analysis.ack_rtt >= %g', replace(key, rtrim(key, '0123456789'), ''), :rtt_ms / 1e3)
		AS filter
FROM services
ORDER BY value DESC
