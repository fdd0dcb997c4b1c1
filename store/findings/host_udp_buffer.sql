-- title: A program on the host does not take its UDP packets in time
-- severity: warning
-- layer: host
-- rank: 24
-- explanation: The receive buffer of a UDP socket was full and packets were dropped: DNS, syslog, telemetry or video lose
-- explanation: packets inside this host.
-- advice: `ss -uanpm` (Recv-Q, and d in skmem) names the socket; raise its SO_RCVBUF and `net.core.rmem_max`, or let the
-- advice: program read faster.
-- threshold: host_udp_buffer 1 packets dropped
-- explains: dns_unanswered dns_retries udp_loss
WITH counted AS (
	SELECT capture_id, t_ns, udp_receive_buffer_errors AS amount
	FROM host_counters
	WHERE capture_id = :capture
)
SELECT coalesce(c.host, 'the recording host') AS subject, sum(amount) AS value,
	printf('%,d UDP packet%s dropped for want of buffer, in %d interval%s.', sum(amount),
		iif(sum(amount) = 1, ' was', 's were'), count(*),
		iif(count(*) = 1, '', 's')) AS detail,
	t_ns, '*' AS address, 'frame' AS filter
FROM counted
JOIN captures c ON c.id = capture_id
WHERE amount > 0
GROUP BY capture_id
HAVING sum(amount) >= :host_udp_buffer AND max(amount) -- t_ns is of the worst interval
