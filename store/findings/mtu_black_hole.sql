-- title: Large packets vanish while small ones pass: a path MTU black hole
-- severity: critical
-- layer: L4
-- rank: 11
-- explanation: Full segments are repeated and never arrive, small ones do: a link on the path carries smaller packets
-- explanation: only (tunnel, VPN, PPPoE, overlay), and the ICMP message that should say so (fragmentation needed, packet
-- explanation: too big) does not come back. Connections open and then hang.
-- advice: `ping -M do -s 1472 HOST`, then smaller, finds the size that passes (`tracepath HOST` the place). Let ICMP type
-- advice: 3 code 4 and ICMPv6 type 2 through the firewalls; clamp the MSS at the tunnel (`nft ... tcp option maxseg size
-- advice: set rt mtu`), lower the MTU, or set `net.ipv4.tcp_mtu_probing=1` on the sender.
-- threshold: black_hole_bytes 1000 bytes of payload: smaller segments are not suspected
-- threshold: black_hole_repeats 3 repetitions of large segments of one flow
-- explains: half_open tail_loss loss_downstream loss_upstream reset slow_server slow_client http_slow tls_failed tls_slow
-- explains: syn_retransmitted
-- Of what was acknowledged nothing can have been large: there is too little of it. That is known only of connections whose
-- beginning is there, or where SACK told of a small one. No more round trips were measured than there are small segments:
-- SACK may have told of large ones behind a lost one.
WITH stuck AS (
	SELECT d.flow_id, d.direction, d.subject, d.sender_ip, d.receiver_ip, d.acked_bytes, o.duplicate_acks,
		(SELECT count(*) FROM events e WHERE e.flow_id = d.flow_id AND e.direction = d.direction
			AND kind = 'retransmission'
			AND len >= :black_hole_bytes) AS repeats,
		(SELECT min(len) FROM events e WHERE e.flow_id = d.flow_id AND e.direction = d.direction
			AND kind = 'retransmission'
			AND len >= :black_hole_bytes) AS smallest,
		(SELECT max(len) FROM events e WHERE e.flow_id = d.flow_id AND e.direction = d.direction
			AND kind = 'retransmission'
			AND cause IN ('timeout', 'slow_start')) AS largest,
		(SELECT min(t_ns) FROM events e WHERE e.flow_id = d.flow_id AND e.direction = d.direction
			AND kind = 'retransmission'
			AND len >= :black_hole_bytes) AS t_ns,
		(SELECT min(frame) FROM events e WHERE e.flow_id = d.flow_id AND e.direction = d.direction
			AND kind = 'retransmission'
			AND len >= :black_hole_bytes) AS frame
	FROM directions d
	JOIN flow_directions o ON o.flow_id = d.flow_id AND o.direction <> d.direction
	WHERE d.retransmitted_segments > 0 AND d.retransmitted_segments >= :black_hole_repeats
		AND d.timeout_retransmissions > 0 AND d.acked_bytes < d.new_bytes
		AND d.segment_bytes >= :black_hole_bytes AND d.capture_id = :capture
		AND d.acked_bytes < 0.5 * d.segment_bytes * (d.data_segments - d.retransmitted_segments)
		AND d.rtt_samples <= d.data_segments - d.new_bytes / d.segment_bytes
			- (d.retransmitted_segments - d.syn_retransmissions - d.fin_retransmissions)
		AND o.packets > 0 AND (d.syns + o.syns > 0 OR d.rtt_samples > 0)
), pairs AS (
	SELECT sender_ip, receiver_ip, count(*) AS flows, sum(duplicate_acks > 0 OR acked_bytes > 0) AS proofs
	FROM stuck
	WHERE repeats >= :black_hole_repeats AND acked_bytes < smallest
	GROUP BY sender_ip, receiver_ip
)
SELECT subject, smallest AS value, :black_hole_bytes AS threshold, 'bytes' AS unit,
	printf('%,d repetitions of segments of %,d bytes and more, and none was acknowledged; smaller ones pass.', repeats,
		smallest) AS detail,
	flow_id, t_ns, frame
FROM stuck JOIN pairs USING (sender_ip, receiver_ip)
WHERE repeats >= :black_hole_repeats AND acked_bytes < smallest AND largest >= :black_hole_bytes
	AND (proofs > 0 OR flows > 1)
ORDER BY repeats DESC
