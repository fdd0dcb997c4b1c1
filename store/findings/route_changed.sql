-- title: The route changed while flows went on
-- severity: note
-- layer: L3
-- rank: 35
-- explanation: The TTL of a flow's packets changed: from then on they came over another number of routers. Once is a route
-- explanation: that changed (what was on the way may have come late or out of order); to and fro is a flapping route, a path
-- explanation: shared packet by packet, or a device that answers in the server's name.
-- advice: Compare the time with the routers' logs (BGP, OSPF). traceroute -n to the sender before and after shows where. If
-- advice: only the first packets differ, a firewall or load balancer answers handshakes itself.
-- threshold: route_changes 1 times the TTL of a flow's direction changed
SELECT iif(d.direction = 'c2s', f.client_ip || ' > ' || f.server, f.server || ' > ' || f.client_ip) AS subject,
	d.flow_id,
	coalesce((SELECT min(t_ns) FROM events e WHERE e.flow_id = d.flow_id AND e.kind = 'ttl_change'), d.first_ns) AS t_ns,
	(SELECT min(frame) FROM events e WHERE e.flow_id = d.flow_id AND e.kind = 'ttl_change') AS frame,
	d.ttl_changes AS value,
	printf('The TTL of packets from %s changed %s between %d and %d', iif(d.direction = 'c2s', f.client_ip, f.server_ip),
		iif(d.ttl_changes = 1, 'once', d.ttl_changes || ' times'), d.ttl_min, d.ttl_max) AS detail
FROM (SELECT 1 FROM timeline WHERE capture_id = :capture AND scope = 'all' GROUP BY scope HAVING sum(ttl_changes) > 0)
	AS any_change
CROSS JOIN flow_directions d
JOIN flows f ON f.id = d.flow_id
WHERE d.ttl_changes > 0 AND d.ttl_changes >= :route_changes AND f.capture_id = :capture
ORDER BY d.ttl_changes DESC, d.flow_id;
