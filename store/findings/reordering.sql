-- title: Packets overtake each other
-- severity: warning
-- layer: L4
-- rank: 35
-- explanation: Segments arrive in another order than they were sent. The receiver asks for what seems lost, and the sender slows down
-- explanation: and repeats segments for nothing.
-- advice: Look for load sharing by packet instead of by flow (bonding mode balance-rr, per-packet ECMP, multi-link VPN), and for a
-- advice: path that changes (`mtr`, TTL in the capture); on the receiver `nstat -az TcpExtTCPOFOQueue` counts on.
-- threshold: reordering_pct 0.4 % of the data segments overtaken
-- threshold: reordered_segments 10 segments that must be overtaken before it counts
-- explains: spurious_retransmissions
WITH late AS (
	SELECT flow_id, direction, subject, service, server_ip, reordered_segments AS reordered, data_segments
	FROM directions
	WHERE reordered_segments > 0 AND capture_id = :capture
), flows_late AS (
	SELECT * FROM late WHERE reordered >= :reordered_segments AND 100.0 * reordered / data_segments >= :reordering_pct
), services AS (
	SELECT key, sum(reordered_segments) AS reordered, sum(data_segments) AS segments
	FROM timeline
	WHERE capture_id = :capture AND scope = 'service'
	GROUP BY key
	HAVING sum(reordered_segments) >= :reordered_segments
		AND 100.0 * sum(reordered_segments) / sum(data_segments) >= :reordering_pct
)
SELECT subject, 100.0 * reordered / data_segments AS value,
	printf('%d of %d data segments came after segments that were sent later: %.2f %%', reordered, data_segments,
		100.0 * reordered / data_segments) AS detail, flow_id, NULL AS address,
	(SELECT t_ns FROM events e WHERE e.flow_id = flows_late.flow_id AND kind = 'reordered' ORDER BY t_ns LIMIT 1) AS t_ns,
	(SELECT frame FROM events e WHERE e.flow_id = flows_late.flow_id AND kind = 'reordered' ORDER BY t_ns LIMIT 1) AS frame
FROM flows_late
UNION ALL
SELECT key, 100.0 * services.reordered / segments,
	printf('%d of %d data segments of this service came after segments that were sent later: %.2f %%', services.reordered, segments,
		100.0 * services.reordered / segments),
	flow_id, server_ip, NULL, NULL
FROM services JOIN late ON service = key
WHERE key NOT IN (SELECT service FROM flows_late)
GROUP BY key HAVING max(late.reordered)
ORDER BY value DESC
