-- title: Distribution of round-trip times
-- about: RTT: histogram and CDF, on both sides of the tap
-- empty: no TCP segment was seen with its ACK
-- gallery: loss_20ms.snd
-- see: Towards the servers 20 ms and, behind losses, up to twice that. The tap is at the clients: four samples towards them, of handshakes, are not drawn.
-- with: decades
-- What is known of the samples are their number, min, mean, p50, p95, p99 and max, per direction of each flow. So the
-- distribution is a mixture: each flow has a sample at its min and one at its max, and the rest spread evenly between its
-- percentiles; those below the p50 begin not at the min, which may lie far off, but where the mean wants it. With two
-- samples and fewer that is exact. Of a period, and where there are no flows (a ring's catalog), it is made from the
-- intervals of the timeline in the same way; of a period of one flow from min, mean and max of its intervals.
-- Side 1: direction c2s, the RTT between tap and servers; 2: s2c, clients; 3: the far side of each flow. An RTT of hours is none: some
-- clock was set.
WITH RECURSIVE raw AS NOT MATERIALIZED (
	SELECT iif(direction = 'c2s', 1, 2) AS side, rtt_samples AS n, rtt_min_us AS lowest, rtt_mean_us AS mean,
		rtt_p50_us AS p50, rtt_p95_us AS p95, rtt_p99_us AS p99, rtt_max_us AS highest
	FROM flow_directions
	WHERE rtt_samples > 0 AND rtt_max_us < 1e10 AND :from IS NULL AND :to IS NULL AND (:flow IS NULL OR flow_id = :flow)
		AND (:direction IS NULL OR direction = :direction)
		AND (:capture IS NULL OR flow_id IN (SELECT id FROM flows WHERE capture_id = :capture))
	UNION ALL
	SELECT 3, rtt_samples, 1000 * rtt_min_ms, 1000 * rtt_mean_ms, 1000 * rtt_p50_ms, 1000 * rtt_p95_ms, 1000 * rtt_p99_ms,
		1000 * rtt_max_ms
	FROM timeline
	WHERE scope = 'all' AND rtt_samples > 0 AND rtt_max_ms < 1e7 AND :flow IS NULL AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
		AND (:from IS NOT NULL OR :to IS NOT NULL OR NOT EXISTS (SELECT 1 FROM flow_directions WHERE rtt_samples > 0))
	UNION ALL -- halves below and above the mean
	SELECT iif(direction = 'c2s', 1, 2), rtt_samples, 1000 * rtt_min_ms, 1000 * rtt_mean_ms, 1000 * rtt_mean_ms,
		1000 * (rtt_mean_ms + 0.9 * (rtt_max_ms - rtt_mean_ms)), 1000 * (rtt_mean_ms + 0.98 * (rtt_max_ms - rtt_mean_ms)),
		1000 * rtt_max_ms
	FROM flow_timeline
	WHERE flow_id = :flow AND rtt_samples > 0 AND rtt_max_ms < 1e7 AND (:from IS NOT NULL OR :to IS NOT NULL)
		AND (:direction IS NULL OR direction = :direction)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
),
based AS ( -- with 2 * mean of the lower half - p50 as its lower end it has that mean
	SELECT *, iif(n < 3, lowest, max(lowest, min(p50, (2 * n * mean - 2 * lowest - 2 * highest
		- CASE
			WHEN n < 20 THEN (0.5 * n - 1) * (p50 + p95)
			WHEN n < 100 THEN 0.45 * n * (p50 + p95) + (0.05 * n - 1) * (p95 + p99)
			ELSE 0.45 * n * (p50 + p95) + 0.04 * n * (p95 + p99) + (0.01 * n - 1) * (p99 + highest)
		END) / (0.5 * n - 1) - p50))) AS base
	FROM raw
),
-- A million flows are few different shapes, when their times are rounded down to a hundredth of a decade (2.3 per cent):
-- ten bits of one number for each. Zero where it takes more samples to differ from the max, or for that part to exist.
-- Weights are in samples, and all together n.
shapes AS (
	SELECT (((((side * 1024
			+ CAST(100 * log10(max(lowest, 1)) AS INTEGER)) * 1024
			+ iif(n < 3, 0, CAST(100 * log10(max(base, 1)) AS INTEGER))) * 1024
			+ iif(n < 3, 0, CAST(100 * log10(max(p50, 1)) AS INTEGER))) * 1024
			+ iif(n < 20, 0, CAST(100 * log10(max(p95, 1.03)) AS INTEGER))) * 1024
			+ iif(n < 100, 0, CAST(100 * log10(max(p99, 1.03)) AS INTEGER))) * 1024
			+ CAST(100 * log10(max(highest, 1)) AS INTEGER) AS shape,
		count(*) AS sources, sum(n) AS n, min(lowest) AS lowest, max(highest) AS highest,
		sum(n > 1) AS at_max, sum(max(0.5 * n - 1, 0)) AS to_p50,
		sum(min(0.99 * n, n - 1) - min(0.95 * n, n - 1)) AS to_p99, sum(max(0.01 * n - 1, 0)) AS to_max
	FROM based
	GROUP BY shape
),
segments AS (
	SELECT shape >> 60 AS side, shape >> 50 & 1023 AS low, shape >> 50 & 1023 AS high, sources AS weight FROM shapes
	UNION ALL SELECT shape >> 60, coalesce(nullif(shape >> 40 & 1023, 0), shape >> 50 & 1023), shape >> 30 & 1023, to_p50 FROM shapes
	UNION ALL SELECT shape >> 60, shape >> 30 & 1023, coalesce(nullif(shape >> 20 & 1023, 0), shape & 1023),
		n - sources - to_p50 - to_p99 - to_max - at_max FROM shapes
	UNION ALL SELECT shape >> 60, shape >> 20 & 1023, coalesce(nullif(shape >> 10 & 1023, 0), shape & 1023), to_p99 FROM shapes
	UNION ALL SELECT shape >> 60, shape >> 10 & 1023, shape & 1023, to_max FROM shapes
	UNION ALL SELECT shape >> 60, shape & 1023, shape & 1023, at_max FROM shapes
),
totals AS (
	SELECT shape >> 60 AS side, sum(sources) AS sources, sum(n) AS n, min(lowest) AS lowest, max(highest) AS highest
	FROM shapes
	GROUP BY 1
),
drawn AS ( -- a handful beside thousands, as from a sender's handshakes, says little, and would stretch the axis over decades
	SELECT side, n < 20 AND 100 * n < max(n) OVER () AS few FROM totals
),
bins (side, bin, last) AS (
	SELECT side, min(bin) / 5 * 5, max(bin) FROM edges GROUP BY side
	UNION ALL SELECT side, bin + 1, last FROM bins WHERE bin < last
),
summed AS (
	SELECT side, bin, samples, min(1, sum(samples) OVER (PARTITION BY side ORDER BY bin) / n) AS below, samples / n AS share
	FROM counted JOIN totals USING (side)
),
percentiles AS ( -- of one flow its own
	SELECT side,
		iif(sources = 1, (SELECT p50 FROM raw WHERE raw.side = summed.side), min(highest, max(lowest,
			min(iif(below >= 0.5 AND below - share < 0.5, pow(10, (bin + 1 - (below - 0.5) / share) / 100), NULL))))) AS p50,
		iif(sources = 1, (SELECT p95 FROM raw WHERE raw.side = summed.side), min(highest, max(lowest,
			min(iif(below >= 0.95 AND below - share < 0.95, pow(10, (bin + 1 - (below - 0.95) / share) / 100), NULL))))) AS p95,
		iif(sources = 1, (SELECT p99 FROM raw WHERE raw.side = summed.side), min(highest, max(lowest,
			min(iif(below >= 0.99 AND below - share < 0.99, pow(10, (bin + 1 - (below - 0.99) / share) / 100), NULL))))) AS p99
	FROM summed JOIN totals USING (side)
	WHERE share > 0
	GROUP BY side
)
-- CDF: so many per cent take no longer than that. Bars are five times as broad, unless all is within a factor of four, and stand in the
-- row where they begin.
SELECT max(lowest, min(highest, pow(10, bin / 100.0))) / 1000.0 AS ms, side, 100 * (below - share) AS below_pct,
	pow(10, (bin + wide) / 100.0) / 1000 AS bar_end_ms,
	iif(bin % wide = 0, 100 * sum(share) OVER (PARTITION BY side, bin / wide), NULL) AS bar_pct,
	n AS samples, sources, totals.lowest / 1000.0 AS min_ms, percentiles.p50 / 1000.0 AS p50_ms, percentiles.p95 / 1000.0 AS p95_ms,
	percentiles.p99 / 1000.0 AS p99_ms, totals.highest / 1000.0 AS max_ms,
	side = 3 OR :from IS NOT NULL OR :to IS NOT NULL AS of_intervals, few
FROM summed JOIN totals USING (side) JOIN percentiles USING (side) JOIN drawn USING (side)
	CROSS JOIN (SELECT iif(max(bin) - min(bin) < 60, 1, 5) AS wide FROM summed JOIN drawn USING (side) WHERE NOT few)
ORDER BY side, bin;
