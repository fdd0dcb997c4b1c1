-- place: capture
-- order: 55
-- text: no
-- key: latency
-- title: Round trips, handshakes, answers
-- about: RTT is of the far side of the tap. Percentiles are estimates, from those of the intervals.
-- chart: rtt
-- chart: rtt-distribution
-- chart: handshake
-- chart: response
-- batch: no
-- with: capture_intervals
-- with: percentiles
-- column: what words what
-- column: samples count samples
-- column: min_ms ms least
-- column: mean_ms ms mean
-- column: p50_ms ms p50
-- column: p95_ms ms p95
-- column: max_ms ms most
WITH rows AS (
	SELECT 1 AS place, 'RTT' AS what, sum(rtt_samples) AS samples, min(rtt_min_ms) AS min_ms,
		sum(rtt_mean_ms * rtt_samples) / sum(rtt_samples) AS mean_ms,
		max(rtt_max_ms) AS max_ms
	FROM timeline
	WHERE scope = 'all' AND capture_id = :capture AND rtt_samples > 0
	UNION ALL
	SELECT 2, 'handshake, whole path', count(*), min(handshake_rtt_us) / 1e3, avg(handshake_rtt_us) / 1e3, max(handshake_rtt_us) / 1e3
	FROM flows
	WHERE capture_id = :capture AND handshake_rtt_us IS NOT NULL
	UNION ALL
	SELECT 3, 'answer to a request', sum(responses), min(response_min_ms), sum(response_mean_ms * responses) / sum(responses),
		max(response_max_ms)
	FROM timeline
	WHERE scope = 'all' AND capture_id = :capture AND responses > 0
	UNION ALL
	SELECT 4, 'TLS handshake', count(*), min(handshake_us) / 1e3, avg(handshake_us) / 1e3, max(handshake_us) / 1e3
	FROM tls
	WHERE capture_id = :capture AND handshake_us IS NOT NULL
	UNION ALL
	SELECT 5, 'ping', sum(e.replies), min(e.rtt_min_us) / 1e3,
		sum(1.0 * e.rtt_mean_us * e.replies) / sum(e.replies) / 1e3, max(e.rtt_max_us) / 1e3
	FROM echoes AS e
	JOIN flows AS f ON f.id = e.flow_id
	WHERE f.capture_id = :capture AND e.replies > 0
)
SELECT what, samples, round(min_ms, 3) AS min_ms, round(mean_ms, 3) AS mean_ms, round(p50_ms, 3) AS p50_ms, round(p95_ms, 3) AS p95_ms,
	round(max_ms, 3) AS max_ms
FROM rows
LEFT JOIN percentiles USING (place)
WHERE samples > 0
ORDER BY place
LIMIT :rows;
