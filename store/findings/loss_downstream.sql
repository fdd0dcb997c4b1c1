-- title: Segments are lost behind the tap, on the way to their receiver
-- severity: warning
-- layer: L4
-- rank: 30
-- explanation: These segments passed the place of the capture and did not arrive: the loss lies between the capture and
-- explanation: the receiver. Each loss costs the sender a round trip and half of its speed.
-- advice: Capture nearer to the receiver and compare with `wiretape locate`; read the drop counters of the interfaces on
-- advice: that side (`ip -s link`, `ethtool -S`, the switch's port), and look for a duplex or speed mismatch, a policer
-- advice: or bad Wi-Fi.
-- threshold: loss_pct 1 % of the data segments lost
-- threshold: loss_segments 5 segments that must be lost before loss counts
-- explains: syn_retransmitted jitter
-- The repetition of a FIN delays no data.
-- A service with as much loss in all of its flows together shows each flow that lost something.
WITH lossy AS (
	SELECT flow_id, direction, subject, service, data_segments,
		min(lost_downstream, retransmitted_segments - syn_retransmissions - fin_retransmissions) AS lost
	FROM directions
	WHERE retransmitted_segments > 0 AND lost_downstream > 0 AND capture_id = :capture
), services AS (
	SELECT key AS service, sum(data_segments) AS all_segments,
		sum(min(lost_downstream, retransmitted_segments - syn_retransmissions - fin_retransmissions)) AS sent_again
	FROM timeline
	WHERE capture_id = :capture AND scope = 'service'
	GROUP BY key
), together AS ( -- intervals do not know what proved needless later; flows do
	SELECT *, min(sum(lost) OVER (PARTITION BY service), sent_again) AS all_lost
	FROM lossy LEFT JOIN services USING (service)
	WHERE lost > 0
), judged AS (
	SELECT *, data_segments AS sent,
		lost >= :loss_segments AND 100.0 * lost >= :loss_pct * (data_segments) AS alone,
		all_lost >= :loss_segments AND 100.0 * all_lost >= :loss_pct * (all_segments) AS together
	FROM together
)
SELECT subject, iif(alone, 100.0 * lost / sent, 100.0 * all_lost / (all_segments)) AS value,
	iif(alone, printf('%,d of %,d data segments were lost after they passed the tap: %.2f %%.', lost, sent, 100.0 * lost / sent),
		printf('%,d of %,d data segments to and from %s were lost after they passed the tap: %.2f %%; %,d of %,d of %s.',
			all_lost, all_segments, service, 100.0 * all_lost / all_segments, lost, sent, subject)) AS detail,
	flow_id,
	(SELECT t_ns FROM events e WHERE e.flow_id = judged.flow_id AND e.direction = judged.direction
		AND kind = 'retransmission' ORDER BY t_ns LIMIT 1) AS t_ns,
	(SELECT frame FROM events e WHERE e.flow_id = judged.flow_id AND e.direction = judged.direction
		AND kind = 'retransmission' ORDER BY t_ns LIMIT 1) AS frame
FROM judged
WHERE alone OR together
ORDER BY alone DESC, value DESC, lost DESC
