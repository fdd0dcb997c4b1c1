-- title: For some seconds much was lost; over the whole capture it is little
-- severity: warning
-- layer: L4
-- rank: 31
-- explanation: Something was wrong for a while and then right again: a queue that overflowed while something else was sent, a link that was
-- explanation: switched over, a radio disturbance, a policer that a burst ran into.
-- advice: See what else happened at that time: the interfaces' drop counters and logs of both hosts and of the switches and routers
-- advice: between them, jobs and backups that start then, changes of routes. `wiretape locate` with a capture from the other end
-- advice: tells which part of the path lost it.
-- threshold: loss_pct 1 % of the data segments lost
-- threshold: loss_segments 5 segments that must be lost before loss counts
-- What proved needless later was counted as lost behind the tap: before it there would have been a hole, and no proof.
-- Seconds in a row, at least two, each of which is as bad as a whole capture would have to be; and the whole is not.
WITH seconds AS (
	SELECT key, t_ns / 1000000000 AS s, sum(data_segments + lost_upstream) AS sent,
		sum(lost_upstream + max(lost_downstream - spurious_retransmissions, 0)) AS lost, max(interval_ms) AS interval_ms,
		sum(lost_upstream) AS upstream
	FROM timeline
	WHERE capture_id = :capture AND scope = 'service' AND lost_upstream + lost_downstream > 0
	GROUP BY key, s
), bad AS (
	SELECT *, s - row_number() OVER (PARTITION BY key ORDER BY s) * max(1, CAST(interval_ms / 1000 AS INTEGER)) AS episode
	FROM seconds
	WHERE lost >= :loss_segments AND 100.0 * lost >= :loss_pct * sent
), episodes AS (
	SELECT key, min(s) AS from_s, max(s) + max(1, CAST(max(interval_ms) / 1000 AS INTEGER)) AS to_s, sum(sent) AS sent,
		sum(lost) AS lost, sum(upstream) AS upstream
	FROM bad
	GROUP BY key, episode
	HAVING count(*) >= 2
), whole AS (
	SELECT key, sum(data_segments + lost_upstream) AS all_sent,
		sum(lost_upstream + max(lost_downstream - spurious_retransmissions, 0)) AS all_lost
	FROM timeline
	WHERE capture_id = :capture AND scope = 'service' AND key IN (SELECT key FROM episodes)
	GROUP BY key
), first_repeats AS (
	SELECT p.key, p.from_s, e.flow_id, min(e.t_ns) AS t_ns, e.frame
	FROM events e
	JOIN flows f ON f.id = e.flow_id
	JOIN episodes p ON p.key = f.server AND e.t_ns >= p.from_s * 1000000000 AND e.t_ns < p.to_s * 1000000000
	WHERE e.kind = 'retransmission' AND f.capture_id = :capture
	GROUP BY p.key, p.from_s
)
SELECT key AS subject, 100.0 * lost / sent AS value,
	printf('%,d of %,d data segments to and from %s were lost within %d s, %.2f %%; in the whole capture %,d of %,d, %.2f %%. They were lost %s.',
		lost, sent, key, to_s - from_s, 100.0 * lost / sent, all_lost, all_sent, 100.0 * all_lost / all_sent,
		CASE WHEN upstream >= lost THEN 'before the tap' WHEN upstream = 0 THEN 'after they passed the tap'
			ELSE 'on both sides of the tap' END) AS detail,
	(SELECT flow_id FROM first_repeats r WHERE r.key = e.key AND r.from_s = e.from_s) AS flow_id,
	(SELECT t_ns FROM first_repeats r WHERE r.key = e.key AND r.from_s = e.from_s) AS t_ns,
	(SELECT frame FROM first_repeats r WHERE r.key = e.key AND r.from_s = e.from_s) AS frame,
	(SELECT server_ip FROM flows f WHERE f.capture_id = :capture AND f.server = e.key LIMIT 1) AS address
FROM episodes AS e
JOIN whole USING (key)
WHERE key <> '(other)' AND 100.0 * all_lost < :loss_pct * all_sent
ORDER BY value DESC, lost DESC
