-- title: A server's accept queue is full: it does not take its connections
-- severity: critical
-- layer: L4
-- rank: 15
-- explanation: The client completed the handshake, but the server repeats its SYN-ACK as if the last ACK had not come:
-- explanation: its kernel ignores it, because the program accepts too slowly or not at all and the queue of connections
-- explanation: that wait for it is full.
-- advice: On the server `ss -ltn`: Recv-Q above Send-Q on this port shows it, `nstat -az TcpExtListenOverflows
-- advice: TcpExtListenDrops` counts it. See why the program does not accept (blocked, out of threads or descriptors);
-- advice: raise its listen() backlog and `net.core.somaxconn`.
-- threshold: unaccepted_connections 2 connections to one service whose last ACK was ignored
-- explains: syn_unanswered syn_retransmitted slow_server tail_loss loss_downstream loss_upstream half_open reset
-- The SYN-ACK came again well after the handshake was complete; at once it may only have crossed a repeated SYN.
-- A single one may be the answer to a lost ACK.
WITH ignored AS (
	SELECT e.flow_id, count(*) AS repeats, min(e.t_ns) AS t_ns, e.frame
	FROM events e
	JOIN flows f ON f.id = e.flow_id
	WHERE e.kind = 'syn_retransmission' AND e.direction = 's2c' AND e.t_ns > f.established_ns + 500000000
		AND f.capture_id = :capture
	GROUP BY e.flow_id
)
SELECT service AS subject, count(*) AS value,
	printf('%s repeated its SYN-ACK to %,d connection%s complete, up to %d time%s.', service, count(*),
		iif(count(*) = 1, ' that was', 's that were'), max(repeats), iif(max(repeats) = 1, '', 's')) AS detail,
	d.flow_id, min(i.t_ns) AS t_ns, i.frame, d.server_ip AS address
FROM ignored i
JOIN directions d ON d.flow_id = i.flow_id AND d.direction = 's2c'
GROUP BY service
HAVING count(*) >= :unaccepted_connections
ORDER BY value DESC
