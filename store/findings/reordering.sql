-- title: Packets overtake each other
-- severity: warning
-- layer: L4
-- rank: 35
-- explanation: Segments arrive in another order than they were sent. The receiver asks for what seems lost, and the
-- explanation: sender slows down and repeats segments for nothing.
-- advice: Look for load sharing by packet instead of by flow (bonding mode balance-rr, per-packet ECMP, multi-link VPN),
-- advice: and for a path that changes (`mtr`, TTL in the capture); on the receiver `nstat -az TcpExtTCPOFOQueue` counts
-- advice: on.
-- threshold: reordering_pct 0.4 % of the data segments overtaken
-- threshold: reordered_segments 10 segments that must be overtaken before it counts
-- explains: spurious_retransmissions
WITH seen AS ( -- nothing is read where there is nothing
	SELECT 1 FROM timeline WHERE capture_id = :capture AND scope = 'all' GROUP BY capture_id
		HAVING sum(reordered_segments) > 0
), late AS (
	SELECT flow_id, direction, subject, service, reordered_segments AS reordered, data_segments
	FROM seen
	CROSS JOIN directions
	WHERE reordered_segments > 0 AND capture_id = :capture
), services AS (
	SELECT key AS service, sum(reordered_segments) AS all_reordered, sum(data_segments) AS all_segments
	FROM timeline
	WHERE capture_id = :capture AND scope = 'service'
	GROUP BY key
), judged AS (
	SELECT *, reordered >= :reordered_segments AND 100.0 * reordered >= :reordering_pct * data_segments AS alone,
		all_reordered >= :reordered_segments AND 100.0 * all_reordered >= :reordering_pct * all_segments AS together
	FROM late LEFT JOIN services USING (service)
)
SELECT subject, iif(alone, 100.0 * reordered / data_segments, 100.0 * all_reordered / all_segments) AS value,
	printf('%,d of %,d data segments came after segments that were sent later: %.2f %%', reordered, data_segments,
		100.0 * reordered / data_segments)
		|| iif(alone, '.', printf('; of all to and from %s: %,d of %,d.', service, all_reordered, all_segments))
			AS detail,
	flow_id,
	(SELECT t_ns FROM events e WHERE e.flow_id = judged.flow_id AND kind = 'reordered' ORDER BY t_ns LIMIT 1) AS t_ns,
	(SELECT frame FROM events e WHERE e.flow_id = judged.flow_id AND kind = 'reordered' ORDER BY t_ns LIMIT 1) AS frame
FROM judged
WHERE alone OR together
ORDER BY alone DESC, value DESC
