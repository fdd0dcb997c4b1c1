-- title: Throughput
-- about: Mbit/s in total and goodput; below, what was sent again
-- empty: there are no packets
-- gallery: loss_20ms.snd
-- see: Four flows, of which 1 % of the segments are lost at random: each loss slows them down. What was sent again is below, by its cause: all of it fast.
-- with: round_bins
-- with: not_captured
WITH flow_bins AS (
	SELECT t_ns, CAST(interval_ms * 1000000 AS INTEGER) AS length_ns,
		sum(bytes) * 8 / (interval_ms * 1000) AS total_mbit,
		sum(goodput_mbps) AS goodput_mbit,
		sum(retransmitted_segments) AS sent_again
	FROM flow_timeline
	WHERE flow_id = :flow AND (:direction IS NULL OR direction = :direction)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
	GROUP BY t_ns
),
first_bin AS ( -- may be longer than the others
	SELECT t_ns, t_ns + length_ns AS end_ns, (SELECT min(length_ns) FROM flow_bins) AS length_ns
	FROM flow_bins ORDER BY t_ns LIMIT 1
),
flow_events AS (
	SELECT CASE WHEN e.t_ns < first_bin.end_ns THEN first_bin.t_ns ELSE e.t_ns - e.t_ns % first_bin.length_ns END AS t_ns,
		kind, cause
	FROM events AS e, first_bin
	WHERE e.flow_id = :flow AND (:direction IS NULL OR e.direction = :direction)
		AND (:from IS NULL OR e.t_ns >= first_bin.t_ns) AND e.t_ns < (SELECT max(t_ns + length_ns) FROM flow_bins)
),
flow_causes AS (
	SELECT t_ns,
		count(*) FILTER (WHERE cause = 'fast') AS fast,
		count(*) FILTER (WHERE cause = 'timeout') AS timeout,
		count(*) FILTER (WHERE cause = 'slow_start') AS slow_start,
		count(*) FILTER (WHERE cause = 'tail_loss_probe') AS tail_loss_probe,
		count(*) FILTER (WHERE kind = 'syn_retransmission') AS syn
	FROM flow_events
	GROUP BY t_ns
),
rows AS (
	SELECT t_ns, CAST(interval_ms * 1000000 AS INTEGER) AS length_ns,
		sum(bytes) * 8 / (interval_ms * 1000) AS total_mbit,
		sum(goodput_mbps) AS goodput_mbit,
		sum(fast_retransmissions) AS fast,
		sum(timeout_retransmissions) AS timeout,
		sum(slow_start_retransmissions) AS slow_start,
		sum(tail_loss_probes) AS tail_loss_probe,
		sum(unknown_retransmissions) AS unknown,
		sum(syn_retransmissions) AS syn
	FROM timeline
	WHERE :flow IS NULL AND scope = 'all' AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
	GROUP BY t_ns, interval_ms
	UNION ALL -- of one flow: causes come from its events; what those miss (captures.events_dropped) is unknown
	SELECT t_ns, length_ns, total_mbit, goodput_mbit,
		coalesce(fast, 0), coalesce(timeout, 0), coalesce(slow_start, 0), coalesce(tail_loss_probe, 0),
		max(sent_again - coalesce(fast + timeout + slow_start + tail_loss_probe + syn, 0), 0), coalesce(syn, 0)
	FROM flow_bins
	LEFT JOIN flow_causes USING (t_ns)
),
ends AS ( -- captures may have intervals of different lengths: the longest fits all of them
	SELECT min(t_ns) AS from_ns, max(t_ns + length_ns) AS to_ns, iif(:flow IS NULL, max(length_ns), min(length_ns)) AS length_ns,
		:points AS most
	FROM rows
),
binned AS (
	SELECT t_ns, length_ns, total_mbit / length_ns AS total_mbit, goodput_mbit / length_ns AS goodput_mbit,
		fast, timeout, slow_start, tail_loss_probe, unknown, syn
	FROM (
		SELECT min(t_ns) AS t_ns, max(t_ns + length_ns) - min(t_ns) AS length_ns, sum(total_mbit * length_ns) AS total_mbit,
			sum(goodput_mbit * length_ns) AS goodput_mbit, sum(fast) AS fast, sum(timeout) AS timeout,
			sum(slow_start) AS slow_start, sum(tail_loss_probe) AS tail_loss_probe, sum(unknown) AS unknown, sum(syn) AS syn
		FROM rows, (SELECT bin_ns FROM bins)
		GROUP BY t_ns / bin_ns
	)
),
silences AS ( -- a row of zeros where nothing follows, so that a silence is drawn as one
	SELECT t_ns + length_ns AS t_ns FROM binned
	EXCEPT
	SELECT t_ns FROM binned
)
SELECT t_ns / 1e9 AS t, length_ns / 1e9 AS length_s, total_mbit, goodput_mbit,
	-- stacked: each column includes those before it
	fast AS fast_again,
	fast + timeout AS timeout_again,
	fast + timeout + slow_start AS slow_start_again,
	fast + timeout + slow_start + tail_loss_probe AS tail_loss_probe_again,
	fast + timeout + slow_start + tail_loss_probe + unknown AS unknown_again,
	fast + timeout + slow_start + tail_loss_probe + unknown + syn AS syn_again,
	(SELECT bin_ns / 1e9 FROM bins) AS bin_s
FROM binned
UNION ALL
SELECT t_ns / 1e9, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, bin_ns / 1e9 FROM silences, bins WHERE EXISTS (SELECT 1 FROM binned)
ORDER BY t;

-- Times that nothing of was captured.
WITH gaps AS (SELECT t_ns / 1e9 AS t, end_ns / 1e9 AS end FROM not_captured WHERE :flow IS NULL)
SELECT * FROM gaps ORDER BY t;
