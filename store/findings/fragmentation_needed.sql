-- title: Packets are too big for the path
-- severity: note
-- layer: L3
-- rank: 10
-- explanation: A router could not forward packets because the next link takes only smaller ones, and said so (fragmentation needed, packet
-- explanation: too big). A sender that obeys sends smaller ones from then on: a note. Where the messages go on, it does not: they don't
-- explanation: reach it or are ignored, large transfers hang while small ones pass (a path MTU black hole).
-- advice: Find where the MTU shrinks (a tunnel or VPN behind the reporter) and give both ends' interfaces that MTU, or clamp the MSS there:
-- advice: nft add rule ... tcp flags syn tcp option maxseg size set rt mtu. Let ICMP type 3 code 4 and ICMPv6 type 2 pass all firewalls.
-- advice: On the sender: ip route get DESTINATION shows the MTU it learned; sysctl net.ipv4.tcp_mtu_probing=1 helps without ICMP.
-- threshold: mtu_obeyed_ms 1000 ms after the first message a sender still sends packets that are too big
-- explains: mtu_black_hole
WITH told AS (
	SELECT e.protocol, e.reporter_ip, e.receiver_ip, e.about_flow_id, e.about_source_ip, e.about_destination_ip, e.mtu, e.packets,
		e.first_ns, e.last_ns, e.first_frame,
		-- The cache of a path's MTU is forgotten after ten minutes: one message each ten minutes is how it works.
		-- Programs over UDP (QUIC) find out by trying larger ones now and then.
		e.last_ns - e.first_ns >= 1000000 * :mtu_obeyed_ms AND e.packets > iif(e.about_protocol = 'udp', 10, 2)
			AND (e.last_ns - e.first_ns) / e.packets < 60000000000 AS repeated,
		(SELECT max(v.len) FROM events v WHERE v.flow_id = e.about_flow_id AND v.kind = 'retransmission'
			AND v.t_ns >= e.first_ns + 1000000 * :mtu_obeyed_ms
			AND v.len + iif(e.protocol = 'icmp', 40, 60) > e.mtu AND e.mtu > 0) AS still_bytes
	FROM icmp_errors e
	WHERE e.capture_id = :capture AND e.kind IN ('fragmentation_needed', 'packet_too_big')
)
SELECT about_source_ip || ' > ' || about_destination_ip AS subject, about_flow_id AS flow_id, first_ns AS t_ns, first_frame AS frame,
	(last_ns - first_ns) / 1e6 AS value,
	printf('%s said %d times in %.1f s to %s that packets to %s must not be larger than %s bytes%s', reporter_ip, packets,
		(last_ns - first_ns) / 1e9, about_source_ip, about_destination_ip, coalesce(nullif(mtu, 0), 'an unknown number of'),
		CASE WHEN still_bytes > 0 THEN printf('; segments of %d bytes were still repeated afterwards', still_bytes)
		WHEN repeated THEN '; it went on sending them'
		ELSE '; it sends smaller ones since' END) AS detail,
	printf('%s && %s == %s', iif(protocol = 'icmp', 'icmp.type == 3 && icmp.code == 4', 'icmpv6.type == 2'),
		iif(protocol = 'icmp', 'ip.addr', 'ipv6.addr'), about_destination_ip) AS filter,
	CASE WHEN still_bytes > 0 THEN 'critical' WHEN repeated THEN 'warning' ELSE 'note' END AS severity
FROM told
ORDER BY coalesce(still_bytes, 0) > 0 DESC, repeated DESC, packets DESC, subject;
