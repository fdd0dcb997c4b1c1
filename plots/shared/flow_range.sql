-- range: the flows of a capture, low < id <= high.
range AS ( -- ids follow the captures
	SELECT coalesce(sum(flows), 0) AS low, coalesce(sum(flows), 0) + (SELECT flows FROM captures WHERE id = :capture) AS high
	FROM captures
	WHERE id < :capture
),
