-- place: capture
-- order: 25
-- key: failed
-- title: Servers that refused or never answered
-- rows: servers
-- most: 10
-- column: server code server
-- column: name words name
-- column: refused count refused
-- column: unanswered count unanswered
-- column: clients count +clients
-- column: attempts count SYNs sent
-- column: first_time time +first
-- column: flow number a flow
WITH failed AS (
	SELECT f.server_ip, f.server_port, sum(f.state = 'refused') AS refused, sum(f.state = 'unanswered') AS unanswered,
		count(DISTINCT f.client_ip) AS clients, sum(d.syns) AS attempts, min(f.first_ns) AS first_ns, min(f.id) AS flow,
		count(*) OVER () AS of_rows
	FROM flows AS f
	JOIN flow_directions AS d ON d.flow_id = f.id AND d.direction = 'c2s'
	WHERE f.state IN ('unanswered', 'refused') AND f.capture_id = :capture
	GROUP BY f.server_ip, f.server_port
	ORDER BY count(*) DESC, min(f.id)
	LIMIT :rows
)
SELECT iif(server_ip LIKE '%:%', '[' || server_ip || ']', server_ip) || ':' || server_port AS server,
	(SELECT n.name FROM names AS n WHERE n.address = server_ip AND (n.port = server_port OR n.port IS NULL)
		AND (n.capture_id = :capture OR n.capture_id IS NULL)
		ORDER BY instr('hosts pod service dns http sni', n.source), n.port IS NULL, n.rowid LIMIT 1) AS name,
	refused, unanswered, clients, attempts, first_ns AS first_time, flow, of_rows
FROM failed
ORDER BY refused + unanswered DESC, flow;
