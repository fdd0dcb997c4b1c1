-- title: Connections were never answered
-- severity: critical
-- layer: L4
-- rank: 10
-- explanation: SYNs went out and nothing came back, no SYN-ACK and no reset: the host is down, a firewall drops them in silence, or
-- explanation: the way back is broken.
-- advice: Ask for the service from a host nearer to it; look for a firewall rule that drops; capture at the server to see whether the
-- advice: SYNs arrive and whether it answers.
-- threshold: syn_unanswered 1 connections to one service went without any answer
SELECT iif(server_ip LIKE '%:%', '[' || server_ip || ']', server_ip) || ':' || server_port AS subject,
	count(*) AS value,
	printf('%s to %s port %d got no answer: %d %s from %d %s, at the longest for %.1f s.',
		iif(count(*) = 1, 'A connection', 'Connections'), server_ip, server_port, count(*), iif(count(*) = 1, 'attempt', 'attempts'),
		count(DISTINCT client_ip), iif(count(DISTINCT client_ip) = 1, 'client', 'clients'), max(last_ns - first_ns) / 1e9) AS detail,
	min(id) AS flow_id,
	min(first_ns) AS t_ns,
	min(first_frame) AS frame
FROM flows
WHERE capture_id = :capture AND protocol = 'tcp' AND state = 'unanswered'
GROUP BY server_ip, server_port
HAVING count(*) >= :syn_unanswered
ORDER BY value DESC, flow_id;
