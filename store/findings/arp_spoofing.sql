-- title: A station claims an address that is not its own
-- severity: critical
-- layer: L2
-- rank: 5
-- explanation: A station told others, unasked, that it has an IP address, though it asks for the owner of that address
-- explanation: itself, or claims several addresses that other stations have. That is how traffic between two hosts is drawn
-- explanation: through a third (ARP poisoning), where it can be read, changed or dropped; seldom it is a bad cluster or
-- explanation: bonding setup.
-- advice: Find the MAC address's port in the switch's table and the machine at it; compare ip neigh on its victims with the
-- advice: real MAC address of the gateway. Dynamic ARP inspection (with DHCP snooping) on the switch, or RA guard for IPv6,
-- advice: prevents it.
-- explains: address_conflict address_moved gratuitous_arp duplicate_capture route_changed
WITH ranked AS (
	SELECT protocol, address, vlan, mac, claims, gratuitous, replies, first_ns, last_ns, first_frame,
		row_number() OVER (PARTITION BY protocol, address, vlan ORDER BY claims DESC, first_ns) AS nth
	FROM neighbours
	WHERE capture_id = :capture AND address NOT IN ('0.0.0.0', '::')
), claimed AS (
	SELECT * FROM ranked WHERE nth <= 32 -- each is compared with each other: a flood of forged MACs would take minutes
), contested AS (
	SELECT a.protocol, a.mac, a.address, b.mac AS owner, a.first_ns, a.first_frame, a.claims, a.gratuitous
	FROM claimed a
	JOIN claimed b ON b.address = a.address AND b.protocol = a.protocol AND b.vlan IS a.vlan AND b.mac <> a.mac
	WHERE b.last_ns > a.first_ns AND a.last_ns > b.first_ns
), others AS (
	SELECT mac, count(DISTINCT address) AS addresses, count(DISTINCT owner) AS owners
	FROM contested
	GROUP BY mac
	-- Asked-for replies alone may be a router's proxy ARP; one other station is a clone.
	HAVING count(DISTINCT address) > 1 AND count(DISTINCT owner) > 1 AND sum(gratuitous) > 0
)
SELECT c.mac || ' as ' || c.address AS subject, c.address, c.first_ns AS t_ns, c.first_frame AS frame, c.claims AS value,
	'packets' AS unit,
	printf('%s said %s that it has %s, and then asked as %s who has it', c.mac,
		iif(c.claims = 1, 'once', c.claims || ' times'), c.address, r.source_ip)
		AS detail,
	printf('arp.src.hw_mac == %s', c.mac) AS filter
FROM claimed c
JOIN neighbour_requests r ON r.capture_id = :capture AND r.address = c.address AND r.source_mac = c.mac
	AND r.protocol = c.protocol
WHERE r.source_ip IS NOT NULL AND r.source_ip <> r.address AND r.last_ns > c.first_ns AND c.claims > c.replies
UNION
SELECT t.mac || ' as ' || t.address, t.address, t.first_ns, t.first_frame, t.claims, 'packets',
	printf('%s claims %,d addresses of %d other stations; it said %s that it has %s, as does %s', t.mac,
		o.addresses, o.owners,
		iif(t.claims = 1, 'once', t.claims || ' times'), t.address, t.owner),
	printf('%s == %s', iif(t.protocol = 'arp', 'arp.src.hw_mac', 'eth.src'), t.mac)
FROM contested t
JOIN others o ON o.mac = t.mac
-- Whose claims there are more of is who does it; the owners claim one address each.
ORDER BY value DESC, subject;
