-- title: Who resets open connections
-- parameter: limit 20 rows to show
SELECT f.server_ip AS server, f.server_port AS port, f.reset_by, count(*) AS flows,
	count(DISTINCT f.client_ip) AS clients, round(avg(f.last_ns - f.first_ns) / 1e9, 3) AS mean_seconds,
	min(f.id) AS example
FROM flows f
WHERE f.state = 'reset'
GROUP BY f.server_ip, f.server_port, f.reset_by
ORDER BY flows DESC, server, port, reset_by
LIMIT :limit;
