-- title: Nobody answers ARP requests for an address
-- severity: warning
-- layer: L2
-- rank: 8
-- explanation: A host asks again and again who has an address on its own link, and nobody says that it has. The host with
-- explanation: that address is off, or in another VLAN, or the asking host's netmask is too wide; its packets never leave.
-- explanation: It is a note where the capture can't show answers (they are sent to the asking host alone, so a third port of
-- explanation: a switch sees none).
-- advice: On the asking host: ip neigh show ADDRESS (FAILED, INCOMPLETE) and ip route get ADDRESS. Is the other host up and
-- advice: in the same VLAN? arping -I INTERFACE ADDRESS. If the address should be reached through a router, correct the
-- advice: netmask.
-- threshold: arp_unanswered 5 requests for one address got no answer
-- explains: syn_unanswered dns_unanswered ping_loss ping_unanswered icmp_unreachable
WITH asked AS (
	SELECT protocol, source_ip, source_mac, address, sum(requests) AS requests,
		min(first_ns) AS first_ns, max(last_ns) AS last_ns,
		first_frame
	FROM neighbour_requests
	WHERE capture_id = :capture AND source_ip IS NOT NULL AND source_ip <> address AND answered = 0 AND target_seen = 0
		AND requests >= :arp_unanswered
	GROUP BY protocol, source_mac, source_ip, address
), shown AS ( -- answers to these hosts are in the capture, or at least their TCP is
	SELECT source_mac
	FROM neighbour_requests
	WHERE capture_id = :capture AND answered > 0
	UNION
	SELECT source_mac
	FROM asked
	WHERE EXISTS (SELECT 1 FROM timeline t WHERE t.scope = 'peer' AND t.key = asked.source_ip AND t.capture_id = :capture
		AND t.data_segments > 0)
), counted AS (
	SELECT *, count(*) OVER (PARTITION BY source_mac) AS targets
	FROM asked
)
SELECT source_ip || ' > ' || address AS subject, address, first_ns AS t_ns, first_frame AS frame,
	requests AS value,
	printf('%s asked %d times in %.1f s who has %s; nobody answered', source_ip, requests, (last_ns - first_ns) / 1e9,
		address) AS detail,
	iif(protocol = 'arp', 'arp.dst.proto_ipv4 == ', 'icmpv6.nd.ns.target_address == ') || address AS filter,
	-- Who asks for many is a router with a scan behind it, or a scanner.
	iif(targets <= 16 AND source_mac IN (SELECT source_mac FROM shown), 'warning', 'note') AS severity
FROM counted
ORDER BY targets <= 16 AND source_mac IN (SELECT source_mac FROM shown) DESC, requests DESC, subject;
