-- title: Overview
-- about: throughput, retransmissions, RTT, zero windows, what the capture misses; incidents and findings marked
-- empty: there are no packets
-- size: 1000 800
-- gallery: 20261121T151523Z-loss@100ms
-- see: The incident at a glance: the finding's line is where losses begin; goodput hardly suffers, what is sent again and the highest RTT do.
-- with: not_captured
-- with: round_bins
WITH far_side AS ( -- of a flow: the direction with the larger RTT, as in timeline
	SELECT direction FROM flow_timeline WHERE flow_id = :flow
	GROUP BY direction ORDER BY min(rtt_min_ms) DESC, direction LIMIT 1
),
first_row AS ( -- of a flow; it may be longer than the others
	SELECT t_ns, max(t_ns + CAST(interval_ms * 1000000 AS INTEGER)) AS end_ns
	FROM flow_timeline
	WHERE flow_id = :flow AND t_ns = (SELECT min(t_ns) FROM flow_timeline WHERE flow_id = :flow)
),
rows AS (
	SELECT t_ns, max(t_ns + CAST(interval_ms * 1000000 AS INTEGER)) AS end_ns,
		sum(bytes) AS bytes, sum(new_bytes) AS new_bytes, sum(bytes / interval_ms) AS bytes_per_ms,
		sum(fast_retransmissions) AS fast, sum(timeout_retransmissions + slow_start_retransmissions) AS timeout,
		sum(tail_loss_probes) AS probes, sum(retransmitted_segments) AS again,
		-- of several captures or intervals: the middle ones weighed by their samples
		sum(rtt_p50_ms * rtt_samples) AS rtt_sum, sum(iif(rtt_p50_ms IS NULL, 0, rtt_samples)) AS rtt_samples,
		max(rtt_p95_ms) AS rtt_high, sum(zero_windows) AS zero_windows, sum(capture_gap_segments) AS gaps,
		sum(coalesce(kernel_drops, 0) + coalesce(capture_interface_drops, 0) + coalesce(pool_drops, 0)) AS drops
	FROM timeline
	WHERE :flow IS NULL AND scope = 'all' AND key = '' AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
	GROUP BY t_ns
	UNION ALL
	SELECT t_ns, max(t_ns + CAST(interval_ms * 1000000 AS INTEGER)), sum(bytes), sum(new_bytes), sum(bytes / interval_ms), 0, 0, 0,
		sum(retransmitted_segments), sum(iif(direction = far, rtt_mean_ms * rtt_samples, NULL)),
		sum(iif(direction = far AND rtt_mean_ms IS NOT NULL, rtt_samples, 0)), max(iif(direction = far, rtt_max_ms, NULL)), 0, 0, 0
	FROM flow_timeline, (SELECT direction AS far FROM far_side)
	WHERE flow_id = :flow AND (:direction IS NULL OR direction = :direction)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
	GROUP BY t_ns
),
ends AS ( -- captures may have intervals of different lengths: the longest fits all of them
	SELECT min(t_ns) AS from_ns, max(end_ns) AS to_ns, iif(:flow IS NULL, max(end_ns - t_ns), min(end_ns - t_ns)) AS length_ns,
		max(:points / 3, 10) AS most
	FROM rows
),
seen AS ( -- what no interval says of a flow is known from its events
	SELECT t_ns, end_ns, bytes, new_bytes, bytes_per_ms, fast, timeout, probes, again, rtt_sum, rtt_samples, rtt_high,
		zero_windows, gaps, drops
	FROM rows
	UNION ALL
	SELECT iif(e.t_ns < f.end_ns, f.t_ns, e.t_ns - e.t_ns % length_ns), NULL, 0, 0, 0, cause = 'fast',
		cause IN ('timeout', 'slow_start'), cause = 'tail_loss_probe',
		0, NULL, 0, NULL, kind = 'zero_window', kind = 'capture_gap', 0
	FROM events AS e, first_row AS f, bins
	WHERE e.flow_id = :flow AND e.t_ns >= from_ns AND e.t_ns < to_ns AND (:direction IS NULL OR e.direction = :direction)
),
binned AS (
	SELECT t_ns / bin_ns AS bin, max(t_ns / bin_ns * bin_ns, from_ns) AS t_ns,
		max(min((t_ns / bin_ns + 1) * bin_ns, to_ns), coalesce(max(end_ns), 0)) AS end_ns,
		sum(bytes) AS bytes, sum(new_bytes) AS new_bytes, max(bytes_per_ms) AS peak, total(fast) AS fast,
			total(timeout) AS timeout, total(probes) AS probes,
		total(again) AS again, sum(rtt_sum) / nullif(sum(rtt_samples), 0) AS rtt, max(rtt_high) AS rtt_high,
		total(zero_windows) AS zero_windows, total(gaps) AS gaps, sum(drops) AS drops, bin_ns
	FROM seen, bins
	GROUP BY t_ns / bin_ns
),
shown AS (SELECT *, (end_ns - t_ns) / 1e9 AS length_s FROM binned)
SELECT t_ns / 1e9 AS t, end_ns / 1e9 AS end, bytes * 8 / 1e6 / length_s AS total_mbit,
	new_bytes * 8 / 1e6 / length_s AS goodput_mbit,
	max(peak * 8 / 1000, bytes * 8 / 1e6 / length_s) AS peak_mbit, -- of a binned chart: its busiest interval
	-- stacked: each column includes those before it
	fast, fast + timeout AS timeout, max(again, fast + timeout + probes) AS again, rtt AS rtt_ms, rtt_high AS rtt_high_ms,
		zero_windows, gaps, drops,
	bin_ns / 1e9 AS bin_s, (SELECT times > 1 FROM bins) AS binned, :flow IS NOT NULL AS flow,
	fast + timeout + probes AS probes -- in between: above timeout, in again
FROM shown
UNION ALL -- zeros where nothing follows, so that a silence is drawn as one
SELECT end_ns / 1e9, end_ns / 1e9, 0, 0, 0, 0, 0, 0, NULL, NULL, 0, 0, 0, bin_ns / 1e9, NULL, NULL, 0
FROM shown WHERE end_ns NOT IN (SELECT t_ns FROM shown)
ORDER BY t;

-- The lanes: a kind of incident or finding each, and its marks; `line`: through all panels, where the first of a finding is.
WITH marks AS (
	SELECT 0 AS rank, 'incident: ' || trigger AS label, t_ns, 1 AS line FROM incidents
	WHERE :flow IS NULL AND (:capture IS NULL
		OR t_ns >= (SELECT first_ns - coalesce(interval_ms, 1000) * 1000000 FROM captures WHERE id = :capture)
		AND t_ns <= (SELECT last_ns FROM captures WHERE id = :capture))
	UNION ALL
	SELECT iif(severity = 'critical', 1, 2), iif(severity = 'critical', 'critical: ', '') || code,
		coalesce((SELECT min(t_ns) FROM evidence WHERE finding_id = f.id AND (:flow IS NULL OR flow_id = :flow)), t_ns), 1 -- since when
	FROM findings AS f
	WHERE severity IN ('critical', 'warning') AND (:capture IS NULL OR capture_id = :capture)
		AND (:flow IS NULL OR flow_id = :flow)
	UNION ALL
	SELECT iif(severity = 'critical', 1, 2), iif(severity = 'critical', 'critical: ', '') || code, e.t_ns, 0
	FROM evidence AS e JOIN findings AS f ON f.id = e.finding_id
	WHERE severity IN ('critical', 'warning') AND (:capture IS NULL OR capture_id = :capture)
		AND (:flow IS NULL OR e.flow_id = :flow)
),
kinds AS (
	SELECT rank, label, row_number() OVER (ORDER BY rank, count(*) DESC, label) AS lane, count(*) OVER () AS lanes
	FROM marks
	WHERE t_ns IS NULL OR (:from IS NULL OR t_ns >= :from) AND (:to IS NULL OR t_ns < :to)
	GROUP BY rank, label
),
grain AS (SELECT (max(t_ns) - min(t_ns)) / 500 + 1 AS grain_ns FROM marks) -- marks that would lie on each other are one
SELECT lane, rank, label, lanes, min(t_ns) / 1e9 AS t,
	max(line) AND sum(max(line)) OVER () <= 60 AS line -- so many would hide what they go through
FROM kinds JOIN marks USING (rank, label), grain
WHERE lane <= 8 AND (t_ns IS NULL OR (:from IS NULL OR t_ns >= :from) AND (:to IS NULL OR t_ns < :to))
GROUP BY lane, t_ns / grain_ns
ORDER BY lane, t;

-- Times that nothing of was captured.
WITH gaps AS (SELECT t_ns / 1e9 AS t, end_ns / 1e9 AS end FROM not_captured)
SELECT * FROM gaps ORDER BY t;

-- While receivers kept their windows closed: from when until when; without an end, until the flow's.
WITH closings AS (
	SELECT e.flow_id, e.t_ns, kind, lead(e.t_ns) OVER (PARTITION BY e.flow_id, e.direction ORDER BY e.t_ns, e.id) AS end_ns
	FROM events AS e
	WHERE kind IN ('zero_window', 'zero_window_end') AND (:flow IS NULL OR e.flow_id = :flow)
		AND (:direction IS NULL OR e.direction = :direction)
),
spans AS (
	SELECT max(t_ns, coalesce(:from, t_ns)) AS t_ns, min(coalesce(end_ns, last_ns), coalesce(:to, end_ns, last_ns)) AS end_ns
	FROM closings JOIN flows ON flows.id = flow_id
	WHERE kind = 'zero_window' AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR coalesce(end_ns, last_ns) > :from) AND (:to IS NULL OR t_ns < :to)
),
apart AS ( -- those that lie on each other, or nearly, are one
	SELECT t_ns, end_ns, t_ns > max(end_ns) OVER earlier + grain_ns AS apart
	FROM spans, (SELECT (max(end_ns) - min(t_ns)) / 500 AS grain_ns FROM spans)
	WINDOW earlier AS (ORDER BY t_ns, end_ns ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
numbered AS (SELECT t_ns, end_ns, total(apart) OVER (ORDER BY t_ns, end_ns) AS number FROM apart)
SELECT min(t_ns) / 1e9 AS t, max(end_ns) / 1e9 AS end
FROM numbered
GROUP BY number
ORDER BY t;
