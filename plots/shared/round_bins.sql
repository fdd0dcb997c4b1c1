-- bins: of time, as long as a person would choose if intervals fit into such. They divide `ends` (from_ns, to_ns), where intervals
-- are length_ns long, into `most` or fewer.
bins AS (
	SELECT *, coalesce((
			SELECT min(column1 * 1000000) FROM (VALUES (1), (2), (5), (10), (20), (50), (100), (200), (500), (1000), (2000), (5000),
				(10000), (15000), (30000), (60000), (120000), (300000), (600000), (900000), (1800000), (3600000), (7200000),
				(10800000), (21600000), (43200000), (86400000))
			WHERE times > 1 AND column1 * 1000000 % length_ns = 0 AND column1 * 1000000 >= times * length_ns),
		times * length_ns) AS bin_ns
	FROM (SELECT *, max((to_ns - from_ns - 1) / (length_ns * most) + 1, 1) AS times FROM ends)
),
