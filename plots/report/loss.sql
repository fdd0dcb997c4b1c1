-- place: capture
-- order: 40
-- key: loss
-- title: Loss
-- about: Before the tap: between the sender and where the packets were captured; after it: between there and the receiver.
-- about: A SYN or FIN counts where it was lost and why it was sent again; the share lost and what was sent again are of data.
-- chart: loss
-- chart: retransmissions
-- batch: table
-- rows: services and directions
-- most: 10
-- with: flow_range
-- column: server code server
-- column: direction words -
-- column: -way words of data
-- column: flows count +flows
-- column: data_segments count segments
-- column: lost_upstream count before tap
-- column: lost_downstream count after tap
-- column: loss_pct percent lost, %
-- column: retransmitted count again
-- column: fast count +fast
-- column: timeout count +after a time-out
-- column: probes count +tail loss probes
-- column: spurious count +needlessly
-- column: reordered count +out of order
WITH troubled AS MATERIALIZED ( -- what of these was not lost counts, too
	SELECT DISTINCT f.server_ip, f.server_port, d.direction
	FROM range
	CROSS JOIN flow_directions AS d
	JOIN flows AS f ON f.id = d.flow_id
	WHERE d.retransmitted_segments > 0 AND d.flow_id > low AND d.flow_id <= high AND d.data_segments > 0
), sent AS (
	SELECT f.server_ip, f.server_port, d.direction, count(*) AS flows, sum(d.data_segments) AS data_segments,
		sum(d.lost_upstream) AS lost_upstream,
		sum(d.lost_downstream) AS lost_downstream,
		sum(max(min(d.lost_upstream + d.lost_downstream, d.retransmitted_segments - d.syn_retransmissions - d.fin_retransmissions),
			d.lost_upstream + d.lost_downstream - d.syn_retransmissions - d.fin_retransmissions, 0)) AS lost, -- beyond that: SYN, FIN
		sum(max(min(d.lost_upstream, d.retransmitted_segments - d.syn_retransmissions - d.fin_retransmissions),
			d.lost_upstream - d.syn_retransmissions - d.fin_retransmissions)) AS unseen,
		sum(d.retransmitted_segments - d.syn_retransmissions - d.fin_retransmissions) AS retransmitted, sum(d.fast_retransmissions) AS fast,
		sum(d.timeout_retransmissions + d.slow_start_retransmissions) AS timeout, sum(d.tail_loss_probes) AS probes,
		sum(d.spurious_retransmissions) AS spurious, sum(d.reordered_segments) AS reordered
	FROM flows AS f
	JOIN flow_directions AS d ON d.flow_id = f.id
	WHERE f.capture_id = :capture AND f.protocol = 'tcp' AND (f.server_ip, f.server_port, d.direction) IN (SELECT * FROM troubled)
	GROUP BY f.server_ip, f.server_port, d.direction
)
SELECT iif(server_ip LIKE '%:%', '[' || server_ip || ']', server_ip) || ':' || server_port AS server, direction,
	iif(direction = 'c2s', 'to it', 'from it') AS way, flows, data_segments, lost_upstream, lost_downstream,
	round(100.0 * lost / nullif(data_segments + unseen, 0), 2) AS loss_pct,
	retransmitted, fast, timeout, probes, spurious, reordered, count(*) OVER () AS of_rows
FROM sent
WHERE retransmitted > spurious OR lost_upstream + lost_downstream > 0
ORDER BY retransmitted + lost_upstream + lost_downstream DESC, server_ip, server_port, direction
LIMIT :rows;
