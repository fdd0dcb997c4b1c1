-- intervals: of a capture, for `percentiles`: RTT (place 1) and answers (3).
intervals AS (
	SELECT 1 AS place, rtt_samples AS samples, rtt_min_ms AS lowest, rtt_p50_ms AS p50, rtt_p95_ms AS p95, rtt_p99_ms AS p99,
		rtt_max_ms AS highest
	FROM timeline
	WHERE scope = 'all' AND capture_id = :capture AND rtt_samples > 0
	UNION ALL
	SELECT 3, responses, response_min_ms, response_p50_ms, response_p95_ms,
		response_p95_ms + 0.8 * (response_max_ms - response_p95_ms), response_max_ms
	FROM timeline
	WHERE scope = 'all' AND capture_id = :capture AND responses > 0
),
