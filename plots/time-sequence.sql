-- title: Time and sequence
-- about: one flow: sent, acknowledged, window, events
-- needs: flow, packets
-- The bytes sent, those acknowledged, and the edge of the receive window: two points per interval, where it begins and where
-- it ends. The edge is what was acknowledged and the least window of the interval; like the real one it never moves back,
-- and is never below what was sent.
WITH chosen AS (
	SELECT flow_id, direction, first_ns, last_ns
	FROM flow_directions
	WHERE flow_id = :flow AND (:direction IS NULL OR direction = :direction)
	ORDER BY data_bytes DESC, direction
	LIMIT 1
),
bins AS (
	SELECT own.t_ns, chosen.direction, max(own.t_ns, chosen.first_ns) AS from_ns,
		min(own.t_ns + CAST(own.interval_ms * 1000000 AS INTEGER), max(chosen.last_ns, own.t_ns)) AS to_ns,
		own.new_bytes, own.acked_bytes, other.window_min,
		sum(own.new_bytes) OVER (ORDER BY own.t_ns) AS sent, sum(own.acked_bytes) OVER (ORDER BY own.t_ns) AS acked
	FROM chosen
	JOIN flow_timeline AS own USING (flow_id, direction)
	LEFT JOIN flow_timeline AS other
		ON other.flow_id = own.flow_id AND other.t_ns = own.t_ns AND other.direction <> own.direction
),
edges AS ( -- without a window of its own an interval has the last one's edge
	SELECT *, max(max(acked + window_min, sent)) OVER (ORDER BY t_ns) AS edge,
		max(max(acked - acked_bytes + window_min, sent - new_bytes)) OVER (ORDER BY t_ns) AS first_edge
	FROM bins
)
SELECT from_ns / 1e9 AS t, sent - new_bytes AS sent_bytes, acked - acked_bytes AS acked_bytes,
	max(coalesce(lag(edge) OVER (ORDER BY t_ns), first_edge), sent - new_bytes) AS edge_bytes, direction
FROM edges
UNION ALL
SELECT to_ns / 1e9, sent, acked, max(edge, sent), direction
FROM edges
ORDER BY t, sent_bytes;

-- In flight at most, and the least window of the other side, per interval. In flight is at least what an interval begins
-- with.
WITH chosen AS (
	SELECT flow_id, direction
	FROM flow_directions
	WHERE flow_id = :flow AND (:direction IS NULL OR direction = :direction)
	ORDER BY data_bytes DESC, direction
	LIMIT 1
),
bins AS (
	SELECT own.t_ns, CAST(own.interval_ms * 1000000 AS INTEGER) AS length_ns,
		max(own.in_flight_max, sum(own.new_bytes - own.acked_bytes) OVER (ORDER BY own.t_ns)
			- own.new_bytes + own.acked_bytes) AS in_flight,
		sum(own.new_bytes - own.acked_bytes) OVER (ORDER BY own.t_ns) AS in_flight_end, other.window_min
	FROM chosen
	JOIN flow_timeline AS own USING (flow_id, direction)
	LEFT JOIN flow_timeline AS other
		ON other.flow_id = own.flow_id AND other.t_ns = own.t_ns AND other.direction <> own.direction
)
SELECT t_ns / 1e9 AS t, in_flight AS in_flight_bytes, window_min AS window_bytes
FROM bins
UNION ALL -- where nothing follows: the end of the interval
SELECT (t_ns + length_ns) / 1e9, in_flight_end, window_min
FROM bins
WHERE NOT EXISTS (SELECT 1 FROM bins AS next WHERE next.t_ns = bins.t_ns + bins.length_ns)
ORDER BY t;

-- What happened, on the curve: an event's height is what had been sent by then, a straight line within an interval.
-- Of equal events that would lie on one another, one is drawn for all.
WITH chosen AS (
	SELECT flow_id, direction, first_ns, last_ns
	FROM flow_directions
	WHERE flow_id = :flow AND (:direction IS NULL OR direction = :direction)
	ORDER BY data_bytes DESC, direction
	LIMIT 1
),
bins AS (
	SELECT t_ns AS bin_ns, CAST(interval_ms * 1000000 AS INTEGER) AS length_ns, max(t_ns, first_ns) AS from_ns,
		min(t_ns + CAST(interval_ms * 1000000 AS INTEGER), max(last_ns, t_ns)) AS to_ns,
		new_bytes, sum(new_bytes) OVER (ORDER BY t_ns) - new_bytes AS before_bytes
	FROM chosen JOIN flow_timeline USING (flow_id, direction)
),
first_bin AS ( -- may be longer than the others
	SELECT bin_ns, bin_ns + length_ns AS end_ns, (SELECT min(length_ns) FROM bins) AS length_ns
	FROM bins ORDER BY bin_ns LIMIT 1
),
marks AS (
	SELECT e.t_ns,
		CASE WHEN e.t_ns < first_bin.end_ns THEN first_bin.bin_ns ELSE e.t_ns - e.t_ns % first_bin.length_ns END AS bin_ns,
		CASE WHEN kind = 'retransmission' THEN coalesce(cause, 'unknown')
			WHEN kind = 'unknown' THEN 'reordered_or_sent_again' ELSE kind END AS what,
		(e.t_ns - first_ns) / max((last_ns - first_ns) / 2000, 1) AS spot
	FROM chosen
	JOIN events AS e USING (flow_id)
	JOIN first_bin
	-- a window is announced by the side that receives
	WHERE e.direction = chosen.direction AND kind NOT IN ('zero_window', 'zero_window_end', 'late_response')
		OR e.direction <> chosen.direction AND kind IN ('zero_window', 'zero_window_end', 'reset')
)
SELECT min(t_ns) / 1e9 AS t,
	before_bytes + new_bytes * max(0, min(1, (min(t_ns) - from_ns) * 1.0 / max(to_ns - from_ns, 1))) AS sent_bytes,
	what, count(*) AS events
FROM marks
JOIN bins USING (bin_ns)
GROUP BY what, spot
ORDER BY t;
