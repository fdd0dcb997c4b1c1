-- title: Two stations use the same IP address
-- severity: critical
-- layer: L2
-- rank: 10
-- explanation: Two MAC addresses claim one IP address at the same time. Who talks to it reaches the one or the other, as
-- explanation: their ARP caches happen to say: connections hang, are reset, and work again.
-- advice: Find the ports of both MAC addresses in the switch's table (bridge fdb show, show mac address-table) and see who
-- advice: has the address by mistake: a static address inside a DHCP range, a cloned machine. Interfaces that answer for
-- advice: each other (two of one host on one link: set arp_ignore=1; bonding mode balance-alb; proxy ARP) look the same and
-- advice: may be meant.
-- explains: address_moved arp_unanswered gratuitous_arp reset half_open
WITH contested AS (
	SELECT protocol, address, vlan
	FROM neighbours
	WHERE capture_id = :capture AND address NOT IN ('0.0.0.0', '::')
	GROUP BY protocol, address, vlan
	HAVING count(DISTINCT mac) > 1
), ranked AS (
	SELECT n.protocol, n.address, n.vlan, n.mac, n.claims, n.gratuitous, n.replies, n.claims - n.gratuitous - n.replies
		AS asks,
		n.first_ns, n.last_ns, n.first_frame,
		row_number() OVER (PARTITION BY n.protocol, n.address, n.vlan ORDER BY n.claims DESC, n.first_ns) AS nth
	FROM contested c
	JOIN neighbours n ON n.address = c.address AND n.protocol = c.protocol AND n.vlan IS c.vlan
	WHERE n.capture_id = :capture
), claimed AS (
	SELECT * FROM ranked WHERE nth <= 32 -- each is compared with each other: a flood of forged MACs would take minutes
), answered AS (
	SELECT protocol, address, sum(answered) AS requests
	FROM neighbour_requests
	WHERE capture_id = :capture AND address IN (SELECT address FROM contested)
	GROUP BY protocol, address
), both AS (
	SELECT a.protocol, a.address, a.mac AS mac, b.mac AS other, b.first_ns AS t_ns, b.first_frame AS frame,
		a.claims + b.claims AS claims,
		a.last_ns > b.first_ns AS together,
		-- One request got two answers, or both speak for themselves: a standby that takes an address over and gives
		-- it back
		-- does neither.
		a.replies + b.replies > coalesce(r.requests, 0) OR a.asks > 0 AND b.asks > 0 AS certain,
		a.gratuitous > 0 AND b.gratuitous > 0 AS announced
	FROM claimed a
	JOIN claimed b ON b.address = a.address AND b.protocol = a.protocol AND b.vlan IS a.vlan
		AND (b.first_ns, b.first_frame) > (a.first_ns, a.first_frame)
	LEFT JOIN answered r ON r.address = a.address AND r.protocol = a.protocol
)
SELECT address AS subject, address, t_ns, frame, claims AS value, 'packets' AS unit,
	printf('%s and %s both say that they have %s', mac, other, address) AS detail,
	iif(protocol = 'arp', 'arp.src.proto_ipv4 == ', 'icmpv6.nd.na.target_address == ') || address AS filter,
	iif(certain, 'critical', 'warning') AS severity
FROM both
WHERE together AND (certain OR NOT announced)
UNION ALL
SELECT r.address, r.address, r.first_ns, r.first_frame, r.requests, 'packets',
	printf('%s asked whether %s is free before taking it, and %s said that it has it', r.source_mac, r.address, n.mac),
	iif(r.protocol = 'arp', 'arp.dst.proto_ipv4 == ', 'icmpv6.nd.ns.target_address == ') || r.address,
	'warning'
FROM neighbour_requests r
JOIN neighbours n ON n.address = r.address AND n.protocol = r.protocol AND n.capture_id = r.capture_id
	AND n.mac <> r.source_mac AND n.replies > 0
WHERE r.capture_id = :capture AND r.source_ip IS NULL AND r.answered > 0
ORDER BY severity, claims DESC, subject;
