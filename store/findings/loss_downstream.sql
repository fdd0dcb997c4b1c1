-- title: Segments are lost behind the tap, on the way to their receiver
-- severity: warning
-- layer: L4
-- rank: 30
-- explanation: These segments passed the place of the capture and did not arrive: the loss lies between the capture and the
-- explanation: receiver. Each loss costs the sender a round trip and half of its speed.
-- advice: Capture nearer to the receiver and compare with `wiretape locate`; read the drop counters of the interfaces on
-- advice: that side (`ip -s link`, `ethtool -S`, the switch's port), and look for a duplex or speed mismatch, a policer or bad Wi-Fi.
-- threshold: loss_pct 1 % of the data segments lost
-- threshold: loss_segments 5 segments that must be lost before loss counts
-- explains: tail_loss syn_retransmitted jitter
WITH lossy AS (
	SELECT flow_id, direction, subject, service, server_ip, data_segments,
		lost_downstream - spurious_retransmissions AS lost
	FROM directions
	WHERE lost_downstream > 0 AND lost_downstream > spurious_retransmissions AND capture_id = :capture
), flows_lossy AS (
	SELECT *, 100.0 * lost / data_segments AS pct FROM lossy
	WHERE lost >= :loss_segments AND 100.0 * lost / data_segments >= :loss_pct
), services AS (
	SELECT key, sum(lost_downstream) - sum(spurious_retransmissions) AS lost, sum(data_segments) AS segments
	FROM timeline
	WHERE capture_id = :capture AND scope = 'service'
	GROUP BY key
	HAVING lost >= :loss_segments AND 100.0 * lost / segments >= :loss_pct
)
SELECT subject, pct AS value,
	printf('%d of %d data segments were lost after they passed the tap: %.2f %%', lost, data_segments, pct) AS detail, flow_id, NULL AS address,
	(SELECT t_ns FROM events e WHERE e.flow_id = flows_lossy.flow_id AND e.direction = flows_lossy.direction
		AND kind = 'retransmission' ORDER BY t_ns LIMIT 1) AS t_ns,
	(SELECT frame FROM events e WHERE e.flow_id = flows_lossy.flow_id AND e.direction = flows_lossy.direction
		AND kind = 'retransmission' ORDER BY t_ns LIMIT 1) AS frame
FROM flows_lossy
UNION ALL
SELECT key, 100.0 * services.lost / segments,
	printf('%d of %d data segments of this service were lost after they passed the tap: %.2f %%, in %d flows', services.lost,
		segments, 100.0 * services.lost / segments, count(DISTINCT lossy.flow_id)),
	lossy.flow_id, server_ip, NULL, NULL
FROM services JOIN lossy ON service = key
WHERE key NOT IN (SELECT service FROM flows_lossy)
GROUP BY key HAVING max(lossy.lost)
ORDER BY value DESC
