-- ring_keys: the busiest keys of a ring's timeline, of the `scope` in `asked`; under its `name` all that is no host's is summed.
-- Needs `called` and `curves`.
span AS MATERIALIZED (
	SELECT min(t_ns) AS first_ns, max(t_ns) - min(t_ns) + max(interval_ms) * 1e6 AS ns,
		min(40, 1 + CAST((max(t_ns) - min(t_ns)) / (max(interval_ms) * 1e6) AS INTEGER)) AS bins
	FROM timeline
	WHERE scope = 'all'
),
seen AS MATERIALIZED ( -- a catalog of weeks has millions of rows: they are looked at once, and once more for percentiles
	SELECT t.key, CAST((t.t_ns - s.first_ns) * s.bins / s.ns AS INTEGER) AS bin, sum(t.bytes) AS bytes,
		sum(t.flows_new) AS flows, sum(t.refused + t.unanswered) AS failed, sum(t.flows_reset) AS resets,
		sum(t.retransmitted_segments - t.syn_retransmissions - t.fin_retransmissions) AS again, sum(t.data_segments) AS data_segments,
		sum(t.lost_upstream) AS lost_upstream,
		sum(t.lost_downstream - t.spurious_retransmissions) AS lost_downstream, -- what is proved needless may be of an interval before
		sum(t.rtt_mean_ms * t.rtt_samples) AS rtt_sum, sum(t.rtt_samples) AS rtt_samples, sum(t.responses) AS responses,
		max(t.response_max_ms) AS response_max_ms
	FROM span AS s
	CROSS JOIN timeline AS t
	WHERE t.scope = (SELECT scope FROM asked)
	GROUP BY t.key, bin
),
keys AS (SELECT DISTINCT key FROM seen),
top AS MATERIALIZED (
	SELECT name AS key, sum(bytes) AS bytes, sum(flows) AS flows, sum(failed) AS failed, sum(resets) AS resets,
		100.0 * sum(again) / nullif(sum(data_segments), 0) AS retrans_pct,
		100.0 * (sum(lost_upstream) + max(sum(lost_downstream), 0))
			/ nullif(sum(data_segments) + sum(lost_upstream), 0) AS loss_pct,
		sum(rtt_sum) / nullif(sum(rtt_samples), 0) AS rtt_mean_ms,
		nullif(sum(responses), 0) AS responses, max(response_max_ms) AS response_max_ms, count(*) OVER () AS of_rows
	FROM seen
	JOIN called USING (key)
	GROUP BY name
	ORDER BY sum(bytes) DESC, name
	LIMIT :rows
),
trips AS MATERIALIZED ( -- a percentile of all is that of the intervals' own, weighted by their samples
	SELECT key, min(ms) FILTER (WHERE below >= 0.95 * samples) AS rtt_p95_ms
	FROM (
		SELECT key, rtt_p95_ms AS ms, sum(rtt_samples) OVER (PARTITION BY key ORDER BY rtt_p95_ms) AS below,
			sum(rtt_samples) OVER (PARTITION BY key) AS samples
		FROM timeline
		WHERE scope = (SELECT scope FROM asked) AND key IN (SELECT key FROM top) AND rtt_samples > 0
	)
	GROUP BY key
),
parts AS MATERIALIZED (
	SELECT name AS key, bin, sum(bytes) AS bytes FROM seen JOIN called USING (key) WHERE name IN (SELECT key FROM top) GROUP BY 1, 2
),
ring_keys AS (
	SELECT key, bytes, throughput, flows, failed, resets, round(retrans_pct, 2) AS retrans_pct, round(loss_pct, 2) AS loss_pct,
		round(rtt_mean_ms, 3) AS rtt_mean_ms, round(rtt_p95_ms, 3) AS rtt_p95_ms, responses,
		round(response_max_ms, 3) AS response_max_ms, of_rows
	FROM top
	LEFT JOIN trips USING (key)
	LEFT JOIN curves USING (key)
),
