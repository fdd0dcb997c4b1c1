-- title: Segments are lost before the tap, on the way from their sender
-- severity: warning
-- layer: L4
-- rank: 31
-- explanation: These segments never came to the place of the capture, only their repetition did: the loss lies between
-- explanation: the sender and the capture. Each loss costs the sender a round trip and half of its speed.
-- advice: Capture nearer to the sender and compare with `wiretape locate`; read the drop counters of the interfaces on
-- advice: that side (`ip -s link`, `ethtool -S`, the switch's port), and look for a duplex or speed mismatch, a policer
-- advice: or bad Wi-Fi.
-- threshold: loss_pct 1 % of the data segments lost
-- threshold: loss_segments 5 segments that must be lost before loss counts
-- explains: syn_retransmitted jitter
-- What was lost is sent again: more losses than repetitions are numbers that the sender spent on other hosts.
-- A service with as much loss in all of its flows together shows each flow that lost something.
WITH lossy AS (
	SELECT flow_id, direction, subject, service, data_segments,
		min(lost_upstream, retransmitted_segments - syn_retransmissions - fin_retransmissions) AS lost
	FROM directions
	WHERE retransmitted_segments > 0 AND lost_upstream > 0 AND capture_id = :capture
), services AS (
	SELECT key AS service, sum(min(lost_upstream, retransmitted_segments - syn_retransmissions - fin_retransmissions))
		AS all_lost, sum(data_segments) AS all_segments
	FROM timeline
	WHERE capture_id = :capture AND scope = 'service'
	GROUP BY key
), judged AS (
	SELECT *, data_segments + lost AS sent,
		lost >= :loss_segments AND 100.0 * lost >= :loss_pct * (data_segments + lost) AS alone,
		all_lost >= :loss_segments AND 100.0 * all_lost >= :loss_pct * (all_segments + all_lost) AS together
	FROM lossy LEFT JOIN services USING (service)
	WHERE lost > 0
)
SELECT subject, iif(alone, 100.0 * lost / sent, 100.0 * all_lost / (all_segments + all_lost)) AS value,
	iif(alone, printf('%,d of %,d data segments were lost before they came to the tap: %.2f %%.', lost, sent, 100.0 * lost / sent),
		printf('%,d of %,d data segments to and from %s were lost before they came to the tap: %.2f %%; %,d of %,d of %s.',
			all_lost, all_segments + all_lost, service, 100.0 * all_lost / (all_segments + all_lost), lost, sent, subject)) AS detail,
	flow_id,
	(SELECT t_ns FROM events e WHERE e.flow_id = judged.flow_id AND e.direction = judged.direction
		AND kind = 'retransmission' ORDER BY t_ns LIMIT 1) AS t_ns,
	(SELECT frame FROM events e WHERE e.flow_id = judged.flow_id AND e.direction = judged.direction
		AND kind = 'retransmission' ORDER BY t_ns LIMIT 1) AS frame
FROM judged
WHERE alone OR together
ORDER BY alone DESC, value DESC, lost DESC
