-- chosen: the direction of the flow that is drawn, and the period.
chosen AS (
	SELECT d.flow_id, f.protocol, d.direction, d.first_ns, d.last_ns, f.last_ns AS flow_last_ns,
		max(f.first_ns, coalesce(:from, f.first_ns)) AS from_ns, min(f.last_ns, coalesce(:to, f.last_ns)) AS to_ns
	FROM flow_directions AS d JOIN flows AS f ON f.id = d.flow_id
	WHERE flow_id = :flow AND (:direction IS NULL OR direction = :direction)
	ORDER BY data_bytes DESC, direction
	LIMIT 1
),
