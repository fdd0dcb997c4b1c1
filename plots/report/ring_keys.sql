-- place: with
-- about: The busiest keys of a ring's timeline, for parts that say `with: ring_keys` and which scope is `asked`.
top AS MATERIALIZED (
	SELECT key, sum(bytes) AS bytes, sum(flows_new) AS flows, sum(refused + unanswered) AS failed, sum(flows_reset) AS resets,
		100.0 * sum(retransmitted_segments - syn_retransmissions - fin_retransmissions) / nullif(sum(data_segments), 0) AS retrans_pct,
		100.0 * max(sum(lost_upstream + lost_downstream - spurious_retransmissions), 0) / nullif(sum(data_segments + lost_upstream), 0) AS loss_pct,
		sum(rtt_mean_ms * rtt_samples) / nullif(sum(rtt_samples), 0) AS rtt_mean_ms,
		nullif(sum(responses), 0) AS responses, max(response_max_ms) AS response_max_ms, count(*) OVER () AS of_rows
	FROM timeline
	WHERE scope = (SELECT scope FROM asked)
	GROUP BY key
	ORDER BY sum(bytes) DESC, key
	LIMIT :rows
), span AS MATERIALIZED (
	SELECT min(t_ns) AS first_ns, max(t_ns) - min(t_ns) + max(interval_ms) * 1e6 AS ns,
		min(40, 1 + CAST((max(t_ns) - min(t_ns)) / (max(interval_ms) * 1e6) AS INTEGER)) AS bins
	FROM timeline
	WHERE scope = 'all'
), bins AS (
	SELECT value AS bin FROM json_each('[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39]')
), trips AS MATERIALIZED ( -- a percentile of all is that of the intervals' own, weighted by their samples
	SELECT key, min(ms) FILTER (WHERE below >= 0.95 * samples) AS rtt_p95_ms
	FROM (
		SELECT top.key, t.rtt_p95_ms AS ms, sum(t.rtt_samples) OVER (PARTITION BY top.key ORDER BY t.rtt_p95_ms) AS below,
			sum(t.rtt_samples) OVER (PARTITION BY top.key) AS samples
		FROM top
		CROSS JOIN timeline AS t ON t.scope = (SELECT scope FROM asked) AND t.key = top.key AND t.rtt_samples > 0
	)
	GROUP BY key
), parts AS MATERIALIZED (
	SELECT top.key, CAST((t.t_ns - s.first_ns) * s.bins / s.ns AS INTEGER) AS bin, sum(t.bytes) AS bytes
	FROM span AS s
	CROSS JOIN top
	CROSS JOIN timeline AS t ON t.scope = (SELECT scope FROM asked) AND t.key = top.key
	GROUP BY 1, 2
), curves AS (
	SELECT key, group_concat(mbit, ' ') AS throughput
	FROM (
		SELECT top.key, printf('%.4g', coalesce(p.bytes, 0) * 8e3 * s.bins / s.ns) AS mbit
		FROM top
		JOIN span AS s
		JOIN bins ON bins.bin < s.bins AND s.bins > 1
		LEFT JOIN parts AS p ON p.key = top.key AND p.bin = bins.bin
		ORDER BY top.key, bins.bin
	)
	GROUP BY key
), ring_keys AS (
	SELECT key, bytes, throughput, flows, failed, resets, round(retrans_pct, 2) AS retrans_pct, round(loss_pct, 2) AS loss_pct,
		round(rtt_mean_ms, 3) AS rtt_mean_ms, round(rtt_p95_ms, 3) AS rtt_p95_ms, responses, round(response_max_ms, 3) AS response_max_ms, of_rows
	FROM top
	LEFT JOIN trips USING (key)
	LEFT JOIN curves USING (key)
)
