-- place: capture
-- order: 40
-- key: loss
-- title: Loss
-- about: Before the tap: between the sender and where the packets were captured; after it: between there and the receiver.
-- chart: loss
-- chart: retransmissions
-- batch: table
-- rows: pairs of hosts
-- most: 10
-- column: sender code sender
-- column: receiver code receiver
-- column: flows count +flows
-- column: data_segments count segments
-- column: lost_upstream count before tap
-- column: lost_downstream count after tap
-- column: loss_pct number lost, %
-- column: retransmitted count again
-- column: fast count +fast
-- column: timeout count +after a time-out
-- column: probes count +tail loss probes
-- column: spurious count +needlessly
-- column: reordered count +out of order
WITH range AS ( -- ids follow the captures
	SELECT coalesce(sum(flows), 0) AS low, coalesce(sum(flows), 0) + (SELECT flows FROM captures WHERE id = :capture) AS high
	FROM captures
	WHERE id < :capture
), troubled AS MATERIALIZED ( -- pairs of hosts; what they did not lose counts, too
	SELECT DISTINCT iif(d.direction = 'c2s', f.client_ip, f.server_ip) AS sender, iif(d.direction = 'c2s', f.server_ip, f.client_ip) AS receiver
	FROM range
	CROSS JOIN flow_directions AS d
	JOIN flows AS f ON f.id = d.flow_id
	WHERE d.retransmitted_segments > 0 AND d.flow_id > low AND d.flow_id <= high AND d.data_segments > 0
), pairs AS (
	SELECT sender, receiver, count(*) AS flows, sum(data_segments) AS data_segments, sum(lost_upstream) AS lost_upstream,
		sum(lost_downstream) AS lost_downstream, sum(retransmitted_segments - syn_retransmissions - fin_retransmissions) AS retransmitted,
		sum(fast_retransmissions) AS fast, sum(timeout_retransmissions + slow_start_retransmissions) AS timeout, sum(tail_loss_probes) AS probes,
		sum(spurious_retransmissions) AS spurious, sum(reordered_segments) AS reordered
	FROM (
		SELECT iif(d.direction = 'c2s', f.client_ip, f.server_ip) AS sender, iif(d.direction = 'c2s', f.server_ip, f.client_ip) AS receiver, d.*
		FROM flows AS f
		JOIN flow_directions AS d ON d.flow_id = f.id
		WHERE f.capture_id = :capture AND f.protocol = 'tcp' AND EXISTS (SELECT 1 FROM troubled)
	)
	WHERE (sender, receiver) IN (SELECT sender, receiver FROM troubled)
	GROUP BY sender, receiver
)
SELECT sender, receiver, flows, data_segments, lost_upstream, lost_downstream,
	round(100.0 * max(lost_upstream + lost_downstream - spurious, 0) / nullif(data_segments + lost_upstream, 0), 2) AS loss_pct,
	retransmitted, fast, timeout, probes, spurious, reordered, count(*) OVER () AS of_rows
FROM pairs
WHERE retransmitted > spurious OR lost_upstream + lost_downstream > 0
ORDER BY retransmitted + lost_upstream + lost_downstream DESC, sender, receiver
LIMIT :rows;
