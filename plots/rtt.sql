-- title: Round-trip time
-- about: RTT of all flows, or of one on both sides of the tap
WITH rows AS (
	SELECT t_ns, CAST(interval_ms * 1000000 AS INTEGER) AS length_ns,
		-- of several captures at one time: the middle ones weighed by their samples
		sum(rtt_p50_ms * rtt_samples) / sum(CASE WHEN rtt_p50_ms IS NOT NULL THEN rtt_samples END) AS p50,
		max(rtt_p95_ms) AS p95, max(rtt_max_ms) AS maximum,
		NULL AS c2s_mean, NULL AS c2s_max, NULL AS s2c_mean, NULL AS s2c_max
	FROM timeline
	WHERE :flow IS NULL AND scope = 'all' AND (:capture IS NULL OR capture_id = :capture)
	GROUP BY t_ns
	UNION ALL
	SELECT t_ns, CAST(interval_ms * 1000000 AS INTEGER), NULL, NULL, NULL,
		max(CASE direction WHEN 'c2s' THEN rtt_mean_ms END), max(CASE direction WHEN 'c2s' THEN rtt_max_ms END),
		max(CASE direction WHEN 's2c' THEN rtt_mean_ms END), max(CASE direction WHEN 's2c' THEN rtt_max_ms END)
	FROM flow_timeline
	WHERE flow_id = :flow AND (:direction IS NULL OR direction = :direction)
	GROUP BY t_ns
)
-- Rows without values where nothing comes before or after break the lines there and make room for the whole interval.
SELECT (t_ns + length_ns / 2) / 1e9 AS t, p50 AS p50_ms, p95 AS p95_ms, maximum AS max_ms,
	c2s_mean AS c2s_mean_ms, c2s_max AS c2s_max_ms, s2c_mean AS s2c_mean_ms, s2c_max AS s2c_max_ms
FROM rows
WHERE coalesce(p50, c2s_mean, s2c_mean) IS NOT NULL
UNION ALL
SELECT t_ns / 1e9, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM (
	SELECT t_ns FROM rows WHERE t_ns NOT IN (SELECT t_ns + length_ns FROM rows)
	UNION ALL
	SELECT t_ns + length_ns FROM rows WHERE t_ns + length_ns NOT IN (SELECT t_ns FROM rows)
)
WHERE EXISTS (SELECT 1 FROM rows WHERE coalesce(p50, c2s_mean, s2c_mean) IS NOT NULL)
ORDER BY t;
