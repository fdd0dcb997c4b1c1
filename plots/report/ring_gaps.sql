-- place: ring
-- order: 50
-- key: gaps
-- title: Gaps in the tape
-- about: Times between two segments in which nothing was recorded.
-- rows: gaps
-- most: 15
-- column: from_time time from
-- column: duration_ms ms lasted
-- column: ended_by words the segment before it ended by
-- column: segment code +segment before
WITH tape AS (
	SELECT name, ended_by, coalesce(closed_ns, last_ns) AS closed_ns, lead(opened_ns) OVER (ORDER BY sequence) AS next_ns
	FROM segments
)
SELECT closed_ns AS from_time, (next_ns - closed_ns) / 1e6 AS duration_ms, ended_by, name AS segment, count(*) OVER () AS of_rows
FROM tape
WHERE next_ns > closed_ns + 1000000000
ORDER BY closed_ns DESC
LIMIT :rows;
