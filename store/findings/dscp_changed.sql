-- title: The priority of packets changes while a flow goes on
-- severity: note
-- layer: L3
-- rank: 45
-- explanation: The DSCP class of one sender's packets went to and fro. Once or twice is the program's own doing (ssh); more
-- explanation: often it is a router that marks some of them anew, or two paths with different rules: the packets then wait
-- explanation: in different queues and overtake each other.
-- advice: Capture nearer to the sender: if the class is steady there, look for the router that changes it (its QoS policy,
-- advice: the trust setting of a switch's port).
-- threshold: dscp_changes 5 times the class changed within a flow's direction
SELECT iif(d.direction = 'c2s', f.client_ip || ' > ' || f.server, f.server || ' > ' || f.client_ip) AS subject,
	d.flow_id, d.first_ns AS t_ns,
	d.dscp_changes AS value,
	printf('The DSCP of packets from %s changed %d times in %,d packets', iif(d.direction = 'c2s', f.client_ip,
		f.server_ip),
		d.dscp_changes, d.packets) AS detail
FROM flow_directions d
JOIN flows f ON f.id = d.flow_id
WHERE d.dscp_changes > 2 AND d.dscp_changes >= :dscp_changes AND f.capture_id = :capture
ORDER BY d.dscp_changes DESC, d.flow_id;
