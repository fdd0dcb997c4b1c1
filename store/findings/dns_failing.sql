-- title: DNS answers are errors
-- severity: warning
-- layer: L7
-- rank: 12
-- explanation: A DNS server answers, but with an error: SERVFAIL says that it could not get the answer itself (its own
-- explanation: server, a forwarder or DNSSEC failed), REFUSED that it does not serve this client or this name. Names stay
-- explanation: unknown meanwhile, and clients try again. It is critical where nothing but errors came, and a note where one
-- explanation: name alone is concerned.
-- advice: Look at the DNS server, not at the client: its log, its forwarders and their reachability (dig @FORWARDER NAME
-- advice: from the server), its zone's expiry (dig NAME SOA @PRIMARY). For REFUSED, its access lists; for DNSSEC, dig +cd
-- advice: NAME works.
-- threshold: dns_failing_pct 1 % of a DNS server's answers are errors
-- explains: dns_retries dns_unanswered
WITH failed AS (
	SELECT server_ip, server_port, flow_id, client_ip, coalesce(answer_ns, t_ns) AS t_ns, coalesce(answer_frame, frame)
		AS frame,
		name, type, rcode
	FROM dns
	WHERE capture_id = :capture AND server_port NOT IN (5353, 5355)
		-- Zone transfers and ANY are refused by policy; FORMERR and NOTIMP are how clients learn what the server
		-- can.
		AND rcode NOT IN ('NOERROR', 'NXDOMAIN', 'FORMERR', 'NOTIMP') AND type NOT IN ('AXFR', 'IXFR', 'ANY')
), servers AS (
	SELECT *, count(*) AS failures, group_concat(DISTINCT rcode) AS rcodes, count(DISTINCT name) AS names,
		min(frame) AS first
		-- the other columns are of this answer
	FROM failed
	GROUP BY server_ip, server_port
), answered AS (
	SELECT server_ip, server_port, count(*) AS answers
	FROM dns
	WHERE capture_id = :capture AND rcode IS NOT NULL AND server_ip IN (SELECT server_ip FROM servers)
	GROUP BY server_ip, server_port
)
SELECT server_ip AS subject, server_ip AS address, flow_id, t_ns, frame,
	100.0 * failures / answers AS value,
	printf('%s answered %,d of %,d questions with %s; the first was %s (%s)', server_ip, failures, answers,
		replace(rcodes, ',', ', '), name, type) AS detail,
	iif(server_ip LIKE '%:%', 'ipv6.src', 'ip.src') || ' == ' || server_ip
		|| ' && dns.flags.rcode > 0 && dns.flags.rcode != 3' AS filter,
	CASE WHEN failures = answers THEN 'critical' WHEN names > 1 THEN 'warning' ELSE 'note' END AS severity
FROM servers
JOIN answered USING (server_ip, server_port)
WHERE 100.0 * failures / answers >= :dns_failing_pct
ORDER BY failures = answers DESC, failures DESC, subject;
