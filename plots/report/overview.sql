-- place: overview
-- order: 10
-- key: overview
-- title: Overview
-- shape: facts
-- chart: overview
-- with: capture_intervals
-- with: percentiles
-- with: flow_range
-- with: data_losses
-- column: first_time time began
-- column: duration_ms ms lasted
-- column: packets count packets
-- column: bytes bytes on the wire
-- column: mbit_per_s rate rate, mean
-- column: goodput_mbit_per_s rate goodput
-- column: flows count flows
-- column: flow_kinds words flows by kind
-- column: data_segments count segments with data
-- column: retransmitted count data segments sent again
-- column: retrans_pct percent sent again, %
-- column: loss_pct percent lost, %
-- column: rtt_mean_ms ms RTT, mean
-- column: rtt_p95_ms ms RTT, p95
-- column: responses count requests answered
-- column: response_p95_ms ms answer, p95
-- column: response_max_ms ms slowest answer
WITH measured AS (
	SELECT sum(new_bytes) AS new_bytes, sum(data_segments) AS data_segments,
		sum(retransmitted_segments - syn_retransmissions - fin_retransmissions) AS retransmitted,
		sum(rtt_mean_ms * rtt_samples) / nullif(sum(rtt_samples), 0) AS rtt_mean_ms,
		sum(responses) AS responses,
		max(response_max_ms) AS response_max_ms
	FROM timeline
	WHERE scope = 'all' AND capture_id = :capture
), kinds AS (
	SELECT iif(protocol = 'tcp', 'TCP ' || replace(state, '_', ' '), upper(protocol)) AS kind, count(*) AS flows
	FROM flows
	WHERE capture_id = :capture
	GROUP BY 1
	ORDER BY 2 DESC, 1
)
SELECT c.first_ns AS first_time, (c.last_ns - c.first_ns) / 1e6 AS duration_ms, c.packets, c.bytes,
	round(c.bytes * 8e3 / nullif(c.last_ns - c.first_ns, 0), 6) AS mbit_per_s,
	iif(m.new_bytes > 0, round(m.new_bytes * 8e3 / nullif(c.last_ns - c.first_ns, 0), 6), NULL) AS goodput_mbit_per_s,
	c.flows, (SELECT group_concat(printf('%,d %s', flows, kind), ', ') FROM kinds) AS flow_kinds,
	nullif(m.data_segments, 0) AS data_segments, iif(m.data_segments > 0, m.retransmitted, NULL) AS retransmitted,
	round(100.0 * m.retransmitted / nullif(m.data_segments, 0), 2) AS retrans_pct,
	round(100.0 * lost / nullif(m.data_segments + unseen, 0), 2) AS loss_pct,
	round(m.rtt_mean_ms, 3) AS rtt_mean_ms, round((SELECT p95_ms FROM percentiles WHERE place = 1), 3) AS rtt_p95_ms,
	nullif(m.responses, 0) AS responses,
	round((SELECT p95_ms FROM percentiles WHERE place = 3), 3) AS response_p95_ms, round(m.response_max_ms, 3) AS response_max_ms
FROM captures AS c, measured AS m, gone
WHERE c.id = :capture AND c.packets > 0;
