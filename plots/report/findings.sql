-- The findings of a capture, worst first, a row for each piece of their evidence; :rows at most of each. Notes are short.
SELECT f.id, f.severity, f.code, f.layer, f.title, iif(f.severity = 'note', NULL, f.explanation) AS explanation,
	iif(f.severity = 'note' AND f.explained_by IS NOT NULL, NULL, f.advice) AS advice,
	coalesce((SELECT c.title FROM findings AS c WHERE c.capture_id = f.capture_id AND c.code = f.explained_by),
		f.explained_by) AS explained_by,
	(SELECT c.code FROM findings AS c WHERE c.capture_id = f.capture_id AND c.code = f.explained_by) AS cause,
	f.evidence AS of_rows,
	rtrim(coalesce(e.detail, e.subject), '.') || '.' AS detail,
	nullif(ltrim(coalesce((
			SELECT printf(', flow %d (%s > %s)', w.id, coalesce(v.client_name || ':' || w.client_port, w.client),
				coalesce(v.server_name || ':' || w.server_port, w.server))
			FROM flows AS w JOIN flows_view AS v USING (id)
			WHERE w.id = e.flow_id), ', ' || e.subject || coalesce(' (' || (
			SELECT name FROM names WHERE address = e.subject AND (capture_id = :capture OR capture_id IS NULL)
			ORDER BY instr('hosts pod service dns http sni', source), port IS NULL, rowid LIMIT 1) || ')', ''), '')
		|| coalesce(', frame ' || e.frame, ''), ', '), '') AS place,
	e.display_filter AS filter, e.flow_id AS flow, e.t_ns
FROM findings AS f
LEFT JOIN evidence AS e ON e.finding_id = f.id AND e.rank <= iif(f.severity = 'note', 1, :rows)
WHERE f.capture_id = :capture
ORDER BY CASE f.severity WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, f.id, e.rank;
