-- title: Packets are too big for the path
-- severity: note
-- layer: L3
-- rank: 10
-- explanation: A router could not forward packets because the next link takes only smaller ones, and said so (fragmentation
-- explanation: needed, packet too big). A sender that obeys sends smaller ones from then on, after a round trip lost.
-- advice: Find where the MTU shrinks (a tunnel or VPN behind the reporter) and give both ends' interfaces that MTU, or clamp
-- advice: the MSS there: nft add rule ... tcp flags syn tcp option maxseg size set rt mtu.
-- explains: loss_downstream burst_loss tail_loss
WITH told AS (
	SELECT protocol, reporter_ip, about_source_ip, about_destination_ip, about_flow_id, mtu, sum(packets) AS messages,
		first_ns,
		min(first_frame) AS frame -- the other columns are of the first
	FROM icmp_errors
	WHERE capture_id = :capture AND kind IN ('fragmentation_needed', 'packet_too_big')
	GROUP BY reporter_ip, about_source_ip, about_destination_ip, about_flow_id
)
SELECT about_source_ip || ' > ' || about_destination_ip AS subject, about_flow_id AS flow_id, first_ns AS t_ns, frame,
	messages AS value, 'packets' AS unit,
	printf('%s said %s to %s that packets to %s must not be larger than %s bytes', reporter_ip,
		iif(messages = 1, 'once', messages || ' times'),
		about_source_ip,
		about_destination_ip, coalesce(nullif(mtu, 0), 'an unknown number of')) AS detail,
	printf('%s && %s == %s', iif(protocol = 'icmp', 'icmp.type == 3 && icmp.code == 4', 'icmpv6.type == 2'),
		iif(protocol = 'icmp', 'ip.addr', 'ipv6.addr'), about_destination_ip) AS filter,
	-- The flow's losses are these packets, one message for each or for a few. If it lost more than that, only the router
	-- is meant.
	iif((SELECT total(lost_downstream) FROM flow_directions d WHERE d.flow_id = about_flow_id) > 2 * messages + 10,
		reporter_ip, NULL)
		AS address
FROM told
ORDER BY value DESC, subject;
