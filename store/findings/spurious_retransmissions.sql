-- title: Segments are sent again that had arrived
-- severity: warning
-- layer: L4
-- rank: 40
-- explanation: The sender took segments for lost that were only late: the path reorders packets or stands still for a
-- explanation: moment. Each time the sender halves its speed for nothing.
-- advice: Look for reordering (a bond or ECMP that spreads packets instead of flows, several receive queues) and for
-- advice: stalls (Wi-Fi, a virtual machine that is paused); on the sender `nstat -az TcpExtTCPDSACKRecv
-- advice: TcpExtTCPSpuriousRTOs` counts on.
-- threshold: spurious_segments 5 segments were repeated needlessly
-- threshold: spurious_share_pct 50 % of the repetitions are needless
-- threshold: spurious_pct 0.05 % of the service's data segments were repeated needlessly
WITH needless AS (
	SELECT flow_id, subject, service, max(spurious_retransmissions - fin_retransmissions, 0) AS spurious,
		retransmitted_segments - syn_retransmissions - fin_retransmissions AS repeated
	FROM directions
	WHERE retransmitted_segments > 0 AND capture_id = :capture
), services AS (
	SELECT service, sum(spurious) AS all_spurious, sum(repeated) AS all_repeated
	FROM needless
	GROUP BY service
	HAVING sum(spurious) >= :spurious_segments AND 100.0 * sum(spurious) / sum(repeated) >= :spurious_share_pct
		AND 100.0 * sum(spurious) >= :spurious_pct * (SELECT total(data_segments) FROM timeline
			WHERE capture_id = :capture AND scope = 'service' AND key = service)
)
SELECT subject, all_spurious AS value,
	printf('%,d of its %,d repeated segments had arrived already; of all to and from %s: %,d of %,d.', spurious, repeated,
		service,
		all_spurious, all_repeated) AS detail, flow_id,
	(SELECT t_ns FROM events e WHERE e.flow_id = needless.flow_id AND kind = 'spurious' ORDER BY t_ns LIMIT 1) AS t_ns,
	(SELECT frame FROM events e WHERE e.flow_id = needless.flow_id AND kind = 'spurious' ORDER BY t_ns LIMIT 1) AS frame
FROM needless JOIN services USING (service)
WHERE spurious > 0
ORDER BY value DESC, spurious DESC
