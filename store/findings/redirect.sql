-- title: A router redirects packets to another one
-- severity: note
-- layer: L3
-- rank: 30
-- explanation: ICMP redirects say that a better gateway is on the same link as the sender. Until the sender obeys, each
-- explanation: packet passes the link twice, and the router answers each with another message from its slow path.
-- advice: Give the senders the better route, or let the router route between interfaces (two subnets on one link cause
-- advice: this). Many hosts ignore redirects on purpose (net.ipv4.conf.all.accept_redirects=0).
SELECT receiver_ip || ' > ' || about_destination_ip AS subject, about_flow_id AS flow_id, min(first_ns) AS t_ns, first_frame
	AS frame,
	sum(packets) AS value, 'packets' AS unit,
	printf('%s redirected %s %s for packets to %s', reporter_ip, receiver_ip,
		iif(sum(packets) = 1, 'once', sum(packets) || ' times'), about_destination_ip)
		AS detail,
	iif(protocol = 'icmp', 'icmp.type == 5 && ip.dst == ', 'icmpv6.type == 137 && ipv6.dst == ') || receiver_ip AS filter
FROM icmp_errors
WHERE capture_id = :capture AND kind = 'redirect'
GROUP BY reporter_ip, receiver_ip, about_destination_ip
ORDER BY value DESC, subject;
