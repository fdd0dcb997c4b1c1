-- title: Round-trip time
-- about: RTT of all flows, or of one on both sides of the tap
-- empty: no TCP segment was seen with its ACK
-- gallery: loss_20ms.snd
-- see: Repairs show in p95 and max; p50 stays at the 20 ms of the path.
WITH raw AS (
	SELECT t_ns, CAST(interval_ms * 1000000 AS INTEGER) AS length_ns, rtt_samples AS n,
		rtt_p50_ms AS p50, rtt_p95_ms AS p95, rtt_max_ms AS maximum,
		NULL AS c2s_n, NULL AS c2s_mean, NULL AS c2s_max, NULL AS s2c_n, NULL AS s2c_mean, NULL AS s2c_max
	FROM timeline
	WHERE :flow IS NULL AND scope = 'all' AND (:capture IS NULL OR capture_id = :capture)
	UNION ALL
	SELECT t_ns, CAST(interval_ms * 1000000 AS INTEGER), NULL, NULL, NULL, NULL,
		iif(direction = 'c2s', rtt_samples, NULL), iif(direction = 'c2s', rtt_mean_ms, NULL), iif(direction = 'c2s', rtt_max_ms, NULL),
		iif(direction = 's2c', rtt_samples, NULL), iif(direction = 's2c', rtt_mean_ms, NULL), iif(direction = 's2c', rtt_max_ms, NULL)
	FROM flow_timeline
	WHERE flow_id = :flow AND (:direction IS NULL OR direction = :direction)
),
rows AS (
	SELECT * FROM raw WHERE (:from IS NULL OR t_ns + length_ns > :from) AND (:to IS NULL OR t_ns < :to)
),
step AS ( -- of as many intervals that there are no more than :points points; the longest fits the intervals of all captures
	SELECT length_ns * ((last_ns - first_ns) / length_ns / :points + 1) AS step_ns
	FROM (SELECT iif(:flow IS NULL, max(length_ns), min(length_ns)) AS length_ns, min(t_ns) AS first_ns, max(t_ns) AS last_ns FROM rows)
),
bins AS ( -- of several intervals, and of several captures at one time: percentiles are weighed by their samples
	SELECT min(t_ns) AS from_ns, max(t_ns + length_ns) AS to_ns,
		sum(p50 * n) / sum(n) AS p50, sum(p95 * n) / sum(n) AS p95, max(maximum) AS maximum,
		sum(c2s_mean * c2s_n) / sum(c2s_n) AS c2s_mean, max(c2s_max) AS c2s_max,
		sum(s2c_mean * s2c_n) / sum(s2c_n) AS s2c_mean, max(s2c_max) AS s2c_max
	FROM rows, step
	GROUP BY t_ns / step_ns
),
neighbours AS (
	SELECT *, lag(to_ns) OVER times AS before_ns, lead(from_ns) OVER times AS after_ns FROM bins WINDOW times AS (ORDER BY from_ns)
)
-- Rows without values where nothing comes before or after break the lines there and make room for the whole interval.
SELECT (from_ns + (to_ns - from_ns) / 2) / 1e9 AS t, p50 AS p50_ms, p95 AS p95_ms, maximum AS max_ms,
	c2s_mean AS c2s_mean_ms, c2s_max AS c2s_max_ms, s2c_mean AS s2c_mean_ms, s2c_max AS s2c_max_ms
FROM neighbours
WHERE coalesce(p50, c2s_mean, s2c_mean) IS NOT NULL
UNION ALL
SELECT t_ns / 1e9, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM (
	SELECT from_ns AS t_ns FROM neighbours WHERE before_ns IS NULL OR before_ns < from_ns OR coalesce(p50, c2s_mean, s2c_mean) IS NULL
	UNION
	SELECT to_ns FROM neighbours WHERE after_ns IS NULL OR after_ns > to_ns
)
WHERE EXISTS (SELECT 1 FROM rows WHERE n > 0 OR c2s_n > 0 OR s2c_n > 0)
ORDER BY t;
