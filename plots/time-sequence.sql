-- title: Time and sequence
-- about: one flow as tcptrace and Wireshark draw it: segments, ACKs, window, SACK, what was sent again
-- empty: there are no packets of TCP, and no intervals
-- needs: flow, packets
-- size: 1000 700
-- gallery: loss_20ms.snd --flow 3
-- see: One flow, packet by packet: bursts of segments, ACKs below them, the window far above, SACK blocks and fast retransmissions at each loss.
-- gallery: zero_window.snd --flow 1
-- see: A receiver that does not read: the window's edge stands still for two seconds, and three probes ask if it has opened.
-- with: chosen_direction
-- All times (_s) are seconds after `base_s`, so that no digit of a nanosecond is lost. Of many packets, :points steps in time are
-- drawn, each with the range of its numbers; --from and --to show the single ones.

-- What is shown, and what of it there is.
WITH judged AS MATERIALIZED ( -- drawn as what they are
	SELECT e.frame FROM events AS e JOIN chosen USING (direction)
	WHERE e.flow_id = :flow AND e.kind IN ('retransmission', 'syn_retransmission', 'reordered', 'unknown', 'network_duplicate',
		'keep_alive', 'zero_window_probe', 'checksum_error')
),
counts AS (
	SELECT sum(p.t_ns >= from_ns) AS packets,
		sum(p.direction = chosen.direction AND len > 0 AND p.t_ns >= from_ns AND frame NOT IN (SELECT frame FROM judged)) AS segments,
		sum(p.direction <> chosen.direction AND ack IS NOT NULL AND rst = 0 AND p.t_ns >= from_ns) AS acks,
		min(CASE WHEN rst = 0 THEN iif(p.direction = chosen.direction, iif(p.t_ns >= from_ns, seq, NULL), ack) END) AS low,
		max(CASE WHEN rst = 0 THEN iif(p.direction = chosen.direction, seq + len, ack) END) AS high,
		max(CASE WHEN rst = 0 AND p.direction <> chosen.direction THEN ack + window END) AS edge,
		max(CASE WHEN p.direction <> chosen.direction THEN window END) AS window
	FROM packets AS p, chosen
),
timeline AS (
	SELECT count(*) AS rows FROM chosen JOIN flow_timeline AS t USING (flow_id, direction)
	WHERE t_ns + CAST(interval_ms * 1000000 AS INTEGER) > from_ns AND t_ns <= to_ns
),
source AS ( -- the last part of the path
	SELECT problem, left_out, path, replace(path, rtrim(path, replace(path, '/', '')), '') AS name FROM packets_read
)
SELECT from_ns / 1000000000 AS base_s, from_ns % 1000000000 / 1e9 AS from_s,
	(to_ns - from_ns + from_ns % 1000000000) / 1e9 AS to_s, direction, coalesce(packets, 0) AS packets, segments, acks,
	(SELECT count(*) FROM sacks AS s WHERE s.direction <> chosen.direction AND s.t_ns >= from_ns) AS sack_blocks,
	low AS low_bytes, high AS high_bytes, edge AS edge_bytes, window AS window_bytes,
	packets > 3 * :points AS binned,
	CASE WHEN coalesce(packets, 0) = 0 AND problem IS NOT NULL
			THEN 'A line per interval, because its packets cannot be read'
				|| coalesce(' from ' || substr(nullif(name, ''), 1, 60), '') || ': ' || problem
		WHEN left_out > 0
			THEN 'Not all packets are here: ' || left_out || ' more come later. --from and --to show a part of the time.'
		WHEN packets > 3 * :points
			THEN packets || ' packets in ' || :points || ' steps of ' || round((to_ns - from_ns) / 1e6 / :points, 3)
				|| ' ms. --from and --to show single ones.'
	END AS note
FROM chosen, counts, timeline
LEFT JOIN source
WHERE packets > 0 OR (packets IS NULL AND timeline.rows > 0);

-- Segments that are nothing but new data.
WITH step AS (
	SELECT iif((SELECT count(*) FROM packets) > 3 * :points, max((to_ns - from_ns) / :points, 1), NULL) AS ns FROM chosen
),
judged AS MATERIALIZED (
	SELECT e.frame FROM events AS e JOIN chosen USING (direction)
	WHERE e.flow_id = :flow AND e.kind IN ('retransmission', 'syn_retransmission', 'reordered', 'unknown', 'network_duplicate',
		'keep_alive', 'zero_window_probe', 'checksum_error')
)
SELECT ((min(p.t_ns) + max(p.t_ns)) / 2 - from_ns + from_ns % 1000000000) / 1e9 AS t_s,
	min(seq) AS low_bytes, max(seq + len) AS high_bytes
FROM packets AS p, chosen, step
WHERE p.direction = chosen.direction AND len > 0 AND p.t_ns >= from_ns
	AND frame NOT IN (SELECT frame FROM judged)
GROUP BY iif(step.ns IS NULL, frame, (p.t_ns - from_ns) / step.ns)
ORDER BY t_s;

-- What the other side has acknowledged, and how far it lets the sender go; and without packets, what the intervals say: two points
-- for each of them, where it begins and where it ends. An ACK that was overtaken says nothing of the window.
WITH step AS (
	SELECT iif((SELECT count(*) FROM packets) > 3 * :points, max((to_ns - from_ns) / :points, 1), NULL) AS ns FROM chosen
),
acks AS (
	SELECT max(p.t_ns, from_ns) AS t_ns, frame, max(ack) AS ack, max(ack + window) AS edge
	FROM packets AS p, chosen, step
	WHERE p.direction <> chosen.direction AND ack IS NOT NULL AND rst = 0
	GROUP BY iif(step.ns IS NULL, frame, max(p.t_ns - from_ns, -1) / step.ns)
),
lines AS (
	SELECT *, max(ack) OVER (ORDER BY frame) AS acked FROM acks
),
bins AS (
	SELECT own.t_ns, chosen.from_ns AS shown_from_ns, chosen.to_ns AS shown_to_ns, max(own.t_ns, chosen.first_ns) AS from_ns,
		min(own.t_ns + CAST(own.interval_ms * 1000000 AS INTEGER), max(chosen.last_ns, own.t_ns)) AS to_ns,
		own.new_bytes, own.acked_bytes, other.window_min,
		sum(own.new_bytes) OVER (ORDER BY own.t_ns) AS sent, sum(own.acked_bytes) OVER (ORDER BY own.t_ns) AS acked
	FROM chosen
	JOIN flow_timeline AS own USING (flow_id, direction)
	LEFT JOIN flow_timeline AS other
		ON other.flow_id = own.flow_id AND other.t_ns = own.t_ns AND other.direction <> own.direction
	WHERE NOT EXISTS (SELECT 1 FROM packets)
),
edges AS ( -- the least window of the interval; without one, the last one's edge. Never below what was sent
	SELECT *, max(max(acked + window_min, sent)) OVER (ORDER BY t_ns) AS edge,
		max(max(acked - acked_bytes + window_min, sent - new_bytes)) OVER (ORDER BY t_ns) AS first_edge
	FROM bins
),
points AS (
	SELECT t_ns, acked, edge, NULL AS sent FROM lines WHERE ack = acked
	UNION ALL
	SELECT to_ns, max(acked), (SELECT edge FROM lines WHERE ack = acked ORDER BY frame DESC LIMIT 1), NULL
	FROM lines, chosen GROUP BY to_ns
	UNION ALL
	SELECT from_ns, acked - acked_bytes, max(coalesce(lag(edge) OVER (ORDER BY t_ns), first_edge), sent - new_bytes),
		sent - new_bytes
	FROM edges WHERE to_ns > shown_from_ns AND from_ns <= shown_to_ns
	UNION ALL
	SELECT to_ns, acked, max(edge, sent), sent
	FROM edges WHERE to_ns > shown_from_ns AND from_ns <= shown_to_ns
)
SELECT (t_ns - from_ns + from_ns % 1000000000) / 1e9 AS t_s, acked AS acked_bytes, edge AS edge_bytes, sent AS sent_bytes
FROM points, chosen
ORDER BY t_s, acked_bytes, sent_bytes;

-- SACK blocks.
WITH range AS MATERIALIZED (
	SELECT count(*) > 3 * :points AS many, min(left_edge) AS low,
		max((max(right_edge) - min(left_edge)) / 400, 1) AS bytes
	FROM sacks
),
step AS MATERIALIZED ( -- where many lie on one another, one is drawn for all
	SELECT direction, from_ns, many, iif(many, max((to_ns - from_ns) / :points, 1), 1) AS ns, iif(many, bytes, 1) AS bytes, low
	FROM chosen, range
)
SELECT ((min(t_ns) + max(t_ns)) / 2 - from_ns + from_ns % 1000000000) / 1e9 AS t_s,
	min(left_edge) AS low_bytes, max(right_edge) AS high_bytes
FROM sacks AS s, step
WHERE s.direction <> step.direction AND t_ns >= from_ns
GROUP BY (t_ns - from_ns) / ns, (left_edge - low) / bytes
ORDER BY t_s, low_bytes;

-- What happened. With packets, at the numbers of its segment, or, where the other side's packet tells, of its ACK; without, at what
-- had been sent by then, a straight line within an interval. Where many lie on one another, one is drawn for all.
WITH bins AS (
	SELECT t_ns AS bin_ns, CAST(interval_ms * 1000000 AS INTEGER) AS length_ns, max(t_ns, first_ns) AS from_ns,
		min(t_ns + CAST(interval_ms * 1000000 AS INTEGER), max(last_ns, t_ns)) AS to_ns,
		new_bytes, sum(new_bytes) OVER (ORDER BY t_ns) - new_bytes AS before_bytes
	FROM chosen JOIN flow_timeline USING (flow_id, direction)
	WHERE NOT EXISTS (SELECT 1 FROM packets)
),
first_bin AS ( -- may be longer than the others
	SELECT bin_ns, bin_ns + length_ns AS end_ns, (SELECT min(length_ns) FROM bins) AS length_ns
	FROM bins ORDER BY bin_ns LIMIT 1
),
shown AS (
	SELECT e.t_ns, e.frame, e.len, e.direction = chosen.direction AS own,
		CASE WHEN kind = 'retransmission' THEN coalesce(cause, 'unknown')
			WHEN kind = 'unknown' THEN 'reordered_or_sent_again' ELSE kind END AS what
	FROM chosen
	JOIN events AS e USING (flow_id)
	-- a window is announced by the side that receives
	WHERE (e.direction = chosen.direction AND kind NOT IN ('zero_window', 'zero_window_end', 'late_response')
		OR e.direction <> chosen.direction AND kind IN ('zero_window', 'zero_window_end', 'reset'))
		AND e.t_ns >= chosen.from_ns AND e.t_ns <= chosen.to_ns
),
marks AS (
	SELECT shown.t_ns, what, -- what is said of a segment that is drawn already is a point at its end
		CASE WHEN p.direction <> chosen.direction THEN p.ack WHEN what IN ('spurious', 'window_full') THEN p.seq + p.len ELSE p.seq END AS low,
		iif(p.direction = chosen.direction, p.seq + p.len, p.ack) AS high
	FROM shown
	JOIN packets AS p USING (frame)
	JOIN chosen
	WHERE p.rst = 0
	UNION ALL -- who resets makes numbers up: it is drawn where the sender was
	SELECT shown.t_ns, what, sent, sent
	FROM shown
	JOIN packets AS p USING (frame)
	JOIN (SELECT max(seq + len) AS sent FROM packets AS p JOIN chosen USING (direction) WHERE p.rst = 0)
	WHERE p.rst = 1
	UNION ALL
	SELECT shown.t_ns, what,
		before_bytes + new_bytes * max(0, min(1, (shown.t_ns - bins.from_ns) * 1.0 / max(bins.to_ns - bins.from_ns, 1))),
		before_bytes + new_bytes * max(0, min(1, (shown.t_ns - bins.from_ns) * 1.0 / max(bins.to_ns - bins.from_ns, 1)))
	FROM shown
	JOIN first_bin
	JOIN bins ON bins.bin_ns = CASE WHEN shown.t_ns < first_bin.end_ns THEN first_bin.bin_ns
		ELSE shown.t_ns - shown.t_ns % first_bin.length_ns END
),
step AS (
	SELECT max((to_ns - from_ns) / (2 * :points), 1) AS ns, (SELECT max((max(high) - min(low)) / 400, 1) FROM marks) AS bytes
	FROM chosen
)
SELECT (min(marks.t_ns) - from_ns + from_ns % 1000000000) / 1e9 AS t_s,
	min(low) AS low_bytes, max(high) AS high_bytes, what, count(*) AS events
FROM marks, chosen, step
GROUP BY what, (marks.t_ns - from_ns) / step.ns, CAST(low / step.bytes AS INTEGER)
ORDER BY t_s, what;

-- SYN and FIN of the sender, RST of either side.
WITH flags AS (
	SELECT p.t_ns, iif(rst, 'R', iif(syn, 'S', 'F')) AS flag,
		iif(rst, (SELECT max(seq + len) FROM packets AS q WHERE q.direction = chosen.direction AND q.rst = 0), seq + len) AS bytes
	FROM packets AS p, chosen
	WHERE (rst = 1 OR ((syn = 1 OR fin = 1) AND p.direction = chosen.direction)) AND p.t_ns >= from_ns
)
SELECT (min(flags.t_ns) - from_ns + from_ns % 1000000000) / 1e9 AS t_s, bytes, flag, count(*) AS packets
FROM flags, chosen
GROUP BY flag, (flags.t_ns - from_ns) / max((to_ns - from_ns) / 30, 1)
ORDER BY t_s, flag;

-- Duplicate ACKs (RFC 5681; with news of SACK the window may be another), where packets are drawn singly.
WITH before AS (
	SELECT p.*, chosen.direction AS sender, chosen.from_ns,
		max(iif(p.direction <> chosen.direction AND rst = 0, ack, NULL)) OVER earlier AS acked,
		max(iif(p.direction = chosen.direction AND rst = 0, seq + len + fin, NULL)) OVER earlier AS sent,
		lag(window) OVER (PARTITION BY p.direction ORDER BY frame) AS last_window
	FROM packets AS p, chosen
	WHERE (SELECT count(*) FROM packets) <= 3 * :points
	WINDOW earlier AS (ORDER BY frame ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
SELECT (t_ns - from_ns + from_ns % 1000000000) / 1e9 AS t_s, ack AS bytes
FROM before
WHERE direction <> sender AND ack = acked AND sent > ack AND len = 0 AND syn + fin + rst = 0 AND t_ns >= from_ns
	AND (window IS last_window OR frame IN (SELECT frame FROM sacks))
ORDER BY t_s;
