-- title: What held senders back
-- about: what held the sender back, as shares of the time; below, the throughput; of all flows without --flow
-- gallery: zero_window.snd --flow 1
-- see: For two seconds the receiver did not read; before and after, its buffer was what limited the sender.
-- gallery: loss_20ms.snd
-- see: All flows together: 1 % of the segments are lost, and repairing that takes four fifths of the time.
-- The direction with more data: a row of flow_timeline is of the time that begins where the one before it ended, so a silence is drawn
-- as what it was. Of all flows: how much of each bin their rows cover.
WITH larger AS MATERIALIZED (
	SELECT flow_id, iif(total(iif(direction = 'c2s', data_bytes, -data_bytes)) < 0, 's2c', 'c2s') AS direction
	FROM flow_timeline
	WHERE (:flow IS NULL OR flow_id = :flow)
		AND (:flow IS NOT NULL OR :capture IS NULL OR flow_id IN (SELECT id FROM flows WHERE capture_id = :capture))
	GROUP BY flow_id
),
rows AS (
	SELECT flow_id, t_ns, limited_handshake_us AS handshake, limited_application_us AS application,
		coalesce(limited_receive_window_us, 0) AS receive_window, limited_zero_window_us AS zero_window,
		limited_recovery_us AS recovery, limited_network_us AS network,
		limited_handshake_us + limited_application_us + coalesce(limited_receive_window_us, 0) + limited_zero_window_us
			+ limited_recovery_us + limited_network_us AS told
	FROM larger CROSS JOIN flow_timeline AS t USING (flow_id)
	WHERE t.direction = coalesce(:direction, larger.direction)
),
spans AS MATERIALIZED (
	SELECT first_ns + 1000 * (sum(told) OVER so_far - told) AS from_ns, first_ns + 1000 * sum(told) OVER so_far AS to_ns,
		told, handshake, application, receive_window, zero_window, recovery, network
	FROM rows JOIN flows ON id = flow_id
	WINDOW so_far AS (PARTITION BY flow_id ORDER BY t_ns ROWS UNBOUNDED PRECEDING)
),
shown AS (
	SELECT *, min(from_ns) OVER () AS begin_ns, (max(to_ns) OVER () - min(from_ns) OVER ()) * 4 / :points + 1 AS bin_ns,
		count(*) OVER () AS spans
	FROM spans
	WHERE :flow IS NOT NULL AND told > 0 AND to_ns > from_ns AND (:from IS NULL OR to_ns > :from) AND (:to IS NULL OR from_ns < :to)
),
-- Of all flows: spans overlap, and may be longer than a bin. Each adds its shares where it begins and takes them away where it ends; what
-- has been added up to a bin's edge, times how long ago, is the time until then.
period AS (
	SELECT max(min(from_ns), coalesce(:from, min(from_ns))) AS begin_ns, min(max(to_ns), coalesce(:to, max(to_ns))) AS end_ns,
		(SELECT CAST(min(interval_ms) * 1000000 AS INTEGER) FROM captures WHERE :capture IS NULL OR id = :capture) AS interval_ns
	FROM spans
	WHERE :flow IS NULL AND told > 0
),
grid AS (
	SELECT *, max(coalesce(interval_ns, 0), (end_ns - begin_ns) * 4 / :points + 1) AS bin_ns FROM period WHERE begin_ns < end_ns
),
edges AS (
	SELECT (max(from_ns, begin_ns) - begin_ns) / 1e3 AS at_us, (max(from_ns, begin_ns) - begin_ns) / bin_ns AS bin,
		1.0 / told AS part, s.*
	FROM spans AS s, grid
	WHERE told > 0 AND to_ns > begin_ns AND from_ns < end_ns
	UNION ALL
	SELECT (to_ns - begin_ns) / 1e3, (to_ns - begin_ns) / bin_ns, -1.0 / told, s.*
	FROM spans AS s, grid
	WHERE told > 0 AND to_ns > begin_ns AND to_ns < end_ns
),
changes AS (
	SELECT bin, sum(part * handshake) AS handshake, sum(part * handshake * at_us) AS handshake_at,
		sum(part * application) AS application, sum(part * application * at_us) AS application_at,
		sum(part * receive_window) AS receive_window, sum(part * receive_window * at_us) AS receive_window_at,
		sum(part * zero_window) AS zero_window, sum(part * zero_window * at_us) AS zero_window_at,
		sum(part * recovery) AS recovery, sum(part * recovery * at_us) AS recovery_at,
		sum(part * network) AS network, sum(part * network * at_us) AS network_at
	FROM edges
	GROUP BY bin
),
numbers AS (
	SELECT 0 AS bin FROM grid
	UNION ALL
	SELECT bin + 1 FROM numbers, grid WHERE (bin + 1) * bin_ns < end_ns - begin_ns
),
until AS ( -- the time of each up to the end of a bin, microseconds
	SELECT n.bin, begin_ns + n.bin * bin_ns AS from_ns, min(begin_ns + (n.bin + 1) * bin_ns, end_ns) AS to_ns,
		min((n.bin + 1) * bin_ns, end_ns - begin_ns) / 1e3 * total(handshake) OVER so_far - total(handshake_at) OVER so_far AS handshake,
		min((n.bin + 1) * bin_ns, end_ns - begin_ns) / 1e3 * total(application) OVER so_far - total(application_at) OVER so_far
			AS application,
		min((n.bin + 1) * bin_ns, end_ns - begin_ns) / 1e3 * total(receive_window) OVER so_far
			- total(receive_window_at) OVER so_far AS receive_window,
		min((n.bin + 1) * bin_ns, end_ns - begin_ns) / 1e3 * total(zero_window) OVER so_far - total(zero_window_at) OVER so_far
			AS zero_window,
		min((n.bin + 1) * bin_ns, end_ns - begin_ns) / 1e3 * total(recovery) OVER so_far - total(recovery_at) OVER so_far AS recovery,
		min((n.bin + 1) * bin_ns, end_ns - begin_ns) / 1e3 * total(network) OVER so_far - total(network_at) OVER so_far AS network
	FROM numbers AS n CROSS JOIN grid LEFT JOIN changes USING (bin)
	WINDOW so_far AS (ORDER BY n.bin ROWS UNBOUNDED PRECEDING)
),
covered AS ( -- what rounding leaves is nothing
	SELECT from_ns, to_ns, max(handshake - coalesce(lag(handshake) OVER by_bin, 0), 0) AS handshake,
		max(application - coalesce(lag(application) OVER by_bin, 0), 0) AS application,
		max(receive_window - coalesce(lag(receive_window) OVER by_bin, 0), 0) AS receive_window,
		max(zero_window - coalesce(lag(zero_window) OVER by_bin, 0), 0) AS zero_window,
		max(recovery - coalesce(lag(recovery) OVER by_bin, 0), 0) AS recovery,
		max(network - coalesce(lag(network) OVER by_bin, 0), 0) AS network
	FROM until
	WINDOW by_bin AS (ORDER BY bin)
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
	told / 1e6 AS told_s, (SELECT coalesce(:direction, direction) FROM larger WHERE :flow IS NOT NULL) AS direction
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
