-- title: Segments are lost at the end of a transfer, and time-outs repair them
-- severity: warning
-- layer: L4
-- rank: 24
-- explanation: When nothing follows a lost segment, no acknowledgment tells of the loss, and the sender has to wait for its timer:
-- explanation: 200 ms and more each time, doubling. Short answers (web pages, RPC) suffer most.
-- advice: Find the loss as for loss_upstream and loss_downstream; see that tail loss probes are on (`sysctl net.ipv4.tcp_early_retrans`
-- advice: is 3) and that SACK is (`net.ipv4.tcp_sack` is 1); keep connections open instead of sending short bursts over new ones.
-- threshold: tail_repairs 5 time-outs and tail loss probes towards one service
-- threshold: tail_share_pct 50 % of the repetitions are of this kind
-- explains: loss_upstream loss_downstream
-- Without FINs, whose repetition delays nothing, and without what was needless.
WITH tails AS (
	SELECT flow_id, direction, subject, service, server_ip,
		max(0, timeout_retransmissions + tail_loss_probes - fin_retransmissions - spurious_retransmissions) AS repairs,
		retransmitted_segments - syn_retransmissions - fin_retransmissions AS repeated
	FROM directions
	WHERE retransmitted_segments > 0 AND capture_id = :capture
), services AS (
	SELECT service, server_ip, flow_id, subject, direction, max(repairs) AS most, sum(repairs) AS repairs, sum(repeated) AS repeated,
		sum(repairs > 0) AS flows
	FROM tails
	GROUP BY service
	HAVING sum(repairs) >= :tail_repairs AND 100.0 * sum(repairs) / sum(repeated) >= :tail_share_pct
)
SELECT service AS subject, repairs AS value,
	printf('%d of %d repeated segments waited for a timer, in %d flows; most of them in %s', repairs, repeated, flows, subject) AS detail,
	flow_id, server_ip AS address,
	(SELECT t_ns FROM events e WHERE e.flow_id = services.flow_id AND e.direction = services.direction
		AND cause IN ('timeout', 'tail_loss_probe') ORDER BY value_us DESC LIMIT 1) AS t_ns,
	(SELECT frame FROM events e WHERE e.flow_id = services.flow_id AND e.direction = services.direction
		AND cause IN ('timeout', 'tail_loss_probe') ORDER BY value_us DESC LIMIT 1) AS frame
FROM services
ORDER BY value DESC
