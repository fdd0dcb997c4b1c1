-- title: DNS answers are errors
-- severity: warning
-- layer: L7
-- rank: 12
-- explanation: A DNS server answers, but with an error: SERVFAIL says that it could not get the answer itself (its own server, a
-- explanation: forwarder or DNSSEC failed), REFUSED that it does not serve this client or this name. Names stay unknown meanwhile, and
-- explanation: clients try again. It is critical where nothing but errors came.
-- advice: Look at the DNS server, not at the client: its log, its forwarders and their reachability (dig @FORWARDER NAME from the
-- advice: server), its zone's expiry (dig NAME SOA @PRIMARY). For REFUSED, its access lists; for DNSSEC, dig +cd NAME works.
-- threshold: dns_failing_pct 1 % of a DNS server's answers are errors
-- explains: dns_retries dns_unanswered
WITH answered AS (
	SELECT server_ip, server_port, flow_id, client_ip, coalesce(answer_ns, t_ns) AS t_ns, coalesce(answer_frame, frame) AS frame,
		name, type, rcode,
		-- Zone transfers and ANY are refused by policy; FORMERR and NOTIMP are how clients learn what the server can.
		rcode NOT IN ('NOERROR', 'NXDOMAIN', 'FORMERR', 'NOTIMP') AND type NOT IN ('AXFR', 'IXFR', 'ANY') AS failed
	FROM dns
	WHERE capture_id = :capture AND rcode IS NOT NULL AND server_port NOT IN (5353, 5355)
), servers AS (
	SELECT *, count(*) AS answers, sum(failed) AS failures, count(DISTINCT CASE WHEN failed THEN name END) AS names,
		count(DISTINCT CASE WHEN failed THEN client_ip END) AS clients,
		group_concat(DISTINCT CASE WHEN failed THEN rcode END) AS rcodes,
		max(failed) AS worst -- the other columns are of such an answer
	FROM answered
	GROUP BY server_ip, server_port
)
SELECT server_ip AS subject, server_ip AS address, flow_id, t_ns, frame,
	100.0 * failures / answers AS value,
	printf('%d of %d answers to %d clients say %s, for %d names: %s %s for one', failures, answers, clients, replace(rcodes, ',', ', '),
		names, name, type) AS detail,
	iif(server_ip LIKE '%:%', 'ipv6.src', 'ip.src') || ' == ' || server_ip || ' && dns.flags.rcode > 0 && dns.flags.rcode != 3' AS filter,
	iif(failures = answers, 'critical', 'warning') AS severity
FROM servers
WHERE failures > 0 AND 100.0 * failures / answers >= :dns_failing_pct
ORDER BY failures = answers DESC, failures DESC, subject;
