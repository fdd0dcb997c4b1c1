-- place: capture
-- order: 55
-- key: latency
-- title: Round trips, handshakes, answers
-- about: RTT is of the far side of the tap. Percentiles are estimates, from those of the intervals.
-- chart: rtt
-- chart: rtt-distribution
-- chart: handshake
-- chart: response
-- batch: no
-- column: what words what
-- column: samples count samples
-- column: min_ms ms least
-- column: mean_ms ms mean
-- column: p50_ms ms p50
-- column: p95_ms ms p95
-- column: max_ms ms most
WITH intervals AS (
	SELECT 1 AS place, rtt_samples AS samples, rtt_min_ms AS lowest, rtt_p50_ms AS p50, rtt_p95_ms AS p95, rtt_p99_ms AS p99,
		rtt_max_ms AS highest
	FROM timeline
	WHERE scope = 'all' AND capture_id = :capture AND rtt_samples > 0
	UNION ALL
	SELECT 3, responses, response_min_ms, response_p50_ms, response_p95_ms,
		response_p95_ms + 0.8 * (response_max_ms - response_p95_ms), response_max_ms
	FROM timeline
	WHERE scope = 'all' AND capture_id = :capture AND responses > 0
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
	SELECT place, min(ms - (below - 0.5 * total) / density) FILTER (WHERE below >= 0.5 * total AND below - here < 0.5 * total) AS p50_ms,
		min(ms - (below - 0.95 * total) / density) FILTER (WHERE below >= 0.95 * total AND below - here < 0.95 * total) AS p95_ms
	FROM summed
	JOIN (SELECT place, sum(samples) AS total FROM intervals GROUP BY place) USING (place)
	GROUP BY place
), rows AS (
	SELECT 1 AS place, 'RTT' AS what, sum(rtt_samples) AS samples, min(rtt_min_ms) AS min_ms, sum(rtt_mean_ms * rtt_samples) / sum(rtt_samples) AS mean_ms,
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
	SELECT 5, 'ping', sum(e.replies), min(e.rtt_min_us) / 1e3, sum(1.0 * e.rtt_mean_us * e.replies) / sum(e.replies) / 1e3, max(e.rtt_max_us) / 1e3
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
