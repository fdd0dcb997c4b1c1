-- title: Time and sequence
-- about: one flow: bytes sent over time, what went wrong where, and bytes in flight against the window
-- needs: flow
-- The bytes sent: two points per interval, where it begins and where it ends.
WITH chosen AS (
	SELECT flow_id, direction, first_ns, last_ns
	FROM flow_directions
	WHERE flow_id = :flow AND (:direction IS NULL OR direction = :direction)
	ORDER BY data_bytes DESC, direction
	LIMIT 1
),
bins AS (
	SELECT direction, max(t_ns, first_ns) AS from_ns,
		min(t_ns + CAST(interval_ms * 1000000 AS INTEGER), max(last_ns, t_ns)) AS to_ns,
		new_bytes, sum(new_bytes) OVER (ORDER BY t_ns) AS sent_bytes
	FROM chosen JOIN flow_timeline USING (flow_id, direction)
)
SELECT from_ns / 1e9 AS t, sent_bytes - new_bytes AS sent_bytes, direction
FROM bins
UNION ALL
SELECT to_ns / 1e9, sent_bytes, direction
FROM bins
ORDER BY t, sent_bytes;

-- In flight at most, and the least window of the other side, per interval.
WITH chosen AS (
	SELECT flow_id, direction
	FROM flow_directions
	WHERE flow_id = :flow AND (:direction IS NULL OR direction = :direction)
	ORDER BY data_bytes DESC, direction
	LIMIT 1
),
bins AS (
	SELECT own.t_ns, CAST(own.interval_ms * 1000000 AS INTEGER) AS length_ns, own.in_flight_max, other.window_min
	FROM chosen
	JOIN flow_timeline AS own USING (flow_id, direction)
	LEFT JOIN flow_timeline AS other
		ON other.flow_id = own.flow_id AND other.t_ns = own.t_ns AND other.direction <> own.direction
)
SELECT t_ns / 1e9 AS t, in_flight_max AS in_flight_bytes, window_min AS window_bytes
FROM bins
UNION ALL -- where nothing follows: the end of the interval
SELECT (t_ns + length_ns) / 1e9, 0, window_min
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
marks AS (
	SELECT e.t_ns, e.t_ns - e.t_ns % bin.length_ns AS bin_ns,
		CASE WHEN kind = 'retransmission' THEN coalesce(cause, 'unknown')
			WHEN kind = 'unknown' THEN 'reordered_or_sent_again' ELSE kind END AS what,
		(e.t_ns - first_ns) / max((last_ns - first_ns) / 2000, 1) AS spot
	FROM chosen
	JOIN events AS e USING (flow_id)
	JOIN (SELECT length_ns FROM bins LIMIT 1) AS bin
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
