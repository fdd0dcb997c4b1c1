-- title: Packets run in circles until their TTL expires
-- severity: critical
-- layer: L3
-- rank: 8
-- explanation: A router threw packets of normal traffic away because their time to live was used up (time exceeded;
-- explanation: traceroutes are not counted). Two routers that send packets for a destination to each other do that: a
-- explanation: routing loop. The destination can't be reached, and the loop's link carries each packet dozens of times.
-- advice: Run mtr or traceroute to the destination: the same two routers alternate. Compare their routes for it (ip route
-- advice: get, show ip route): one has lost a route and sends it back by its default route; add a blackhole route for the
-- advice: whole prefix at the one that owns it.
-- threshold: ttl_expired 3 messages about one destination
-- explains: syn_unanswered dns_unanswered dns_retries ping_loss ping_unanswered icmp_unreachable half_open
WITH told AS (
	SELECT protocol, reporter_ip, about_protocol, about_source_ip, about_destination_ip, about_flow_id, packets,
		first_ns, first_frame
	FROM icmp_errors e
	WHERE capture_id = :capture AND kind = 'time_exceeded'
		AND NOT (about_protocol = 'udp' AND about_destination_port BETWEEN 33434 AND 33933)
		AND (about_source_ip, about_destination_ip) NOT IN (SELECT source_ip, destination_ip FROM hops
			WHERE capture_id = :capture)
), destinations AS (
	SELECT *, sum(packets) AS messages, count(*) AS conversations, count(DISTINCT reporter_ip) AS reporters,
		group_concat(DISTINCT reporter_ip) AS who, min(first_frame) AS frame -- the other columns are of the first
	FROM told
	GROUP BY about_destination_ip
)
SELECT about_destination_ip AS subject, about_destination_ip AS address, about_flow_id AS flow_id, first_ns AS t_ns, frame,
	messages AS value,
	printf('%,d packets to %s were dropped with their TTL used up by %s', messages, about_destination_ip,
		iif(reporters <= 3, replace(who, ',', ', '), reporters || ' routers')) AS detail,
	printf('%s && %s == %s', iif(protocol = 'icmp', 'icmp.type == 11', 'icmpv6.type == 3'),
		iif(protocol = 'icmp', 'ip.dst', 'ipv6.dst'),
		about_destination_ip) AS filter
FROM destinations
WHERE messages >= :ttl_expired
ORDER BY messages DESC, subject;
