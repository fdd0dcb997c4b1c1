-- title: Only one direction of connections is captured
-- severity: warning
-- layer: capture
-- rank: 45
-- explanation: Packets of one side are there and those of the other are not, though they must exist, since they are
-- explanation: acknowledged. The other direction takes another way (asymmetric route, one half of a mirrored port, a
-- explanation: bond's other member). Round trips, losses by side and resets of these flows can't be judged; and firewalls
-- explanation: that see one half only drop connections.
-- advice: Capture where both directions pass (the host itself, or all members of the bond; mirror "both"). If a firewall
-- advice: is on the path, see that both directions go through the same one (`ip route get`, `traceroute` from both ends).
-- threshold: one_way_packets 20 packets in one direction and none in the other
-- threshold: one_way_flows 1 flows that show one direction only
-- explains: capture_gaps half_open syn_unanswered
-- Of a connection that ends as the capture begins, only the last ACKs of what is not in it may be there.
SELECT d.service AS subject, count(*) AS value, :one_way_flows AS threshold, 'flows' AS unit,
	printf('%,d flow%s of %s with up to %,d packets from %s and none back.', count(*), iif(count(*) = 1, '', 's'),
		d.service, max(d.packets),
		d.sender_ip) AS detail,
	d.flow_id, d.first_ns AS t_ns, iif(count(*) > 1, d.server_ip, NULL) AS address
FROM flow_directions o
JOIN directions d ON d.flow_id = o.flow_id AND d.direction <> o.direction
WHERE o.packets = 0 AND d.protocol = 'tcp' AND d.packets > 2 * d.syns AND d.capture_id = :capture
	AND d.packets >= :one_way_packets AND d.retransmitted_segments * 2 < d.packets
	AND (d.syns > 0 OR d.last_ns - d.first_ns >= 2000000000)
GROUP BY d.service
HAVING count(*) >= :one_way_flows
ORDER BY value DESC
