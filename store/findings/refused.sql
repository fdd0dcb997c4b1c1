-- title: Connections are refused: nobody listens there
-- severity: warning
-- layer: L4
-- rank: 12
-- explanation: The server's host answered the SYN with a reset. The host is up and reached, but no program listens on
-- explanation: this port, or a firewall rejects it with a reset.
-- advice: On the server `ss -ltnp 'sport = :PORT'`: does the program run, and does it listen on this address (not only on
-- advice: 127.0.0.1)? Then its log, and `nft list ruleset` for "reject with tcp reset"; on the client: is it the right
-- advice: address and port?
-- threshold: refused_connections 1 connections refused by one service
SELECT service AS subject, count(*) AS value,
	printf('%s refused %,d connection%s of %s.', service, count(*), iif(count(*) = 1, '', 's'),
		iif(count(DISTINCT client_ip) = 1, client_ip, count(DISTINCT client_ip) || ' hosts')) AS detail,
	f.id AS flow_id, min(f.reset_ns) AS t_ns,
	(SELECT frame FROM events e WHERE e.flow_id = f.id AND kind = 'refused' ORDER BY t_ns LIMIT 1) AS frame,
	iif(count(*) > 1, f.server_ip, NULL) AS address
FROM flows f
JOIN directions d ON d.flow_id = f.id AND d.direction = 'c2s'
WHERE f.state = 'refused' AND f.capture_id = :capture
GROUP BY service
HAVING count(*) >= :refused_connections
ORDER BY value DESC
