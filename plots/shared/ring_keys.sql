-- ring_keys: the busiest keys of a ring's timeline, of the scope in `asked`. Needs `curves`.
top AS MATERIALIZED (
	SELECT key, sum(bytes) AS bytes, sum(flows_new) AS flows, sum(refused + unanswered) AS failed, sum(flows_reset) AS resets,
		100.0 * sum(retransmitted_segments - syn_retransmissions - fin_retransmissions) / nullif(sum(data_segments), 0)
			AS retrans_pct,
		100.0 * max(sum(lost_upstream + lost_downstream - spurious_retransmissions), 0)
			/ nullif(sum(data_segments + lost_upstream), 0) AS loss_pct,
		sum(rtt_mean_ms * rtt_samples) / nullif(sum(rtt_samples), 0) AS rtt_mean_ms,
		nullif(sum(responses), 0) AS responses, max(response_max_ms) AS response_max_ms, count(*) OVER () AS of_rows
	FROM timeline
	WHERE scope = (SELECT scope FROM asked)
	GROUP BY key
	ORDER BY sum(bytes) DESC, key
	LIMIT :rows
),
span AS MATERIALIZED (
	SELECT min(t_ns) AS first_ns, max(t_ns) - min(t_ns) + max(interval_ms) * 1e6 AS ns,
		min(40, 1 + CAST((max(t_ns) - min(t_ns)) / (max(interval_ms) * 1e6) AS INTEGER)) AS bins
	FROM timeline
	WHERE scope = 'all'
),
trips AS MATERIALIZED ( -- a percentile of all is that of the intervals' own, weighted by their samples
	SELECT key, min(ms) FILTER (WHERE below >= 0.95 * samples) AS rtt_p95_ms
	FROM (
		SELECT top.key, t.rtt_p95_ms AS ms, sum(t.rtt_samples) OVER (PARTITION BY top.key ORDER BY t.rtt_p95_ms) AS below,
			sum(t.rtt_samples) OVER (PARTITION BY top.key) AS samples
		FROM top
		CROSS JOIN timeline AS t ON t.scope = (SELECT scope FROM asked) AND t.key = top.key AND t.rtt_samples > 0
	)
	GROUP BY key
),
parts AS MATERIALIZED (
	SELECT top.key, CAST((t.t_ns - s.first_ns) * s.bins / s.ns AS INTEGER) AS bin, sum(t.bytes) AS bytes
	FROM span AS s
	CROSS JOIN top
	CROSS JOIN timeline AS t ON t.scope = (SELECT scope FROM asked) AND t.key = top.key
	GROUP BY 1, 2
),
ring_keys AS (
	SELECT key, bytes, throughput, flows, failed, resets, round(retrans_pct, 2) AS retrans_pct, round(loss_pct, 2) AS loss_pct,
		round(rtt_mean_ms, 3) AS rtt_mean_ms, round(rtt_p95_ms, 3) AS rtt_p95_ms, responses,
		round(response_max_ms, 3) AS response_max_ms, of_rows
	FROM top
	LEFT JOIN trips USING (key)
	LEFT JOIN curves USING (key)
),
