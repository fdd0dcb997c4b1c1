-- title: A DNS server does not answer
-- severity: warning
-- layer: L7
-- rank: 10
-- explanation: Questions were sent to a DNS server and no answer came back, not even to repeats. Each one makes its client
-- explanation: wait for 5 seconds or more before it tries another server or gives up. It is critical where the server
-- explanation: answered nothing at all.
-- advice: Ask it by hand from the same client: dig @SERVER NAME, and dig +tcp @SERVER NAME. If both fail, see whether the
-- advice: server runs and whether a firewall lets UDP port 53 pass in both directions; capture at the server to see whether
-- advice: questions arrive.
-- threshold: dns_unanswered_pct 1 % of a DNS server's questions got no answer
-- explains: dns_retries
WITH given_up AS (
	SELECT server_ip, server_port, client_ip, flow_id, t_ns, frame, name, type, queries
	FROM dns
	WHERE capture_id = :capture AND answer_ns IS NULL AND server_port NOT IN (5353, 5355)
		-- Where the capture ended early, the third packet says that two were given up.
		AND (open_end = 0 OR queries > 2)
), servers AS (
	SELECT *, count(*) AS lost, sum(queries) AS packets,
		max(queries) AS most -- the other columns are of this question
	FROM given_up
	GROUP BY server_ip, server_port
), asked AS (
	SELECT server_ip, server_port, count(*) AS questions, count(answer_ns) AS answers
	FROM dns
	WHERE capture_id = :capture AND queries > 0 AND server_ip IN (SELECT server_ip FROM servers)
	GROUP BY server_ip, server_port
)
SELECT server_ip AS subject, server_ip AS address, flow_id, t_ns, frame,
	100.0 * lost / questions AS value,
	iif(answers = 0, printf('%s answered none of %,d question%s', server_ip, questions, iif(questions = 1, '', 's')),
		printf('%s left %,d of %,d questions without an answer', server_ip, lost, questions))
		|| printf('; %s (%s) was asked %d time%s', name, type, most, iif(most = 1, '', 's')) AS detail,
	iif(server_ip LIKE '%:%', 'ipv6.addr', 'ip.addr') || ' == ' || server_ip || ' && dns' AS filter,
	iif(answers = 0, 'critical', 'warning') AS severity
FROM servers
JOIN asked USING (server_ip, server_port)
-- One packet lost once is no finding.
WHERE packets > 1 AND 100.0 * lost / questions >= :dns_unanswered_pct
ORDER BY answers = 0 DESC, lost DESC, subject;
