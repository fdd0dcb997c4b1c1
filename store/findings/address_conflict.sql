-- title: Two stations use the same IP address
-- severity: critical
-- layer: L2
-- rank: 10
-- explanation: Two MAC addresses claim one IP address at the same time. Who talks to it reaches the one or the other, as
-- explanation: their ARP caches happen to say: connections hang, are reset, and work again. Where one followed the other for
-- explanation: good it is a take-over (VRRP, keepalived, a replaced interface), and a note.
-- advice: Find the ports of both MAC addresses in the switch's table (bridge fdb show, show mac address-table) and see who
-- advice: has the address by mistake: a static address inside a DHCP range, a cloned machine. Interfaces that answer for
-- advice: each other (two of one host on one link: set arp_ignore=1; bonding mode balance-alb; proxy ARP) look the same and
-- advice: may be meant.
-- explains: arp_unanswered gratuitous_arp reset half_open
WITH claimed AS (
	SELECT protocol, address, vlan, mac, claims, gratuitous, replies, first_ns, last_ns, first_frame
	FROM neighbours n
	WHERE capture_id = :capture AND address NOT IN ('0.0.0.0', '::') AND EXISTS (SELECT 1 FROM neighbours m
		WHERE m.capture_id = :capture AND m.address = n.address AND m.mac <> n.mac AND m.vlan IS n.vlan
			AND m.protocol = n.protocol)
), both AS (
	SELECT a.protocol, a.address, a.mac AS mac, b.mac AS other, b.first_ns AS t_ns, b.first_frame AS frame,
		a.claims + b.claims AS claims,
		a.last_ns > b.first_ns AS together
	FROM claimed a
	JOIN claimed b ON b.address = a.address AND b.protocol = a.protocol AND b.vlan IS a.vlan
		AND (b.first_ns, b.first_frame) > (a.first_ns, a.first_frame)
)
SELECT address AS subject, address, t_ns, frame, claims AS value, 'packets' AS unit,
	iif(together, printf('%s and %s both say that they have %s', mac, other, address),
		printf('%s moved from %s to %s, which was not heard of as its owner again', address, mac, mac)) AS detail,
	iif(protocol = 'arp', 'arp.src.proto_ipv4 == ', 'icmpv6.nd.na.target_address == ') || address AS filter,
	iif(together, 'critical', 'note') AS severity
FROM both
UNION ALL
SELECT r.address, r.address, r.first_ns, r.first_frame, r.requests, 'packets',
	printf('%s asked whether %s is free before taking it, and %s said that it has it', r.source_mac, r.address, n.mac),
	iif(r.protocol = 'arp', 'arp.dst.proto_ipv4 == ', 'icmpv6.nd.ns.target_address == ') || r.address,
	'warning'
FROM neighbour_requests r
JOIN neighbours n ON n.capture_id = r.capture_id AND n.address = r.address AND n.protocol = r.protocol
	AND n.mac <> r.source_mac
	AND n.replies > 0
WHERE r.capture_id = :capture AND r.source_ip IS NULL AND r.answered > 0
ORDER BY severity, claims DESC, subject;
