-- title: Comparison
-- about: two captures beside each other: throughput, what was sent again, RTT, and the services that differ most
-- empty: one of the two sides has no packets
-- needs: against
-- size: 1000 800
-- gallery: loss_20ms.snd --against zero_window.snd.db
-- see: Losses against a closed window: this one moves eight times as much and repeats more; the other stands still for two seconds.
-- with: decades
-- Side 1 is this database, side 2 the one that it is held against. How much there is in each.
WITH sides AS ( -- each by itself: nothing is sorted
	SELECT 1 AS side, min(t_ns) / 1e9 AS first_t, (max(t_ns + interval_ms * 1000000) - min(t_ns)) / 1e9 AS length_s,
		sum(packets) AS packets, sum(bytes) * 8e3 / (max(t_ns + interval_ms * 1000000) - min(t_ns)) AS mbit,
		100.0 * sum(retransmitted_segments - syn_retransmissions - fin_retransmissions) / nullif(sum(data_segments), 0) AS again_pct,
		100.0 * (sum(lost_upstream) + max(sum(lost_downstream - spurious_retransmissions), 0))
			/ nullif(sum(data_segments + lost_upstream), 0) AS loss_pct
	FROM main.timeline
	WHERE scope = 'all' AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
	UNION ALL
	SELECT 2 AS side, min(t_ns) / 1e9 AS first_t, (max(t_ns + interval_ms * 1000000) - min(t_ns)) / 1e9 AS length_s,
		sum(packets) AS packets, sum(bytes) * 8e3 / (max(t_ns + interval_ms * 1000000) - min(t_ns)) AS mbit,
		100.0 * sum(retransmitted_segments - syn_retransmissions - fin_retransmissions) / nullif(sum(data_segments), 0) AS again_pct,
		100.0 * (sum(lost_upstream) + max(sum(lost_downstream - spurious_retransmissions), 0))
			/ nullif(sum(data_segments + lost_upstream), 0) AS loss_pct
	FROM other.timeline
	WHERE scope = 'all' AND (:against IS NULL OR capture_id = :against)
),
files AS (
	SELECT 1 AS side, path FROM main.captures WHERE :capture IS NULL OR id = :capture
	UNION ALL
	SELECT 2, path FROM other.captures WHERE :against IS NULL OR id = :against
),
paths AS ( -- before/web.pcap and after/web.pcap must not both be called web.pcap
	SELECT path FROM main.captures UNION SELECT path FROM other.captures
)
SELECT side, first_t, length_s, packets, mbit, again_pct, loss_pct,
	(SELECT iif(count(*) = 1,
			(SELECT file_name(f.path, min(p.path), max(p.path)) FROM paths AS p WHERE file_name(p.path) = file_name(f.path)),
			count(*) || ' captures')
		FROM files AS f WHERE f.side = sides.side) AS name
FROM sides
WHERE (SELECT count(first_t) FROM sides) = 2
ORDER BY side;

-- Over time since each one's start. What was sent again is a share of at least a hundred segments: bins with fewer share it with those
-- that follow, because of two segments one is no half of the traffic.
WITH RECURSIVE intervals AS (
	SELECT 1 AS side, t_ns, interval_ms, bytes, data_segments,
		retransmitted_segments - syn_retransmissions - fin_retransmissions AS again
	FROM main.timeline
	WHERE scope = 'all' AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
	UNION ALL
	SELECT 2, t_ns, interval_ms, bytes, data_segments, retransmitted_segments - syn_retransmissions - fin_retransmissions
	FROM other.timeline
	WHERE scope = 'all' AND (:against IS NULL OR capture_id = :against)
),
sides AS (
	SELECT side, min(t_ns) AS first_ns, max(t_ns) - min(t_ns) AS span_ns, CAST(max(interval_ms) * 1000000 AS INTEGER) AS length_ns
	FROM intervals
	GROUP BY side
),
step AS ( -- the same for both, so that peaks compare
	SELECT max(length_ns) * (max(span_ns) / max(length_ns) / (:points / 2) + 1) AS step_ns FROM sides
),
bins AS MATERIALIZED (
	SELECT side, (t_ns - first_ns) / step_ns AS bin, step_ns, sum(bytes) * 8e3 / step_ns AS mbit, sum(again) AS again,
		sum(data_segments) AS segments, row_number() OVER (PARTITION BY side ORDER BY (t_ns - first_ns) / step_ns) AS place
	FROM intervals JOIN sides USING (side), step
	GROUP BY side, bin
),
shares (side, place, share, segments) AS ( -- which bins share a value, and how many segments they have so far
	SELECT side, place, 1, segments FROM bins WHERE place = 1
	UNION ALL
	SELECT b.side, b.place, s.share + (s.segments >= 100), iif(s.segments >= 100, 0, s.segments) + b.segments
	FROM shares AS s CROSS JOIN bins AS b ON b.side = s.side AND b.place = s.place + 1
),
whole AS ( -- at the end fewer may be left over
	SELECT side, max(1, max(iif(segments >= 100, share, 0))) AS last_share FROM shares GROUP BY side
),
neighbours AS (
	SELECT side, bin, step_ns, mbit, lead(bin) OVER (PARTITION BY side ORDER BY bin) AS next,
		100.0 * sum(again) OVER together / nullif(sum(bins.segments) OVER together, 0) AS again_pct
	FROM bins JOIN shares USING (side, place) JOIN whole USING (side)
	WINDOW together AS (PARTITION BY side, min(share, last_share))
)
-- Each bin from its start to its end, and rows without values that break the line where nothing follows.
SELECT side, s, mbit, again_pct
FROM (
	SELECT side, bin, 1 AS part, bin * step_ns / 1e9 AS s, mbit, again_pct FROM neighbours
	UNION ALL SELECT side, bin, 2, (bin + 1) * step_ns / 1e9, mbit, again_pct FROM neighbours
	UNION ALL SELECT side, bin, 3, (bin + 1) * step_ns / 1e9, NULL, NULL FROM neighbours WHERE next IS NULL OR next > bin + 1
)
ORDER BY side, bin, part;

-- CDF of RTT, far side of the tap: a mixture of the intervals, each spread evenly between its min, p50, p95, p99 and max.
WITH RECURSIVE raw AS (
	SELECT 1 AS side, rtt_samples AS n, 1000 * rtt_min_ms AS lowest, 1000 * rtt_p50_ms AS p50, 1000 * rtt_p95_ms AS p95,
		1000 * rtt_p99_ms AS p99, 1000 * rtt_max_ms AS highest
	FROM main.timeline
	WHERE scope = 'all' AND rtt_samples > 0 AND rtt_max_ms < 1e7 AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
	UNION ALL
	SELECT 2, rtt_samples, 1000 * rtt_min_ms, 1000 * rtt_p50_ms, 1000 * rtt_p95_ms, 1000 * rtt_p99_ms, 1000 * rtt_max_ms
	FROM other.timeline
	WHERE scope = 'all' AND rtt_samples > 0 AND rtt_max_ms < 1e7 AND (:against IS NULL OR capture_id = :against)
),
places AS ( -- in hundredths of a decade; many intervals are few different shapes
	SELECT side, sum(n) AS n, CAST(100 * log10(max(lowest, 1)) AS INTEGER) AS lowest, CAST(100 * log10(max(p50, 1)) AS INTEGER) AS p50,
		CAST(100 * log10(max(p95, 1)) AS INTEGER) AS p95, CAST(100 * log10(max(p99, 1)) AS INTEGER) AS p99,
		CAST(100 * log10(max(highest, 1)) AS INTEGER) AS highest
	FROM raw
	GROUP BY 1, 3, 4, 5, 6, 7
),
segments (side, low, high, weight) AS (
	SELECT side, lowest, p50, 0.5 * n FROM places
	UNION ALL SELECT side, p50, p95, 0.45 * n FROM places
	UNION ALL SELECT side, p95, p99, 0.04 * n FROM places
	UNION ALL SELECT side, p99, highest, 0.01 * n FROM places
),
bins (side, bin, last) AS (
	SELECT side, min(bin), max(bin) FROM edges GROUP BY side
	UNION ALL SELECT side, bin + 1, last FROM bins WHERE bin < last
),
summed AS (
	SELECT side, bin, min(1, sum(samples) OVER (PARTITION BY side ORDER BY bin) / sum(samples) OVER (PARTITION BY side)) AS below,
		samples / sum(samples) OVER (PARTITION BY side) AS share
	FROM counted
),
percentiles AS (
	SELECT side,
		min(iif(below >= 0.5 AND below - share < 0.5, pow(10, (bin + 1 - (below - 0.5) / share) / 100), NULL)) / 1000 AS p50_ms,
		min(iif(below >= 0.95 AND below - share < 0.95, pow(10, (bin + 1 - (below - 0.95) / share) / 100), NULL)) / 1000 AS p95_ms
	FROM summed
	WHERE share > 0
	GROUP BY side
)
SELECT side, pow(10, bin / 100.0) / 1000 AS ms, 100 * (below - share) AS below_pct, p50_ms, p95_ms
FROM summed JOIN percentiles USING (side)
ORDER BY side, bin;

-- What differs most between services that both have, as how many times as much it is. Values count from `least` on, so that
-- nothing is not infinitely less than little.
WITH intervals AS (
	SELECT 1 AS side, key, t_ns, interval_ms, bytes, data_segments,
		retransmitted_segments - syn_retransmissions - fin_retransmissions AS again,
		new_bytes, rtt_samples, rtt_p50_ms, responses, response_p50_ms
	FROM main.timeline
	WHERE scope = 'service' AND key <> '(other)' AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
	UNION ALL
	SELECT 2, key, t_ns, interval_ms, bytes, data_segments,
		retransmitted_segments - syn_retransmissions - fin_retransmissions, new_bytes,
		rtt_samples, rtt_p50_ms, responses, response_p50_ms
	FROM other.timeline
	WHERE scope = 'service' AND key <> '(other)' AND (:against IS NULL OR capture_id = :against)
),
lengths AS (
	SELECT side, (max(t_ns + interval_ms * 1000000) - min(t_ns)) / 1e9 AS length_s FROM intervals GROUP BY side
),
services AS (
	SELECT side, key, sum(new_bytes) * 8e-6 / length_s AS goodput,
		iif(sum(data_segments) >= 100, 100.0 * sum(again) / sum(data_segments), NULL) AS again_pct,
		iif(sum(rtt_samples) >= 5, sum(rtt_p50_ms * rtt_samples) / sum(rtt_samples), NULL) AS rtt_ms,
		iif(sum(responses) >= 5, sum(response_p50_ms * responses) / sum(responses), NULL) AS response_ms
	FROM intervals JOIN lengths USING (side)
	GROUP BY side, key
),
measures (measure, unit, key, here, there, least, worse) AS (
	SELECT 'sent again', '%', key, a.again_pct, b.again_pct, 0.1, 1
	FROM services AS a JOIN services AS b USING (key) WHERE a.side = 1 AND b.side = 2
	UNION ALL
	SELECT 'RTT', 'ms', key, a.rtt_ms, b.rtt_ms, 0.1, 1
	FROM services AS a JOIN services AS b USING (key) WHERE a.side = 1 AND b.side = 2
	UNION ALL
	SELECT 'response', 'ms', key, a.response_ms, b.response_ms, 0.5, 1 FROM services AS a JOIN services AS b USING (key)
	WHERE a.side = 1 AND b.side = 2
	UNION ALL
	SELECT 'goodput', 'Mbit/s', key, a.goodput, b.goodput, 0.01, -1 FROM services AS a JOIN services AS b USING (key)
	WHERE a.side = 1 AND b.side = 2 AND a.goodput + b.goodput > 0
),
factors AS (
	SELECT *, max(-5, min(5, log2((here + least) / (there + least)))) AS power
	FROM measures
	WHERE here IS NOT NULL AND there IS NOT NULL
)
SELECT row_number() OVER (ORDER BY abs(power) DESC, measure, key) AS rank, power, power * worse > 0 AS worse,
	here, there, unit, measure,
	iif(length(key) > 24, substr(key, 1, 12) || '..' || substr(key, -10), key) AS service,
	(SELECT count(DISTINCT key) FROM services WHERE side = 1
		AND key NOT IN (SELECT key FROM services WHERE side = 2)) AS only_here,
	(SELECT count(DISTINCT key) FROM services WHERE side = 2
		AND key NOT IN (SELECT key FROM services WHERE side = 1)) AS only_there,
	count(*) OVER () AS differ
FROM factors
WHERE abs(power) > 0.05
ORDER BY rank LIMIT 8;

-- How many services are in both.
WITH common AS (
	SELECT key FROM main.timeline WHERE scope = 'service' AND key <> '(other)' AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
	INTERSECT
	SELECT key FROM other.timeline WHERE scope = 'service' AND (:against IS NULL OR capture_id = :against)
)
SELECT count(*) AS services FROM common;
