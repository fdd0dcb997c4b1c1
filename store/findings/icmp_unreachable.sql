-- title: Routers or hosts say that a destination is unreachable
-- severity: warning
-- layer: L3
-- rank: 12
-- explanation: An ICMP message says why packets don't arrive. Port: the host is up, but nothing listens there. Host or
-- explanation: network: a router has no route, or nobody answers its ARP requests. Prohibited: a firewall rejects them on
-- explanation: purpose.
-- advice: The reporter in the detail is where to look: port: start the service, or correct the port; host: is it up? (ip
-- advice: neigh on the reporter); network: the reporter's routes (ip route get DESTINATION); prohibited: its firewall rules
-- advice: (nft list ruleset, iptables -S).
-- threshold: icmp_unreachable 3 messages about one destination; a note below
-- explains: syn_unanswered dns_unanswered dns_retries refused ping_loss ping_unanswered
WITH told AS (
	SELECT kind, protocol, reporter_ip, about_protocol, about_source_ip, about_destination_ip, about_destination_port,
		about_flow_id, packets,
		first_ns, first_frame
	FROM icmp_errors e
	WHERE capture_id = :capture AND (protocol = 'icmp' AND type = 3 AND code <> 4 OR protocol = 'icmpv6' AND type = 1)
		-- A DNS client that has gone before a late answer.
		AND NOT (kind = 'port_unreachable' AND about_protocol = 'udp' AND about_source_port = 53)
		-- The end of a traceroute.
		AND NOT (kind = 'port_unreachable' AND about_protocol = 'udp' AND about_destination_port BETWEEN 33434
			AND 33933)
		AND (about_source_ip, about_destination_ip) NOT IN (SELECT source_ip, destination_ip FROM hops
			WHERE capture_id = :capture)
), destinations AS (
	SELECT *, sum(packets) AS messages,
		count(DISTINCT reporter_ip) AS reporters, min(first_frame) AS frame -- the other columns are of the first
	FROM told
	GROUP BY kind, about_destination_ip, about_protocol, CASE
		WHEN kind = 'port_unreachable' THEN about_destination_port END
)
SELECT iif(about_destination_ip LIKE '%:%', '[' || about_destination_ip || ']', about_destination_ip)
		|| iif(about_destination_port > 0 AND kind = 'port_unreachable', ':' || about_destination_port, '')
			AS subject,
	about_destination_ip AS address, about_flow_id AS flow_id, first_ns AS t_ns, frame,
	messages AS value,
	printf('%s said "%s" %d time%s about %s to %s%s', iif(reporters = 1, reporter_ip, reporters || ' routers'),
		replace(kind, '_', ' '), messages, iif(messages = 1, '', 's'), about_protocol, about_destination_ip,
		iif(kind = 'port_unreachable' AND about_destination_port > 0, ' port ' || about_destination_port, ''))
			AS detail,
	printf('%s && %s == %s', iif(protocol = 'icmp', 'icmp.type == 3', 'icmpv6.type == 1'),
		iif(protocol = 'icmp', 'ip.dst', 'ipv6.dst'),
		about_destination_ip) AS filter,
	iif(messages >= :icmp_unreachable, 'warning', 'note') AS severity
FROM destinations
ORDER BY messages DESC, subject, kind;
