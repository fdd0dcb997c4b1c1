-- title: Names are asked for that do not exist
-- severity: note
-- layer: L7
-- rank: 40
-- explanation: The DNS server says that there is no such name. A few are usual (typing errors, search domains); the same
-- explanation: name again and again is a program with a wrong or outdated configuration, and many different ones a scan or
-- explanation: malware that makes up names.
-- advice: Look at the names: `wiretape query DB "SELECT client_ip, name, count(*) FROM dns WHERE rcode = 'NXDOMAIN' GROUP BY
-- advice: 1, 2 ORDER BY 3 DESC"`. Correct the configuration of who asks, or add the record.
-- threshold: dns_nxdomain 100 answers to a client said that there is no such name: a warning then
-- threshold: dns_nxdomain_pct 50 % of a client's answers, for the same
WITH missing AS (
	SELECT client_ip, flow_id, coalesce(answer_ns, t_ns) AS t_ns, coalesce(answer_frame, frame) AS frame, name
	FROM dns
	WHERE capture_id = :capture AND rcode = 'NXDOMAIN' AND server_port NOT IN (5353, 5355)
		-- That there is no address of one kind, no name for an address, no host of a bare name, is usual.
		AND type NOT IN ('AAAA', 'PTR', 'HTTPS', 'SVCB', 'TYPE64', 'TYPE65') AND name LIKE '%.%'
), clients AS (
	SELECT *, count(*) AS missings, count(DISTINCT name) AS names, min(frame) AS first
		-- the other columns are of this answer
	FROM missing
	GROUP BY client_ip
), answered AS (
	SELECT client_ip, count(*) AS answers
	FROM dns
	WHERE capture_id = :capture AND rcode IS NOT NULL AND client_ip IN (SELECT client_ip FROM clients)
	GROUP BY client_ip
)
SELECT client_ip AS subject, client_ip AS address, flow_id, t_ns, frame,
	missings AS value,
	printf('%,d of %,d answers to this client say%s that there is no such name; the first was %s%s', missings, answers,
		iif(missings = 1, 's', ''), name,
		iif(names > 1, printf(', and %d name%s more', names - 1, iif(names = 2, '', 's')), '')) AS detail,
	iif(client_ip LIKE '%:%', 'ipv6.dst', 'ip.dst') || ' == ' || client_ip || ' && dns.flags.rcode == 3' AS filter,
	iif(missings >= :dns_nxdomain AND 100.0 * missings / answers >= :dns_nxdomain_pct, 'warning', 'note') AS severity
FROM clients
JOIN answered USING (client_ip)
ORDER BY missings DESC, subject;
