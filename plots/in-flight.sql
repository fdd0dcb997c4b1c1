-- title: Bytes in flight
-- about: one flow: bytes in flight against the receive window, closed windows, what was sent again
-- empty: there are no packets of TCP, and no intervals
-- needs: flow, packets
-- gallery: zero_window.snd --flow 1
-- see: The sender fills the window (triangles), then the window is closed.
-- gallery: loss_20ms.snd --flow 4
-- see: The window has room for more; after each loss less is in flight.
-- with: chosen_direction
-- A bin is a packet if there are not too many; otherwise it is some pixels wide, so that bursts and bins do not beat, and has the most that
-- was in flight, and where none follows, what was left. Without packets, the intervals.
WITH moves AS (
	SELECT frame, t_ns, max(iif(p.direction = c.direction, seq + len + syn + fin, NULL)) OVER sofar AS sent,
		max(iif(p.direction = c.direction, NULL, ack)) OVER sofar AS acked,
		-- the last one that was announced: the highest frame's, in the lower half of a number
		max(iif(p.direction = c.direction OR rst, NULL, frame << 32 | window)) OVER sofar & 4294967295 AS window
	FROM temp.packets AS p, chosen AS c
	WHERE NOT (p.direction = c.direction AND rst)
	WINDOW sofar AS (ORDER BY frame ROWS UNBOUNDED PRECEDING)
),
span AS (
	SELECT count(*) AS packets, min(t_ns) AS begin_ns, (max(t_ns) - min(t_ns)) * 4 / :points + 1 AS bin_ns
	FROM temp.packets AS p, chosen AS c
	WHERE NOT (p.direction = c.direction AND rst) AND (:from IS NULL OR t_ns >= :from) AND (:to IS NULL OR t_ns < :to)
),
curve AS ( -- nothing is known to be in flight before something was acknowledged; an ACK of what the tap missed leaves nothing
	SELECT frame, t_ns, iif(acked IS NULL, NULL, max(sent - acked, 0)) AS in_flight, window, packets, begin_ns, bin_ns
	FROM moves, span
	WHERE (:from IS NULL OR t_ns >= :from) AND (:to IS NULL OR t_ns < :to)
),
bins AS (
	SELECT min(t_ns) AS t_ns, max(t_ns) AS end_ns, max(in_flight) AS high, min(window) AS window, max(frame) AS last,
		packets > 2 * :points AS binned, (t_ns - begin_ns) / bin_ns AS bin,
		lead((t_ns - begin_ns) / bin_ns) OVER (ORDER BY min(frame)) AS next
	FROM curve
	GROUP BY iif(packets > 2 * :points, (t_ns - begin_ns) / bin_ns, frame)
),
own AS (
	SELECT *, sum(new_bytes - acked_bytes) OVER (ORDER BY t_ns) AS left_over
	FROM chosen JOIN flow_timeline USING (flow_id, direction)
	WHERE protocol = 'tcp' AND NOT EXISTS (SELECT 1 FROM temp.packets)
),
intervals AS (
	SELECT own.t_ns, own.t_ns + CAST(own.interval_ms * 1000000 AS INTEGER) AS end_ns,
		max(own.in_flight_max, own.left_over - own.new_bytes + own.acked_bytes) AS high, own.left_over, other.window_min AS window
	FROM own
	LEFT JOIN flow_timeline AS other ON other.flow_id = own.flow_id AND other.t_ns = own.t_ns AND other.direction <> own.direction
	WHERE (:from IS NULL OR own.t_ns + CAST(own.interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR own.t_ns < :to)
),
points AS (
	SELECT t_ns, 0 AS rank, high, window, binned FROM bins
	UNION ALL
	SELECT t_ns, 1, in_flight, window, 1 FROM curve WHERE frame IN (SELECT last FROM bins WHERE binned AND next IS NOT bin + 1)
	UNION ALL
	SELECT t_ns, 1, high, window, 0 FROM intervals
	UNION ALL -- where nothing follows: what an interval leaves in flight
	SELECT end_ns, 0, left_over, window, 0 FROM intervals WHERE end_ns NOT IN (SELECT t_ns FROM intervals)
)
SELECT t_ns / 1e9 AS t, high AS in_flight_bytes, window AS window_bytes, (SELECT direction FROM chosen) AS direction,
	EXISTS (SELECT 1 FROM temp.packets) AS exact, binned
FROM points
ORDER BY t_ns, rank;

-- The receiver's window was closed: from when until when; without an end, until the flow's.
WITH closings AS (
	SELECT e.t_ns, kind, lead(e.t_ns) OVER (ORDER BY e.t_ns, e.id) AS end_ns, flow_last_ns AS last_ns
	FROM chosen AS c JOIN events AS e ON e.flow_id = c.flow_id AND e.direction <> c.direction
	WHERE kind IN ('zero_window', 'zero_window_end')
),
grain AS (SELECT (max(coalesce(end_ns, last_ns)) - min(t_ns)) / :points + 1 AS grain_ns FROM closings)
SELECT min(t_ns) / 1e9 AS t, max(coalesce(end_ns, last_ns)) / 1e9 AS end,
	sum(coalesce(end_ns, last_ns) - t_ns) / 1e9 AS closed_s, count(*) AS times
FROM closings, grain
WHERE kind = 'zero_window' AND (:from IS NULL OR coalesce(end_ns, last_ns) > :from) AND (:to IS NULL OR t_ns < :to)
GROUP BY t_ns / grain_ns
ORDER BY t;

-- What was sent again, and what filled the window: lanes 1 (fast), 2 (time-out), 3 (tail loss probe), 4 (others), 5 (window full).
WITH marks AS (
	SELECT t_ns, CASE WHEN kind = 'window_full' THEN 5 WHEN cause = 'fast' THEN 1 WHEN cause IN ('timeout', 'slow_start') THEN 2
		WHEN cause = 'tail_loss_probe' THEN 3 ELSE 4 END AS lane
	FROM chosen JOIN events USING (flow_id, direction)
	WHERE kind IN ('retransmission', 'window_full') AND (:from IS NULL OR t_ns >= :from) AND (:to IS NULL OR t_ns < :to)
),
grain AS (SELECT (max(t_ns) - min(t_ns)) / 500 + 1 AS grain_ns FROM marks) -- marks that would lie on each other are one
SELECT lane, min(t_ns) / 1e9 AS t, count(*) AS events
FROM marks, grain
GROUP BY lane, t_ns / grain_ns
ORDER BY lane, t;
