-- title: A tunnel cuts its packets into fragments
-- severity: warning
-- layer: L3
-- rank: 28
-- explanation: Packets inside a tunnel, with the tunnel's headers, are larger than the link below takes, so that each large
-- explanation: one travels as two fragments: twice the packets, and all is lost if one of them is.
-- advice: Make the MTU inside smaller by the tunnel's headers (VXLAN and Geneve: 50 bytes and more over IPv4, GRE 24, IPIP
-- advice: and 6in4 20): ip link set dev TUNNEL mtu 1450, in Kubernetes the CNI's MTU setting; or raise the link's MTU below.
-- threshold: tunnel_fragments_pct 5 % of all packets of a capture with tunnels are fragments
-- explains: ip_fragments
WITH ends AS (
	SELECT f.tunnel, f.tunnel_client_ip, f.tunnel_server_ip, count(*) AS flows, max(d.segment_bytes) AS segment, f.id
		AS flow_id, d.first_ns
	FROM (SELECT 1 FROM captures WHERE id = :capture AND tunnelled > 0
		AND 100.0 * fragments / packets >= :tunnel_fragments_pct) AS fragmented
	CROSS JOIN flows f
	JOIN flow_directions d ON d.flow_id = f.id
	WHERE f.capture_id = :capture AND f.tunnel IS NOT NULL AND d.segment_bytes
			+ iif(f.client_ip LIKE '%:%', 60, 40)
			+ CASE f.tunnel WHEN 'vxlan' THEN 50 WHEN 'geneve' THEN 50 WHEN 'gre' THEN 24 ELSE 20 END > 1500
		AND f.tunnel IN ('vxlan', 'geneve', 'gre', 'ipip', '6in4')
	GROUP BY f.tunnel, f.tunnel_client_ip, f.tunnel_server_ip
)
SELECT printf('%s %s > %s', tunnel, tunnel_client_ip, tunnel_server_ip) AS subject, '*' AS address, e.flow_id, e.first_ns
	AS t_ns,
	100.0 * c.fragments / c.packets AS value,
	printf('%,d of %,d packets are fragments; %,d direction%s in this %s tunnel send%s segments of %,d bytes, which with its '
		|| 'headers exceed 1500',
		c.fragments, c.packets, e.flows, iif(e.flows = 1, '', 's'),
		tunnel, iif(e.flows = 1, 's', ''), e.segment) AS detail,
	'ip.flags.mf == 1 || ip.frag_offset > 0' AS filter
FROM ends e, captures c
WHERE c.id = :capture
ORDER BY e.flows DESC, subject;
