-- place: incident
-- order: 40
-- key: host_counters
-- title: What the host counted meanwhile
-- most: 40
-- rows: counters
-- column: counter code counter
-- column: total count in all
-- column: course sparkline interval by interval
WITH counters AS (
	SELECT interval.key AS place, counter.key AS name, counter.value AS value
	FROM json_each(:json, '$.host_counters') AS interval, json_each(interval.value) AS counter
	WHERE interval.type = 'object' AND counter.type IN ('integer', 'real')
		-- not as of the interval's end, which can't be added up
		AND counter.key NOT IN ('t_ns', 'tcp_sockets', 'tcp_orphans', 'tcp_time_wait', 'tcp_memory_pages', 'udp_sockets')
	ORDER BY interval.key
)
SELECT name AS counter, sum(value) AS total, group_concat(value, ' ') AS course, count(*) OVER () AS of_rows
FROM counters
GROUP BY name
HAVING sum(value) > 0
ORDER BY name LIKE '%packets' OR name LIKE '%bytes' OR name LIKE '%segments', name
LIMIT :rows;
