-- title: A program does not close its connections: they pile up in CLOSE_WAIT
-- severity: warning
-- layer: L4
-- rank: 37
-- explanation: The other side has closed (FIN), and this side acknowledged it long ago but never closes its own half: the
-- explanation: program has forgotten the connection. Each holds a descriptor and memory until the program is restarted;
-- explanation: then `Too many open files` comes.
-- advice: On that host `ss -tnp state close-wait` names the program. It is a bug there: a connection that is not closed
-- advice: when reading returns end of file, or on an error path.
-- threshold: close_wait_s 10 s that a side has left the other's FIN without its own
-- threshold: close_wait_sockets 3 connections in that state on one host and port
-- The side that should close sends no data either since the FIN, or it is still busy with its answer.
WITH waiting AS (
	SELECT f.id, closer.fin_ns, closer.fin_acked_ns, idle.sender_ip, f.capture_id,
		CASE f.first_fin_by WHEN 'client' THEN closer.service ELSE idle.sender_ip END AS who, f.first_fin_by
	FROM flows f
	JOIN directions closer ON closer.flow_id = f.id AND closer.direction = iif(f.first_fin_by = 'client', 'c2s', 's2c')
	JOIN directions idle ON idle.flow_id = f.id AND idle.direction = iif(f.first_fin_by = 'client', 's2c', 'c2s')
	JOIN captures c ON c.id = f.capture_id
	WHERE f.state = 'half_closed' AND f.capture_id = :capture
		AND closer.fin_acked_ns IS NOT NULL AND idle.fin_ns IS NULL
		AND idle.last_ns <= closer.fin_acked_ns + 1000000000
		AND c.last_ns - closer.fin_acked_ns >= :close_wait_s * 1e9
)
SELECT who AS subject, count(*) AS value, :close_wait_sockets AS threshold, 'connections' AS unit,
	printf('%,d connections are in CLOSE_WAIT on %s at the end of the capture, the oldest for %.0f s.', count(*),
		sender_ip,
		((SELECT last_ns FROM captures WHERE id = :capture) - min(fin_acked_ns)) / 1e9) AS detail,
	id AS flow_id, fin_ns AS t_ns, sender_ip AS address
FROM waiting
GROUP BY who
HAVING count(*) >= :close_wait_sockets
ORDER BY value DESC
