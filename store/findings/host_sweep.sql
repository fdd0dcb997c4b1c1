-- title: A host tries many others
-- severity: warning
-- layer: L3
-- rank: 3
-- explanation: One host tried the same port of many different hosts in vain, or asked by ARP for many addresses that nobody
-- explanation: has: it looks for machines. An inventory or monitoring system does that, and so does malware that spreads.
-- advice: Find out what runs on that host (`ss -tnp`, its process list) and whether it was meant to do so. If not,
-- advice: isolate it.
-- threshold: host_sweep 30 hosts were tried in vain
-- explains: syn_unanswered refused reset half_open syn_retransmitted arp_unanswered icmp_unreachable asymmetric_route
-- explains: ping_unanswered
WITH failed AS (
	SELECT client_ip, server_ip, server_port, count(*) AS flows, min(first_ns) AS t_ns, max(last_ns) AS last_ns,
		min(first_frame) AS frame
	FROM flows
	WHERE capture_id = :capture AND state IN ('unanswered', 'refused')
	GROUP BY client_ip, server_port, server_ip
), sweeps AS (
	SELECT client_ip, server_port, count(*) AS hosts, min(t_ns) AS t_ns, max(last_ns) AS last_ns, min(frame) AS frame
	FROM failed
	GROUP BY client_ip, server_port
	HAVING count(*) >= :host_sweep
), targets AS ( -- hosts whose failed connections are all of a sweep: those findings about the host come of it too
	SELECT server_ip, server_port, sum(flows) AS flows, min(t_ns) AS t_ns, min(frame) AS frame
	FROM failed
	WHERE EXISTS (SELECT 1 FROM sweeps)
	GROUP BY server_ip
	HAVING min((client_ip, server_port) IN (SELECT client_ip, server_port FROM sweeps))
), asked AS (
	SELECT source_ip, source_mac, count(DISTINCT address) AS hosts, min(first_ns) AS t_ns, max(last_ns) AS last_ns,
		min(first_frame) AS frame
	FROM neighbour_requests
	WHERE capture_id = :capture AND protocol = 'arp' AND source_ip IS NOT NULL AND answered = 0 AND target_seen = 0
	GROUP BY source_mac
	HAVING count(DISTINCT address) >= :host_sweep
)
SELECT client_ip || ' > port ' || server_port AS subject, client_ip AS address, t_ns, frame,
	hosts AS value,
	printf('%s tried port %d of %,d hosts in vain, in %.1f s', client_ip, server_port, hosts, (last_ns - t_ns) / 1e9)
		AS detail,
	printf('%s == %s && tcp.dstport == %d && tcp.flags.syn == 1', iif(client_ip LIKE '%:%', 'ipv6.src', 'ip.src'),
		client_ip, server_port)
		AS filter,
	'warning' AS severity
FROM sweeps
UNION ALL
SELECT server_ip, server_ip, t_ns, frame, 1,
	printf('all %,d failed connections to %s are of such a sweep', flows, server_ip),
	printf('%s == %s && tcp.dstport == %d', iif(server_ip LIKE '%:%', 'ipv6.dst', 'ip.dst'), server_ip, server_port),
	'warning'
FROM targets
UNION ALL
SELECT source_ip || ' > ARP', source_ip, t_ns, frame, hosts,
	printf('%s asked in %.1f s for %,d addresses by ARP that nobody answered for', source_ip, (last_ns - t_ns) / 1e9,
		hosts),
	printf('arp.opcode == 1 && arp.src.hw_mac == %s', source_mac),
	-- A router asks for all that its other side knocks at.
	'note'
FROM asked
ORDER BY value DESC, subject;
