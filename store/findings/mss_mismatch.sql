-- title: The ends announce very different segment sizes
-- severity: note
-- layer: L3
-- rank: 50
-- explanation: One side of a connection takes much smaller segments than the other (MSS in SYN and SYN-ACK): a device on the
-- explanation: way clamps it for a tunnel, or a host's MTU is set low. More packets and headers for the same data; below 536
-- explanation: bytes something is wrong.
-- advice: Compare the MTU of both ends' interfaces (ip link) and look for a tunnel or PPPoE on the way. If the path takes
-- advice: 1500, remove the clamp (nft list ruleset | grep maxseg) or correct the MTU.
-- threshold: mss_difference 400 bytes the two sides' MSS differ
WITH small AS ( -- jumbo frames on the other side are no problem
	SELECT flow_id, direction, mss
	FROM flow_directions
	WHERE mss <= 1200 AND mss <= 1460 - :mss_difference
)
SELECT 'MSS ' || min(c.mss, s.mss) || ' and ' || max(c.mss, s.mss) AS subject, f.id AS flow_id, f.first_ns AS t_ns,
	f.first_frame AS frame,
	max(c.mss, s.mss) - min(c.mss, s.mss) AS value,
	printf('one side announces %,d bytes, the other %,d; connections: %,d', c.mss, s.mss, count(*)) AS detail
FROM small c
JOIN flow_directions s ON s.flow_id = c.flow_id AND s.direction <> c.direction
JOIN flows f ON f.id = c.flow_id
WHERE f.capture_id = :capture AND min(s.mss, 1460) - c.mss >= :mss_difference
GROUP BY c.mss, s.mss
ORDER BY count(*) DESC, subject;
