-- title: Who has which address (ARP, neighbour discovery), and who is asked for in vain
-- about: macs over 1: two hosts claim the address. unanswered are requests for it.
-- parameter: limit 30 rows to show
WITH claims AS (
	SELECT capture_id, protocol, address, count(DISTINCT mac) AS macs, min(mac) AS mac, sum(gratuitous) AS unasked,
		min(first_frame) AS frame
	FROM neighbours
	GROUP BY capture_id, protocol, address
), requests AS (
	SELECT capture_id, protocol, address, sum(requests) AS requests, sum(requests - answered) AS unanswered,
		min(first_frame) AS frame
	FROM neighbour_requests
	GROUP BY capture_id, protocol, address
)
SELECT address, protocol, macs, mac, unasked, requests, unanswered, frame
FROM (
	SELECT c.address, c.protocol, c.macs, c.mac, c.unasked, r.requests, r.unanswered, c.frame
	FROM claims c
	LEFT JOIN requests r USING (capture_id, protocol, address)
	UNION ALL
	SELECT r.address, r.protocol, 0, NULL, 0, r.requests, r.unanswered, r.frame
	FROM requests r
	LEFT JOIN claims c USING (capture_id, protocol, address)
	WHERE c.address IS NULL
)
ORDER BY macs > 1 DESC, unanswered DESC, address, protocol
LIMIT :limit;
