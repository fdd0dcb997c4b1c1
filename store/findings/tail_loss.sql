-- title: Segments are lost at the end of a transfer, and time-outs repair them
-- severity: warning
-- layer: L4
-- rank: 24
-- explanation: When nothing follows a lost segment, no acknowledgment tells of the loss, and the sender has to wait for
-- explanation: its timer: 200 ms and more each time, doubling. Short answers (web pages, RPC) suffer most.
-- advice: Find the loss as for loss_upstream and loss_downstream; see that tail loss probes are on (`sysctl
-- advice: net.ipv4.tcp_early_retrans` is 3) and that SACK is (`net.ipv4.tcp_sack` is 1); keep connections open instead of
-- advice: sending short bursts over new ones.
-- threshold: tail_repairs 5 time-outs and tail loss probes towards one service
-- threshold: tail_share_pct 50 % of the repetitions are of this kind
-- threshold: tail_pct 0.1 % of the service's data segments were repeated so
-- explains: loss_upstream loss_downstream reset
-- Without FINs, whose repetition delays nothing, and without what was needless.
WITH tails AS (
	SELECT flow_id, direction, subject, service,
		max(0, timeout_retransmissions + tail_loss_probes - fin_retransmissions - spurious_retransmissions)
			AS repairs,
		retransmitted_segments - syn_retransmissions - fin_retransmissions AS repeated
	FROM directions
	WHERE retransmitted_segments > 0 AND capture_id = :capture
), services AS (
	SELECT service, sum(repairs) AS all_repairs, sum(repeated) AS all_repeated, sum(repairs > 0) AS flows
	FROM tails
	GROUP BY service
	HAVING sum(repairs) >= :tail_repairs AND 100.0 * sum(repairs) / sum(repeated) >= :tail_share_pct
		AND 100.0 * sum(repairs) >= :tail_pct * (SELECT total(data_segments) FROM timeline
			WHERE capture_id = :capture AND scope = 'service' AND key = service)
)
SELECT subject, all_repairs AS value,
	printf('%,d of its %,d repeated segments waited for a timer; of all to and from %s: %,d of %,d, in %,d flow%s.', repairs,
		repeated, service,
		all_repairs, all_repeated, flows, iif(flows = 1, '', 's')) AS detail,
	flow_id,
	(SELECT t_ns FROM events e WHERE e.flow_id = tails.flow_id AND e.direction = tails.direction
		AND cause IN ('timeout', 'tail_loss_probe') ORDER BY value_us DESC LIMIT 1) AS t_ns,
	(SELECT frame FROM events e WHERE e.flow_id = tails.flow_id AND e.direction = tails.direction
		AND cause IN ('timeout', 'tail_loss_probe') ORDER BY value_us DESC LIMIT 1) AS frame
FROM tails JOIN services USING (service)
WHERE repairs > 0
ORDER BY value DESC, repairs DESC
