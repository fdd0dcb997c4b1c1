-- title: A program on the host does not take its UDP packets in time
-- severity: warning
-- layer: host
-- rank: 24
-- explanation: The receive buffer of a UDP socket was full and packets were dropped: DNS, syslog, telemetry or video lose packets inside this host.
-- advice: `ss -uanpm` (Recv-Q, and d in skmem) names the socket; raise its SO_RCVBUF and `net.core.rmem_max`, or let the program read faster.
-- threshold: host_udp_buffer 1 packets dropped
-- explains: dns_unanswered dns_retries udp_loss
SELECT coalesce(c.host, 'the recording host') AS subject, sum(udp_receive_buffer_errors) AS value,
	printf('%d UDP packets were dropped for want of buffer, in %d intervals', sum(udp_receive_buffer_errors), count(*)) AS detail,
	h.t_ns, '*' AS address, 'frame' AS filter
FROM host_counters h
JOIN captures c ON c.id = h.capture_id
WHERE h.capture_id = :capture AND udp_receive_buffer_errors > 0
GROUP BY h.capture_id
HAVING sum(udp_receive_buffer_errors) >= :host_udp_buffer AND max(udp_receive_buffer_errors)
