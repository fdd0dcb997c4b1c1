-- title: Segments are lost before the tap, on the way from their sender
-- severity: warning
-- layer: L4
-- rank: 31
-- explanation: These segments never came to the place of the capture, only their repetition did: the loss lies between the
-- explanation: sender and the capture. Each loss costs the sender a round trip and half of its speed.
-- advice: Capture nearer to the sender and compare with `wiretape locate`; read the drop counters of the interfaces on that
-- advice: side (`ip -s link`, `ethtool -S`, the switch's port), and look for a duplex or speed mismatch, a policer or bad Wi-Fi.
-- threshold: loss_pct 1 % of the data segments lost
-- threshold: loss_segments 5 segments that must be lost before loss counts
-- explains: tail_loss syn_retransmitted jitter
-- What was lost is sent again: more losses than repetitions are numbers that the sender spent on other hosts.
WITH lossy AS (
	SELECT flow_id, direction, subject, service, server_ip, data_segments,
		min(lost_upstream, retransmitted_segments - syn_retransmissions - fin_retransmissions) AS lost
	FROM directions
	WHERE lost_upstream > 0 AND retransmitted_segments > syn_retransmissions + fin_retransmissions
		AND capture_id = :capture
), flows_lossy AS (
	SELECT *, 100.0 * lost / (data_segments + lost) AS pct FROM lossy
	WHERE lost >= :loss_segments AND 100.0 * lost / (data_segments + lost) >= :loss_pct
), services AS (
	SELECT key, sum(min(lost_upstream, retransmitted_segments - syn_retransmissions - fin_retransmissions)) AS lost,
		sum(data_segments) AS segments
	FROM timeline
	WHERE capture_id = :capture AND scope = 'service'
	GROUP BY key
	HAVING lost >= :loss_segments AND 100.0 * lost / (segments + lost) >= :loss_pct
)
SELECT subject, pct AS value,
	printf('%d of %d data segments were lost before they came to the tap: %.2f %%', lost, data_segments + lost, pct) AS detail,
	flow_id, NULL AS address,
	(SELECT t_ns FROM events e WHERE e.flow_id = flows_lossy.flow_id AND e.direction = flows_lossy.direction
		AND kind = 'retransmission' ORDER BY t_ns LIMIT 1) AS t_ns,
	(SELECT frame FROM events e WHERE e.flow_id = flows_lossy.flow_id AND e.direction = flows_lossy.direction
		AND kind = 'retransmission' ORDER BY t_ns LIMIT 1) AS frame
FROM flows_lossy
UNION ALL
SELECT key, 100.0 * services.lost / (segments + services.lost),
	printf('%d of %d data segments of this service were lost before they came to the tap: %.2f %%, in %d flows', services.lost,
		segments + services.lost, 100.0 * services.lost / (segments + services.lost), count(DISTINCT lossy.flow_id)),
	lossy.flow_id, server_ip, NULL, NULL
FROM services JOIN lossy ON service = key
WHERE key NOT IN (SELECT service FROM flows_lossy)
GROUP BY key HAVING max(lossy.lost)
ORDER BY value DESC
