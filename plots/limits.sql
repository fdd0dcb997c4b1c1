-- title: What held senders back
-- about: what held the sender back, as shares of the time; below, the throughput; of all flows without --flow
-- gallery: zero_window.snd --flow 1
-- see: For two seconds the receiver did not read; before and after, its buffer was what limited the sender.
-- gallery: loss_20ms.snd
-- see: All flows together: 2 % of the packets are lost, and the smaller windows after each loss are what limits.
-- Of one flow, the direction with more data: a row of flow_timeline is of the time that begins where the one before it ended, so a
-- silence is drawn as what it was. Of all flows: an interval's rows together; a silence counts for no more than its last interval.
WITH larger AS MATERIALIZED (
	SELECT flow_id, iif(total(iif(direction = 'c2s', data_bytes, -data_bytes)) < 0, 's2c', 'c2s') AS direction
	FROM flow_timeline
	WHERE (:flow IS NULL OR flow_id = :flow)
		AND (:flow IS NOT NULL OR :capture IS NULL OR flow_id IN (SELECT id FROM flows WHERE capture_id = :capture))
	GROUP BY flow_id
),
rows AS (
	SELECT flow_id, t_ns, interval_ms * 1000 AS length_us, limited_handshake_us AS handshake, limited_application_us AS application,
		coalesce(limited_receive_window_us, 0) AS receive_window, limited_zero_window_us AS zero_window,
		limited_recovery_us AS recovery, limited_network_us AS network,
		limited_handshake_us + limited_application_us + coalesce(limited_receive_window_us, 0) + limited_zero_window_us
			+ limited_recovery_us + limited_network_us AS told
	FROM larger CROSS JOIN flow_timeline AS t USING (flow_id)
	WHERE t.direction = coalesce(:direction, larger.direction)
		AND (:flow IS NOT NULL OR (:from IS NULL OR t_ns >= :from) AND (:to IS NULL OR t_ns < :to))
),
spans AS (
	SELECT first_ns + 1000 * (sum(told) OVER (ORDER BY t_ns ROWS UNBOUNDED PRECEDING) - told) AS from_ns,
		first_ns + 1000 * sum(told) OVER (ORDER BY t_ns ROWS UNBOUNDED PRECEDING) AS to_ns,
		told, handshake, application, receive_window, zero_window, recovery, network
	FROM rows JOIN flows ON id = flow_id
	WHERE :flow IS NOT NULL
	UNION ALL
	SELECT t_ns, t_ns + (SELECT CAST(min(interval_ms) * 1000000 AS INTEGER) FROM captures WHERE :capture IS NULL OR id = :capture),
		sum(told * weight), sum(handshake * weight), sum(application * weight),
		sum(receive_window * weight), sum(zero_window * weight), sum(recovery * weight), sum(network * weight)
	FROM (SELECT *, min(1.0, length_us / told) AS weight FROM rows WHERE :flow IS NULL AND told > 0)
	GROUP BY t_ns
),
shown AS (
	SELECT *, min(from_ns) OVER () AS begin_ns, (max(to_ns) OVER () - min(from_ns) OVER ()) * 4 / :points + 1 AS bin_ns,
		count(*) OVER () AS spans
	FROM spans
	WHERE told > 0 AND to_ns > from_ns AND (:from IS NULL OR to_ns > :from) AND (:to IS NULL OR from_ns < :to)
),
bins AS (
	SELECT min(from_ns) AS from_ns, max(to_ns) AS to_ns, sum(told) AS told, sum(handshake) AS handshake, sum(application) AS application,
		sum(receive_window) AS receive_window, sum(zero_window) AS zero_window, sum(recovery) AS recovery, sum(network) AS network
	FROM shown
	GROUP BY iif(spans > :points / 4, (from_ns - begin_ns) / bin_ns, from_ns)
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
	SELECT *, min(t_ns) OVER () AS begin_ns,
		max((max(end_ns) OVER () - min(t_ns) OVER ()) * 2 / (min(end_ns - t_ns) OVER () * :points) + 1, 1)
		* min(end_ns - t_ns) OVER () AS bin_ns
	FROM rows
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
