-- title: What happened, in order of time
-- parameter: flow '' only this flow's
-- parameter: kind '' only of this kind: retransmission, zero_window, ...
-- parameter: limit 50 rows to show
SELECT e.flow_id AS flow, e.frame, round((e.t_ns - f.first_ns) / 1e9, 6) AS seconds, e.direction AS dir, e.kind, e.cause,
	e.seq, e.len, e.evidence
FROM events e
JOIN flows f ON f.id = e.flow_id
WHERE (:flow IS NULL OR e.flow_id = :flow) AND (:kind IS NULL OR e.kind = :kind)
ORDER BY e.t_ns, e.frame, e.id
LIMIT :limit;
