-- place: flow
-- order: 40
-- key: events
-- title: Events
-- about: A frame is found with the display filter frame.number == N.
-- most: 40
-- rows: rows of events
-- column: time clock time
-- column: after_ms ms +after its start
-- column: frame number frame
-- column: by words by
-- column: kind words -
-- column: -what words what
-- column: times count -
-- column: cause words -
-- column: -why words why
-- column: len count bytes
-- column: value_ms ms +took
-- column: evidence words -
-- column: -known_by words +known by
-- column: filter code -
WITH e AS (
	SELECT *, CASE WHEN kind IN ('retransmission', 'syn_retransmission', 'zero_window', 'zero_window_end', 'reset', 'refused') THEN 0
			WHEN kind IN ('keep_alive', 'window_full') THEN 2 ELSE 1 END AS grade
	FROM events
	WHERE flow_id = :flow
	ORDER BY t_ns
	LIMIT 20000 -- what comes after so many is counted, and not looked at
), runs AS ( -- what comes again and again is one row
	SELECT *, count(*) OVER (PARTITION BY run) AS times, row_number() OVER (PARTITION BY run ORDER BY t_ns, id) AS nth
	FROM (
		SELECT *, iif(grade = 0, printf('%d', id), printf('%s %s %s %d', kind, direction, evidence, row_number() OVER (ORDER BY t_ns, id)
			- row_number() OVER (PARTITION BY kind, direction, evidence ORDER BY t_ns, id))) AS run
		FROM e
	)
), chosen AS (
	SELECT *, count(*) OVER () + (SELECT count(*) FROM events WHERE flow_id = :flow) - (SELECT count(*) FROM e) AS of_rows
	FROM runs
	WHERE nth = 1
	ORDER BY grade, t_ns, id
	LIMIT :rows
)
SELECT c.t_ns AS time, round((c.t_ns - f.first_ns) / 1e6, 3) AS after_ms, c.frame, iif(c.direction = 'c2s', 'client', 'server') AS by,
	c.kind, CASE c.kind WHEN 'syn_retransmission' THEN 'SYN sent again' WHEN 'retransmission' THEN 'sent again'
		WHEN 'spurious' THEN 'needless retransmission'
		WHEN 'capture_gap' THEN 'missing in the capture' WHEN 'zero_window' THEN 'window closed' WHEN 'zero_window_end' THEN 'window open again'
		WHEN 'unknown' THEN 'sent again or out of order' WHEN 'ttl_change' THEN printf('TTL changed from %d to %d', c.seq, c.len)
		ELSE replace(c.kind, '_', ' ') END || iif(c.times > 1, printf(', %,d times', c.times), '') AS what, c.times,
	c.cause, CASE c.cause WHEN 'timeout' THEN 'time-out' ELSE replace(c.cause, '_', ' ') END AS why,
	iif(c.kind = 'ttl_change', NULL, c.len) AS len, round(c.value_us / 1e3, 3) AS value_ms, c.evidence,
	replace(replace(c.evidence, ',', ', '), '_', ' ') AS known_by,
	'frame.number == ' || c.frame AS filter, of_rows
FROM chosen AS c
JOIN flows AS f ON f.id = c.flow_id
ORDER BY c.t_ns, c.id;
