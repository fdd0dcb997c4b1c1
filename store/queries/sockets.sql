-- title: States of sockets, as ss would show them on both ends
-- about: TIME-WAIT lasts 60 s, as on Linux. Connections that were open before the capture count as ESTAB.
-- parameter: at '' when: 2026-11-21T10:32:00Z, or seconds since the capture began; '': its end
-- parameter: limit 40 rows to show
WITH moments AS MATERIALIZED (
	SELECT id, CASE typeof(:at) WHEN 'null' THEN last_ns
		WHEN 'text' THEN CAST(strftime('%s', :at) AS INTEGER) * 1000000000
			+ CAST(round((strftime('%f', :at) - strftime('%S', :at)) * 1e9) AS INTEGER)
		ELSE first_ns + CAST(:at * 1e9 AS INTEGER) END AS t_ns
	FROM captures
)
SELECT f.server_ip AS server, f.server_port AS port, iif(s.direction = 'c2s', 'clients', 'server') AS sockets_of, s.state,
	count(*) AS sockets
FROM socket_spans s
JOIN moments m ON m.id = s.capture_id
JOIN flows f ON f.id = s.flow_id
WHERE s.from_ns <= m.t_ns AND (s.until_ns IS NULL OR s.until_ns > m.t_ns)
GROUP BY f.server_ip, f.server_port, s.direction, s.state
ORDER BY sockets DESC, server, port, sockets_of, s.state
LIMIT :limit;
