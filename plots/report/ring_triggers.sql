-- place: ring
-- order: 25
-- key: triggers
-- title: What fired
-- rows: triggers
-- column: trigger words trigger
-- column: incidents count incidents
-- column: keys count services or peers
-- column: first_time time first
-- column: last_time time +last
-- column: file_bytes bytes size
SELECT trigger, count(*) AS incidents, nullif(count(DISTINCT key), 0) AS keys, min(t_ns) AS first_time, max(t_ns) AS last_time,
	sum(file_bytes) AS file_bytes, count(*) OVER () AS of_rows
FROM incidents
GROUP BY trigger
ORDER BY count(*) DESC, trigger
LIMIT :rows;
