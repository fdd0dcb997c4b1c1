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
),
-- The rules of socket_spans for one moment: two rows per flow instead of sixteen, half the time.
states AS (
	SELECT t.server_ip, t.server_port, t.direction, CASE
			WHEN t.reset_ns <= m.t_ns THEN NULL
			WHEN t.established_ns > m.t_ns THEN
				iif(t.opened_ns <= m.t_ns AND t.given_up_ns > m.t_ns, iif(t.direction = 'c2s', 'SYN-SENT', 'SYN-RECV'), NULL)
			WHEN t.fin_ns > m.t_ns THEN iif(t.peer_fin_ns <= m.t_ns, 'CLOSE-WAIT', 'ESTAB')
			WHEN t.passive THEN iif(t.fin_acked_ns <= m.t_ns, NULL, 'LAST-ACK')
			WHEN max(t.fin_acked_ns, t.peer_fin_ns) <= m.t_ns
				THEN iif(max(t.fin_acked_ns, t.peer_fin_ns) <= m.t_ns - 60000000000, NULL, 'TIME-WAIT')
			WHEN t.fin_acked_ns <= m.t_ns THEN 'FIN-WAIT-2'
			WHEN t.peer_fin_ns <= m.t_ns THEN 'CLOSING'
			ELSE 'FIN-WAIT-1'
		END AS state
	FROM socket_times t
	JOIN moments m ON m.id = t.capture_id AND m.t_ns IS NOT NULL -- no time, no answer
)
SELECT server_ip AS server, server_port AS port, iif(direction = 'c2s', 'clients', 'server') AS sockets_of, state, count(*) AS sockets
FROM states
WHERE state IS NOT NULL
GROUP BY server_ip, server_port, direction, state
ORDER BY sockets DESC, server, port, sockets_of, state
LIMIT :limit;
