-- title: An IP address moved to another station
-- severity: note
-- layer: L2
-- rank: 20
-- explanation: The MAC address of an IP address changed, announced as a standby does that takes over (VRRP, keepalived, a
-- explanation: cluster, a moved virtual machine or pod). Connections to it were reset or hung for that moment.
-- advice: If it was not planned, look at the log of who had it before, at this time: why did it fail? If it moves to and
-- advice: fro, both believe to be the master: compare what each receives of the other's advertisements.
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
	iif(together, printf('%s moved between %s and %s more than once', address, mac, other),
		printf('%s moved from %s to %s', address, mac, other)) AS detail,
	iif(protocol = 'arp', 'arp.src.proto_ipv4 == ', 'icmpv6.nd.na.target_address == ') || address AS filter
FROM both
WHERE NOT together OR NOT certain AND announced
ORDER BY together DESC, claims DESC, subject;
