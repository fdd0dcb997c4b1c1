-- title: DNS questions have to be repeated
-- severity: warning
-- layer: L7
-- rank: 35
-- explanation: The answer came only after the client had asked again: questions or answers get lost on the way, or the
-- explanation: server drops them. A client waits for seconds before it repeats (5 s is usual), so that a few lost packets
-- explanation: feel like a hanging program.
-- advice: See whether other traffic to the same server loses packets too (then it is the path). Otherwise look at the
-- advice: server's limits: rate limits, full socket buffers (nstat UdpRcvbufErrors), and, where NAT is in between, at a full
-- advice: or racing conntrack table (conntrack -S: insert_failed).
-- threshold: dns_retries_pct 1 % of a DNS server's questions were repeated before their answer
WITH repeated AS (
	SELECT server_ip, server_port, flow_id, t_ns, frame, name, type, answer_ns - t_ns AS wait_ns
	FROM dns
	WHERE capture_id = :capture AND queries > 1 AND answer_ns IS NOT NULL AND server_port NOT IN (5353, 5355)
), servers AS (
	SELECT *, count(*) AS repeats, max(wait_ns) AS longest_ns -- the other columns are of this question
	FROM repeated
	GROUP BY server_ip, server_port
	HAVING count(*) > 1 -- one packet lost once is no finding
), asked AS (
	SELECT server_ip, server_port, count(answer_ns) AS questions
	FROM dns
	WHERE capture_id = :capture AND queries > 0 AND server_ip IN (SELECT server_ip FROM servers)
	GROUP BY server_ip, server_port
)
SELECT server_ip AS subject, server_ip AS address, flow_id, t_ns, frame,
	100.0 * repeats / questions AS value,
	printf('%,d of %,d answered questions %s asked more than once; the longest wait was %.3f s, for %s %s', repeats,
		questions, iif(repeats = 1, 'was', 'were'),
		longest_ns / 1e9, name, type) AS detail,
	iif(server_ip LIKE '%:%', 'ipv6.addr', 'ip.addr') || ' == ' || server_ip
		|| printf(' && (dns.retransmission || frame.number == %d)', frame) AS filter
FROM servers
JOIN asked USING (server_ip, server_port)
WHERE 100.0 * repeats / questions >= :dns_retries_pct
ORDER BY repeats DESC, subject;
