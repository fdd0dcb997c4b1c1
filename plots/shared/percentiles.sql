-- percentiles: p50_ms and p95_ms of each place, estimated from those of its `intervals` (place, samples, lowest, p50, p95, p99,
-- highest; ms).
spread (place, low, high, samples) AS ( -- the samples of an interval lie evenly between its percentiles
	SELECT place, lowest, p50, 0.5 * samples FROM intervals
	UNION ALL SELECT place, p50, p95, 0.45 * samples FROM intervals
	UNION ALL SELECT place, p95, p99, 0.04 * samples FROM intervals
	UNION ALL SELECT place, p99, highest, 0.01 * samples FROM intervals
),
edges AS ( -- where some begin there are more per ms from here on, where they end less
	SELECT place, low AS ms, samples / max(high - low, 0.000001) AS more FROM spread
	UNION ALL SELECT place, max(high, low + 0.000001), -samples / max(high - low, 0.000001) FROM spread
),
levels AS (
	SELECT place, ms, sum(more) OVER (PARTITION BY place ORDER BY ms) AS density,
		lead(ms) OVER (PARTITION BY place ORDER BY ms) - ms AS width
	FROM edges
),
summed AS (
	SELECT place, ms + width AS ms, density, density * width AS here,
		sum(density * width) OVER (PARTITION BY place ORDER BY ms) AS below
	FROM levels
	WHERE width > 0
),
percentiles AS (
	SELECT place,
		min(ms - (below - 0.5 * total) / density) FILTER (WHERE below >= 0.5 * total AND below - here < 0.5 * total) AS p50_ms,
		min(ms - (below - 0.95 * total) / density) FILTER (WHERE below >= 0.95 * total AND below - here < 0.95 * total) AS p95_ms
	FROM summed
	JOIN (SELECT place, sum(samples) AS total FROM intervals GROUP BY place) USING (place)
	GROUP BY place
),
