-- title: Packets arrive damaged: their checksum is wrong
-- severity: warning
-- layer: L4
-- rank: 23
-- explanation: The receiver drops such packets without a word, and the sender has to send them again. A bad cable, optic,
-- explanation: interface or memory on the path flips bits (where a router in between has made the link's own check right
-- explanation: again).
-- advice: `ethtool -S DEV | grep -iE 'crc|err'` on both ends and on each switch port between them; `nstat -az TcpInErrs
-- advice: TcpInCsumErrors UdpInCsumErrors`. Change cable or optic, then the interface.
-- threshold: damaged_packets 5 packets of one sender
-- explains: loss_downstream loss_upstream tail_loss burst_loss udp_loss
-- It explains losses as far as it can have made them.
SELECT sender_ip || ' > ' || receiver_ip AS subject, sum(d.checksum_errors) AS value,
	printf('%,d of %,d packets from %s to %s are damaged, in %,d flow%s.', sum(d.checksum_errors), sum(d.packets),
		sender_ip, receiver_ip, count(*),
		iif(count(*) = 1, '', 's')) AS detail,
	iif(2 * sum(d.checksum_errors) + 10 >= (SELECT total(lost_upstream + lost_downstream) FROM timeline
		WHERE capture_id = :capture AND scope = 'all'), server_ip, NULL) AS address,
	iif(2 * sum(d.checksum_errors) + 10 >= sum(d.lost_upstream + d.lost_downstream), flow_id, NULL) AS flow_id,
	(SELECT t_ns FROM events e WHERE e.flow_id = d.flow_id AND kind = 'checksum_error' ORDER BY t_ns LIMIT 1) AS t_ns,
	(SELECT frame FROM events e WHERE e.flow_id = d.flow_id AND kind = 'checksum_error' ORDER BY t_ns LIMIT 1) AS frame
FROM captures c
CROSS JOIN directions d
WHERE c.id = :capture AND c.checksum_errors >= :damaged_packets AND d.checksum_errors > 0 AND d.capture_id = :capture
GROUP BY sender_ip, receiver_ip
HAVING sum(d.checksum_errors) >= :damaged_packets AND max(d.checksum_errors)
ORDER BY value DESC
