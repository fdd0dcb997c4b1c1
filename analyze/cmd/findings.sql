-- findings.sql: what is printed of the findings. :first is the first capture, :only the only one (0: all), :codes a JSON array of codes
-- ('[]': all), :least the severity that counts: 0 critical, 1 warning, 2 note. Found again in several captures, a finding is told once.

-- key: list
WITH chosen AS (
	SELECT f.*, CASE severity WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END AS grade
	FROM findings AS f
	WHERE capture_id >= :first AND (:only = 0 OR capture_id = :only)
		AND (:codes = '[]' OR code IN (SELECT value FROM json_each(:codes)))
), told AS (
	SELECT *, count(*) OVER same AS captures, row_number() OVER (PARTITION BY code ORDER BY grade, evidence DESC, id) AS nth,
		sum(evidence) OVER same AS rows_all, min(grade) OVER same AS worst
	FROM chosen
	WHERE grade <= :least
	WINDOW same AS (PARTITION BY code)
)
SELECT t.id, code, severity, layer, title, coalesce(explanation, ''), coalesce(advice, ''), coalesce(t.explained_by, ''), rows_all,
	captures, (SELECT printf('%d (%s)', c.id, file_name(c.path, min(o.path), max(o.path)))
		FROM captures AS c LEFT JOIN captures AS o ON file_name(o.path) = file_name(c.path) WHERE c.id = t.capture_id),
	(SELECT count(*) FROM captures) AS of_captures
FROM told AS t
WHERE nth = 1
ORDER BY grade, t.id;

-- key: evidence
SELECT rtrim(coalesce(detail, subject), '.') || '.', coalesce(flow_id, ''), coalesce(frame, ''), coalesce(display_filter, ''),
	coalesce((SELECT coalesce(client_name, client_ip) || ' > ' || coalesce(server_name, server_ip)
			FROM flows_view AS v JOIN flows AS f USING (id)
			WHERE f.id = flow_id AND coalesce(client_name, server_name) IS NOT NULL),
		(SELECT name FROM names WHERE address = subject AND flow_id IS NULL
			ORDER BY instr('hosts pod service dns http sni', source), port IS NULL, rowid LIMIT 1), '')
FROM evidence
WHERE finding_id = :finding
ORDER BY rank
LIMIT :rows;

-- key: count
-- Where there was not one packet to look at nobody knows that all is well: that counts, too.
SELECT count(*) + (SELECT coalesce(max(packets), 0) = 0 FROM captures WHERE id >= :first AND (:only = 0 OR id = :only))
FROM findings
WHERE capture_id >= :first AND (:only = 0 OR capture_id = :only)
	AND (:codes = '[]' OR code IN (SELECT value FROM json_each(:codes)))
	AND CASE severity WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END <= :least;

-- key: json
SELECT json_group_array(json_object('capture_id', capture_id, 'code', code, 'severity', severity, 'layer', layer, 'title', title,
	'value', value, 'threshold', threshold, 'unit', unit, 'flow_id', flow_id, 't_ns', t_ns, 'frame', frame,
	'explanation', explanation, 'advice', advice, 'explained_by', explained_by, 'evidence_rows', evidence,
	'evidence', (SELECT json_group_array(json_object('rank', rank, 'subject', subject, 'detail', detail, 'value', value,
			'threshold', threshold, 'unit', unit, 'flow_id', flow_id, 't_ns', t_ns, 'frame', frame,
			'display_filter', display_filter, 'explained_by', explained_by))
		FROM (SELECT * FROM evidence AS e WHERE e.finding_id = f.id ORDER BY rank))))
FROM (
	SELECT *
	FROM findings
	WHERE capture_id >= :first AND (:only = 0 OR capture_id = :only)
		AND (:codes = '[]' OR code IN (SELECT value FROM json_each(:codes)))
		AND CASE severity WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END <= :least
	ORDER BY CASE severity WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, id
) AS f;

-- key: target
-- What there is to judge: captures that are chosen, and whether it is a ring's catalog, which has the timeline but no flows.
SELECT count(*), coalesce(sum(format = 'ring' AND flows IS NULL), 0), (SELECT count(*) FROM captures)
FROM captures
WHERE :only = 0 OR id = :only;

-- key: unjudged
-- Where there was nothing to look at, no findings do not mean that all is well. The first column is 1 if that is so of all captures.
SELECT blank = captures, rtrim(CASE
		WHEN blank = 0 THEN ''
		WHEN blank < captures THEN printf('%,d of %,d captures %s', blank, captures, iif(blank = 1, 'has', 'have'))
		WHEN captures = 1 THEN 'The capture has'
		ELSE printf('All %,d captures have', captures) END
	|| CASE WHEN blank = 0 THEN '' WHEN never = blank THEN ' no packets. ' WHEN outside = blank THEN ' no packets of the time that was asked for. '
		ELSE ' no packets, or none of the time that was asked for. ' END
	|| CASE WHEN part = 0 THEN ''
		WHEN captures = 1 THEN 'The capture could not be read to its end.'
		ELSE printf('%,d of %,d captures could not be read to %s end.', part, captures, iif(part = 1, 'its', 'their')) END)
FROM (
	SELECT count(*) AS captures, coalesce(sum(packets = 0), 0) AS blank, -- never: the fingerprint is that of no frames
		sum(packets = 0 AND format <> 'ring' AND fingerprint = 0x9e3779b97f4a7c15) AS never,
		sum(packets = 0 AND fingerprint <> 0x9e3779b97f4a7c15) AS outside, count(*) FILTER (WHERE error IS NOT NULL OR truncated) AS part
	FROM captures
	WHERE id >= :first AND (:only = 0 OR id = :only)
)
WHERE blank > 0 OR part > 0;

-- key: verdict
-- The worst in one line each; one more tells how many are not among them.
WITH bad AS (
	SELECT code, title, min(CASE severity WHEN 'critical' THEN 0 ELSE 1 END) AS grade, min(id) AS id
	FROM findings
	WHERE capture_id >= :first AND severity <> 'note'
	GROUP BY code
)
SELECT severity, line
FROM (
	SELECT iif(grade = 0, 'critical', 'warning') AS severity, printf('%s (%s)', title, code) AS line, grade, id
	FROM bad
	ORDER BY grade, id
	LIMIT 3
)
UNION ALL
SELECT '', printf('and %d more', count(*) - 3)
FROM bad
HAVING count(*) > 3;
