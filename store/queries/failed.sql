-- title: Servers that refused or never answered
-- parameter: limit 20 rows to show
SELECT f.server_ip AS server, f.server_port AS port, sum(f.state = 'refused') AS refused,
	sum(f.state = 'unanswered') AS unanswered, count(DISTINCT f.client_ip) AS clients, min(f.id) AS example,
	(SELECT n.name FROM names n WHERE n.address = f.server_ip AND (n.port = f.server_port OR n.port IS NULL)
		ORDER BY instr('hosts pod service dns http sni', n.source), n.port IS NULL, n.rowid LIMIT 1) AS name
FROM flows f
WHERE f.state IN ('refused', 'unanswered')
GROUP BY f.server_ip, f.server_port
ORDER BY count(*) DESC, server, port
LIMIT :limit;
