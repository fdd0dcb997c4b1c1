-- title: Segments are sent again that had arrived
-- severity: warning
-- layer: L4
-- rank: 40
-- explanation: The sender took segments for lost that were only late: the path reorders packets or stands still for a moment. Each
-- explanation: time the sender halves its speed for nothing.
-- advice: Look for reordering (a bond or ECMP that spreads packets instead of flows, several receive queues) and for stalls (Wi-Fi,
-- advice: a virtual machine that is paused); on the sender `nstat -az TcpExtTCPDSACKRecv TcpExtTCPSpuriousRTOs` counts on.
-- threshold: spurious_segments 5 needless repetitions
-- threshold: spurious_share_pct 50 % of the repetitions are needless
WITH needless AS (
	SELECT flow_id, direction, subject, service, server_ip, spurious_retransmissions AS spurious,
		retransmitted_segments - syn_retransmissions - fin_retransmissions AS repeated, fin_retransmissions AS fins
	FROM directions
	WHERE retransmitted_segments > 0 AND capture_id = :capture
), services AS (
	SELECT service, server_ip, flow_id, subject, direction, max(spurious) AS most,
		sum(max(spurious - fins, 0)) AS spurious, sum(repeated) AS repeated
	FROM needless
	GROUP BY service
	HAVING sum(max(spurious - fins, 0)) >= :spurious_segments
		AND 100.0 * sum(max(spurious - fins, 0)) / sum(repeated) >= :spurious_share_pct
)
SELECT service AS subject, spurious AS value,
	printf('%d of %d repeated segments had arrived already; most of them in %s', spurious, repeated, subject) AS detail, flow_id,
	server_ip AS address,
	(SELECT t_ns FROM events e WHERE e.flow_id = services.flow_id AND kind = 'spurious' ORDER BY t_ns LIMIT 1) AS t_ns,
	(SELECT frame FROM events e WHERE e.flow_id = services.flow_id AND kind = 'spurious' ORDER BY t_ns LIMIT 1) AS frame
FROM services
ORDER BY value DESC
