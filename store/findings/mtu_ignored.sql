-- title: A sender goes on with packets that are too big for the path
-- severity: critical
-- layer: L3
-- rank: 10
-- explanation: A router said that packets must be smaller (fragmentation needed, packet too big), and the sender did not
-- explanation: obey: the messages don't reach it or are ignored. Large transfers hang while small packets pass: a path MTU
-- explanation: black hole.
-- advice: Let ICMP type 3 code 4 and ICMPv6 type 2 pass all firewalls to the sender (also in front of load balancers). On
-- advice: the sender: ip route get DESTINATION shows the MTU that it learned; sysctl net.ipv4.tcp_mtu_probing=1 helps
-- advice: without ICMP. Or clamp the MSS where the MTU shrinks: nft add rule ... tcp flags syn tcp option maxseg size set rt
-- advice: mtu.
-- threshold: mtu_obeyed_ms 1000 ms after the first message a sender still sends packets that are too big
-- explains: fragmentation_needed mtu_black_hole half_open tail_loss loss_downstream loss_upstream burst_loss reset http_slow
-- explains: tls_slow tls_failed
WITH told AS (
	SELECT e.protocol, e.reporter_ip, e.about_flow_id, e.about_source_ip, e.about_destination_ip, e.mtu, e.packets,
		e.first_ns, e.last_ns,
		e.first_frame,
		-- The cache of a path's MTU is forgotten after ten minutes: one message each ten minutes is how it works.
		-- Programs over
		-- UDP (QUIC) find out by trying larger ones now and then.
		e.last_ns - e.first_ns >= 1000000 * :mtu_obeyed_ms AND e.packets > iif(e.about_protocol = 'udp', 10, 2)
			AND (e.last_ns - e.first_ns) / e.packets < 60000000000 AS repeated,
		(SELECT max(v.len) FROM events v WHERE v.flow_id = e.about_flow_id AND v.kind = 'retransmission'
			AND v.t_ns >= e.first_ns + 1000000 * :mtu_obeyed_ms
			AND v.len + iif(e.protocol = 'icmp', 40, 60) > e.mtu AND e.mtu > 0) AS still_bytes
	FROM icmp_errors e
	WHERE e.capture_id = :capture AND e.kind IN ('fragmentation_needed', 'packet_too_big')
)
SELECT about_source_ip || ' > ' || about_destination_ip AS subject, about_destination_ip AS address, about_flow_id
	AS flow_id, first_ns AS t_ns, first_frame AS frame,
	(last_ns - first_ns) / 1e6 AS value,
	printf('%s said %s to %s that packets to %s must not be larger than %s bytes; %s', reporter_ip,
		iif(packets = 1, 'once', printf('%,d times in %.1f s', packets, (last_ns - first_ns) / 1e9)),
		about_source_ip, about_destination_ip,
			coalesce(nullif(mtu, 0), 'an unknown number of'),
		iif(still_bytes > 0, printf('segments of %,d bytes were still repeated afterwards', still_bytes),
			'it went on sending them'))
		AS detail,
	printf('%s && %s == %s', iif(protocol = 'icmp', 'icmp.type == 3 && icmp.code == 4', 'icmpv6.type == 2'),
		iif(protocol = 'icmp', 'ip.addr', 'ipv6.addr'), about_destination_ip) AS filter,
	iif(still_bytes > 0, 'critical', 'warning') AS severity
FROM told
WHERE repeated OR still_bytes > 0
ORDER BY coalesce(still_bytes, 0) > 0 DESC, packets DESC, subject;
