-- title: A host tries many ports of another
-- severity: warning
-- layer: L3
-- rank: 2
-- explanation: One host began connections to many different ports of another, and nearly none came to anything: somebody, or
-- explanation: a security scanner of your own, looks for open services. What else is said about these connections (refused,
-- explanation: unanswered, half open) comes from that.
-- advice: Find out whose address it is and whether it was asked to do so. If not, block it, and look at the ports that
-- advice: answered: `wiretape query DB "SELECT server_port FROM flows WHERE client_ip = 'A' AND server_ip = 'B' AND
-- advice: syn_ack_ns IS NOT NULL"`.
-- threshold: port_scan 30 ports of one host were tried in vain
-- explains: syn_unanswered refused reset half_open port_reuse many_short_connections syn_retransmitted icmp_unreachable
-- explains: asymmetric_route
-- explains: port_exhaustion accept_queue
WITH failed AS ( -- state by state, so that each finds its index
	SELECT client_ip, server_ip, server_port, first_ns, last_ns, first_frame, syn_ack_ns
	FROM flows
	WHERE capture_id = :capture AND state = 'unanswered'
	UNION ALL
	SELECT client_ip, server_ip, server_port, first_ns, last_ns, first_frame, syn_ack_ns
	FROM flows
	WHERE capture_id = :capture AND state = 'refused'
	UNION ALL
	SELECT client_ip, server_ip, server_port, first_ns, last_ns, first_frame, syn_ack_ns
	FROM flows
	WHERE capture_id = :capture AND state = 'syn_received'
	UNION ALL
	SELECT client_ip, server_ip, server_port, first_ns, last_ns, first_frame, syn_ack_ns
	FROM flows
	WHERE capture_id = :capture AND state = 'reset' AND last_ns - first_ns < 5000000000 AND responses = 0
), pairs AS (
	SELECT client_ip, server_ip, count(DISTINCT server_port) AS ports, count(*) AS flows, min(first_ns) AS t_ns,
		max(last_ns) AS last_ns, min(first_frame) AS frame, sum(syn_ack_ns IS NOT NULL) AS answered
	FROM failed
	GROUP BY client_ip, server_ip
), targets AS ( -- servers whose failed connections are all of a scan: those findings about the server come of it too
	SELECT server_ip, sum(flows) AS flows, count(*) AS clients, min(t_ns) AS t_ns, min(frame) AS frame
	FROM pairs
	GROUP BY server_ip
	HAVING min(ports) >= :port_scan
)
SELECT client_ip || ' > ' || server_ip AS subject, client_ip AS address, t_ns, frame,
	ports AS value,
	printf('%s tried %,d ports of %s in vain, in %.1f s; %d of these connections %s answered', client_ip, ports,
		server_ip,
		(last_ns - t_ns) / 1e9, answered, iif(answered = 1, 'was', 'were')) AS detail,
	printf('%s == %s && %s == %s && tcp.flags.syn == 1', iif(client_ip LIKE '%:%', 'ipv6.addr', 'ip.addr'), client_ip,
		iif(server_ip LIKE '%:%', 'ipv6.addr', 'ip.addr'), server_ip) AS filter
FROM pairs
WHERE ports >= :port_scan
UNION ALL
SELECT server_ip, server_ip, t_ns, frame, :port_scan,
	printf('all %,d failed connections to %s are of such a scan', flows, server_ip),
	printf('%s == %s && tcp.flags.syn == 1', iif(server_ip LIKE '%:%', 'ipv6.addr', 'ip.addr'), server_ip)
FROM targets
ORDER BY value DESC, subject;
