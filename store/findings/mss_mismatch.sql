-- title: The ends announce very different segment sizes
-- severity: note
-- layer: L3
-- rank: 50
-- explanation: One side of a connection takes much smaller segments than the other (MSS in SYN and SYN-ACK): a device on the way clamps it for a
-- explanation: tunnel, or a host's MTU is set low. More packets and headers for the same data; below 536 bytes something is wrong.
-- advice: Compare the MTU of both ends' interfaces (ip link) and look for a tunnel or PPPoE on the way. If the path takes 1500, remove the
-- advice: clamp (nft list ruleset | grep maxseg) or correct the MTU.
-- threshold: mss_difference 400 bytes the two sides' MSS differ
SELECT min(c.mss, s.mss) || ' of ' || max(c.mss, s.mss) AS subject, f.id AS flow_id, f.first_ns AS t_ns, f.first_frame AS frame,
	abs(c.mss - s.mss) AS value,
	printf('%d connections announce %d bytes by the client and %d by the server', count(*), c.mss, s.mss) AS detail
FROM flow_directions c
JOIN flow_directions s ON s.flow_id = c.flow_id AND s.direction = 's2c'
JOIN flows f ON f.id = c.flow_id
WHERE c.direction = 'c2s' AND f.capture_id = :capture AND c.mss IS NOT NULL
	-- Jumbo frames on one side are no problem of the other's.
	AND abs(min(c.mss, 1460) - min(s.mss, 1460)) >= :mss_difference
GROUP BY c.mss, s.mss
ORDER BY count(*) DESC, subject;
