-- title: One conversation takes most of a busy link
-- severity: note
-- layer: L3
-- rank: 55
-- explanation: While the link was as busy as it ever was in this capture, one service had most of it, and others were there
-- explanation: to share it with. Their answers wait in the same queues.
-- advice: Limit it where it starts (tc, the program's own limit), or let the bottleneck share fairly (tc qdisc replace dev
-- advice: IF root fq_codel or cake).
-- threshold: hog_pct 80 % of the bytes of the busy intervals are of one service
-- threshold: hog_mbps 50 Mbit/s the busiest interval has at the least
WITH busiest AS (
	SELECT max(bytes * 8 / (interval_ms * 1e3)) AS mbps
	FROM timeline
	WHERE capture_id = :capture AND scope = 'all'
), busy AS ( -- at least four fifths of the busiest
	SELECT t_ns, bytes, interval_ms, flows_active
	FROM timeline, busiest
	WHERE capture_id = :capture AND scope = 'all' AND mbps >= :hog_mbps AND bytes * 8 / (interval_ms * 1e3) >= 0.8 * mbps
), total AS (
	SELECT sum(bytes) AS bytes, sum(interval_ms) / 1e3 AS seconds, count(*) AS intervals, max(flows_active) AS flows
	FROM busy
), services AS (
	SELECT key, sum(bytes) AS bytes, max(bytes) AS most, t_ns
	FROM timeline
	WHERE capture_id = :capture AND scope = 'service' AND key <> '(other)' AND t_ns IN (SELECT t_ns FROM busy)
	GROUP BY key
)
SELECT key AS subject, t_ns,
	100.0 * s.bytes / t.bytes AS value,
	printf('In the %d busiest intervals %s had %.1f %% of the bytes, %.1f Mbit/s on average, beside %,d flows', intervals,
		key,
		100.0 * s.bytes / t.bytes, s.bytes * 8 / (seconds * 1e6), flows) AS detail
FROM services s, total t
WHERE 100.0 * s.bytes / t.bytes >= :hog_pct AND intervals >= 3 AND flows > 4
ORDER BY value DESC, subject;
