-- title: What held senders back
-- about: what held the sender back, as shares of the time; below, the throughput; of all flows without --flow
-- empty: no side of a TCP connection sent data
-- gallery: zero_window.snd --flow 1
-- see: For two seconds the receiver did not read; before and after, its buffer was what limited the sender.
-- gallery: loss_20ms.snd
-- see: All flows together: 1 % of the segments are lost, and repairing that takes four fifths of the time.
-- The direction with more data: a row of flow_timeline is of the time that begins where the one before it ended, so a silence is drawn
-- as what it was. Of all flows: how much of each bin their rows cover.
WITH RECURSIVE ids (id) AS ( -- which flows have rows: one look into the index for each
	SELECT min(flow_id) FROM flow_timeline WHERE :flow IS NULL
	UNION ALL
	SELECT (SELECT min(flow_id) FROM flow_timeline WHERE flow_id > id) FROM ids WHERE id IS NOT NULL
),
larger AS MATERIALIZED (
	SELECT flows.id AS flow_id, first_ns,
		coalesce(:direction, (SELECT iif(total(iif(direction = 'c2s', data_bytes, -data_bytes)) < 0, 's2c', 'c2s')
		FROM flow_directions WHERE flow_id = flows.id)) AS direction
	FROM (SELECT id FROM ids UNION ALL SELECT :flow) CROSS JOIN flows USING (id)
	WHERE :flow IS NOT NULL OR :capture IS NULL OR capture_id = :capture
),
spans AS MATERIALIZED ( -- from subqueries: what is named by WITH, SQLite would write to tables of its own first
	SELECT first_ns + 1000 * (sum(told) OVER so_far - told) AS from_ns, told, handshake, application, receive_window, zero_window,
		recovery, network
	FROM (
		SELECT *, handshake + application + receive_window + zero_window + recovery + network AS told
		FROM ( -- of one flow by its index; of all as they lie in the file, which is several times faster than one by one
			SELECT flow_id, t_ns, first_ns, limited_handshake_us AS handshake, limited_application_us AS application,
				coalesce(limited_receive_window_us, 0) AS receive_window, limited_zero_window_us AS zero_window,
				limited_recovery_us AS recovery, limited_network_us AS network
			FROM larger CROSS JOIN flow_timeline USING (flow_id, direction)
			WHERE :flow IS NOT NULL
			UNION ALL
			SELECT t.flow_id, t_ns, first_ns, limited_handshake_us, limited_application_us, coalesce(limited_receive_window_us, 0),
				limited_zero_window_us, limited_recovery_us, limited_network_us
			FROM flow_timeline AS t NOT INDEXED CROSS JOIN larger AS l ON l.flow_id = t.flow_id AND l.direction = t.direction
			WHERE :flow IS NULL
		)
	)
	WHERE told > 0
	WINDOW so_far AS (PARTITION BY flow_id ORDER BY t_ns ROWS UNBOUNDED PRECEDING)
),
shown AS (
	SELECT *, from_ns + 1000 * told AS to_ns, min(from_ns) OVER () AS begin_ns,
		(max(from_ns + 1000 * told) OVER () - min(from_ns) OVER ()) * 4 / :points + 1 AS bin_ns, count(*) OVER () AS spans
	FROM spans
	WHERE :flow IS NOT NULL AND (:from IS NULL OR from_ns + 1000 * told > :from) AND (:to IS NULL OR from_ns < :to)
),
-- Of all flows: spans overlap, and may be longer than a bin. Each gives to the bins where it begins and ends what of it lies there; what it
-- gives to each of those between begins with the first of them and ends with the last.
period AS (
	SELECT max(min(from_ns), coalesce(:from, min(from_ns))) AS begin_ns,
		min(max(from_ns + 1000 * told), coalesce(:to, max(from_ns + 1000 * told))) AS end_ns,
		(SELECT CAST(min(interval_ms) * 1000000 AS INTEGER) FROM captures WHERE :capture IS NULL OR id = :capture) AS interval_ns
	FROM spans
	WHERE :flow IS NULL
),
grid AS (
	SELECT *, max(coalesce(interval_ns, 0), (end_ns - begin_ns) * 4 / :points + 1) AS bin_ns FROM period WHERE begin_ns < end_ns
),
-- Those that begin in one bin and end in one, together. The LIMITs keep SQLite from computing a column anew for each use.
alike AS MATERIALIZED (
	SELECT pair >> 32 AS first, pair & 0xffffffff AS last,
		sum(head * handshake) AS head_handshake, sum(head * application) AS head_application,
		sum(head * receive_window) AS head_receive_window, sum(head * zero_window) AS head_zero_window,
		sum(head * recovery) AS head_recovery, sum(head * network) AS head_network,
		sum(body * handshake) AS body_handshake, sum(body * application) AS body_application,
		sum(body * receive_window) AS body_receive_window, sum(body * zero_window) AS body_zero_window,
		sum(body * recovery) AS body_recovery, sum(body * network) AS body_network,
		sum(tail * handshake) AS tail_handshake, sum(tail * application) AS tail_application,
		sum(tail * receive_window) AS tail_receive_window, sum(tail * zero_window) AS tail_zero_window,
		sum(tail * recovery) AS tail_recovery, sum(tail * network) AS tail_network
	FROM (
		SELECT from_ns / bin_ns << 32 | to_ns / bin_ns AS pair,
			(min(to_ns, (from_ns / bin_ns + 1) * bin_ns) - from_ns) / told_ns AS head, bin_ns / told_ns AS body,
			to_ns % bin_ns / told_ns AS tail, handshake, application, receive_window, zero_window, recovery, network
		FROM (
			SELECT max(from_ns, begin_ns) - begin_ns AS from_ns, min(from_ns + 1000 * told, end_ns) - begin_ns AS to_ns,
				1000.0 * told AS told_ns, bin_ns, handshake, application, receive_window, zero_window, recovery, network
			FROM grid CROSS JOIN spans
			WHERE from_ns < end_ns AND from_ns + 1000 * told > begin_ns
			LIMIT -1
		)
		LIMIT -1
	)
	GROUP BY pair -- one number, which is sorted faster than two
),
within AS (
	SELECT bin, sum(handshake) AS handshake, sum(application) AS application, sum(receive_window) AS receive_window,
		sum(zero_window) AS zero_window, sum(recovery) AS recovery, sum(network) AS network
	FROM (
		SELECT first AS bin, head_handshake AS handshake, head_application AS application, head_receive_window AS receive_window,
			head_zero_window AS zero_window, head_recovery AS recovery, head_network AS network
		FROM alike
		UNION ALL
		SELECT last, tail_handshake, tail_application, tail_receive_window, tail_zero_window, tail_recovery, tail_network
		FROM alike
		WHERE last > first
	)
	GROUP BY bin
),
changes AS (
	SELECT bin, sum(handshake) AS handshake, sum(application) AS application, sum(receive_window) AS receive_window,
		sum(zero_window) AS zero_window, sum(recovery) AS recovery, sum(network) AS network
	FROM (
		SELECT first + 1 AS bin, body_handshake AS handshake, body_application AS application,
			body_receive_window AS receive_window, body_zero_window AS zero_window, body_recovery AS recovery, body_network AS network
		FROM alike
		WHERE last > first + 1
		UNION ALL
		SELECT last, -body_handshake, -body_application, -body_receive_window, -body_zero_window, -body_recovery, -body_network
		FROM alike
		WHERE last > first + 1
	)
	GROUP BY bin
),
numbers AS (
	SELECT 0 AS bin FROM grid
	UNION ALL
	SELECT bin + 1 FROM numbers, grid WHERE (bin + 1) * bin_ns < end_ns - begin_ns
),
covered AS ( -- microseconds; what rounding leaves is nothing
	SELECT begin_ns + n.bin * bin_ns AS from_ns, min(begin_ns + (n.bin + 1) * bin_ns, end_ns) AS to_ns,
		max(coalesce(w.handshake, 0) + total(c.handshake) OVER so_far, 0) AS handshake,
		max(coalesce(w.application, 0) + total(c.application) OVER so_far, 0) AS application,
		max(coalesce(w.receive_window, 0) + total(c.receive_window) OVER so_far, 0) AS receive_window,
		max(coalesce(w.zero_window, 0) + total(c.zero_window) OVER so_far, 0) AS zero_window,
		max(coalesce(w.recovery, 0) + total(c.recovery) OVER so_far, 0) AS recovery,
		max(coalesce(w.network, 0) + total(c.network) OVER so_far, 0) AS network
	FROM numbers AS n CROSS JOIN grid LEFT JOIN within AS w USING (bin) LEFT JOIN changes AS c ON c.bin = n.bin
	WINDOW so_far AS (ORDER BY n.bin ROWS UNBOUNDED PRECEDING)
),
bins AS (
	SELECT min(from_ns) AS from_ns, max(to_ns) AS to_ns, sum(told) AS told, sum(handshake) AS handshake, sum(application) AS application,
		sum(receive_window) AS receive_window, sum(zero_window) AS zero_window, sum(recovery) AS recovery, sum(network) AS network
	FROM shown
	GROUP BY iif(spans > :points / 4, (from_ns - begin_ns) / bin_ns, from_ns)
	UNION ALL
	SELECT from_ns, to_ns, told, handshake, application, receive_window, zero_window, recovery, network
	FROM (SELECT *, handshake + application + receive_window + zero_window + recovery + network AS told FROM covered)
	WHERE told >= 1
)
SELECT max(from_ns, coalesce(:from, from_ns)) / 1e9 AS t, min(to_ns, coalesce(:to, to_ns)) / 1e9 AS end,
	-- stacked: each column includes those before it
	100.0 * network / told AS network_pct,
	100.0 * (network + recovery) / told AS recovery_pct,
	100.0 * (network + recovery + receive_window) / told AS receive_window_pct,
	100.0 * (network + recovery + receive_window + zero_window) / told AS zero_window_pct,
	100.0 * (network + recovery + receive_window + zero_window + application) / told AS application_pct,
	100.0 AS handshake_pct,
	told / 1e6 AS told_s, (SELECT direction FROM larger WHERE :flow IS NOT NULL) AS direction
FROM bins
UNION ALL -- where nothing follows
SELECT min(to_ns, coalesce(:to, to_ns)) / 1e9, min(to_ns, coalesce(:to, to_ns)) / 1e9, 0, 0, 0, 0, 0, 0, 0, NULL
FROM bins
WHERE to_ns NOT IN (SELECT from_ns FROM bins) OR to_ns > :to
ORDER BY t;

-- The throughput of the same. Bins as above; zeros where nothing follows, so that a silence is drawn as one.
WITH larger AS (
	SELECT direction FROM flow_timeline WHERE flow_id = :flow AND (:direction IS NULL OR direction = :direction)
	GROUP BY direction ORDER BY sum(data_bytes) DESC, direction LIMIT 1
),
rows AS (
	SELECT t_ns, t_ns + CAST(interval_ms * 1000000 AS INTEGER) AS end_ns, bytes, new_bytes
	FROM larger JOIN flow_timeline USING (direction)
	WHERE flow_id = :flow
	UNION ALL
	SELECT t_ns, max(t_ns + CAST(interval_ms * 1000000 AS INTEGER)), sum(bytes), sum(new_bytes)
	FROM timeline
	WHERE :flow IS NULL AND scope = 'all' AND key = '' AND (:capture IS NULL OR capture_id = :capture)
	GROUP BY t_ns
),
shown AS (
	SELECT *, min(t_ns) OVER () / length_ns * length_ns AS begin_ns,
		max((max(end_ns) OVER () - min(t_ns) OVER ()) * 2 / (length_ns * :points) + 1, 1)
		* length_ns AS bin_ns
	FROM (SELECT *, iif(:flow IS NULL, max(end_ns - t_ns) OVER (), min(end_ns - t_ns) OVER ()) AS length_ns FROM rows)
	WHERE (:from IS NULL OR end_ns > :from) AND (:to IS NULL OR t_ns < :to)
),
bins AS (
	SELECT begin_ns + (t_ns - begin_ns) / bin_ns * bin_ns AS t_ns,
		max(max(end_ns), begin_ns + ((t_ns - begin_ns) / bin_ns + 1) * bin_ns) AS end_ns,
		sum(bytes) AS bytes, sum(new_bytes) AS new_bytes
	FROM shown
	GROUP BY (t_ns - begin_ns) / bin_ns
)
SELECT t_ns / 1e9 AS t, bytes * 8000.0 / (end_ns - t_ns) AS total_mbit, new_bytes * 8000.0 / (end_ns - t_ns) AS goodput_mbit
FROM bins
UNION ALL
SELECT end_ns / 1e9, 0, 0 FROM bins WHERE end_ns NOT IN (SELECT t_ns FROM bins)
ORDER BY t;
