-- title: Search domains multiply DNS questions
-- severity: warning
-- layer: L7
-- rank: 45
-- explanation: The client's resolver tries a name with each search domain before it asks for the name itself, so that most
-- explanation: of its questions are for names that cannot exist. In Kubernetes this is the default (ndots:5 and three search
-- explanation: domains or more): each lookup of a name outside the cluster is five questions and more, times two for A and
-- explanation: AAAA, and as slow as all of them.
-- advice: Write names with a dot at the end (api.example.com.), or set ndots lower in the pod: dnsConfig: options: [{name:
-- advice: ndots, value: "1"}]; on hosts, shorten search in /etc/resolv.conf. CoreDNS's autopath plugin or NodeLocal DNSCache
-- advice: lessen the cost.
-- threshold: dns_search_questions 10 questions of a client for one name under several search domains did not exist
-- threshold: dns_search_pct 30 % of a client's questions were such
-- explains: dns_nxdomain
WITH missing AS (
	SELECT client_ip, name, count(*) AS questions, sum(queries) AS packets, 
		min(coalesce(answer_frame, frame)) AS frame, coalesce(answer_ns, t_ns) AS t_ns, flow_id
	FROM dns
	WHERE capture_id = :capture AND rcode = 'NXDOMAIN' AND name NOT LIKE '%.arpa'
	GROUP BY client_ip, name
), cut AS (
	SELECT *, substr(name, instr(name, '.') + 1) || '.' AS rest
	FROM missing
	WHERE instr(name, '.') > 0
), prefixes AS ( -- the first two labels stay the same while search domains are tried
	SELECT client_ip, substr(name, 1, instr(name, '.') + instr(rest, '.') - 1) AS prefix, count(*) AS names,
		sum(questions) AS questions, max(name) AS last_name, min(frame) AS frame, t_ns, flow_id, name
	FROM cut
	GROUP BY client_ip, prefix
	HAVING count(*) > 1
), clients AS (
	SELECT client_ip, sum(questions) AS wasted, count(*) AS prefixes, max(names) AS names, prefix, name, last_name,
		frame, t_ns, flow_id
	FROM prefixes
	GROUP BY client_ip
	HAVING sum(questions) >= :dns_search_questions
), asked AS (
	SELECT client_ip, count(*) AS questions
	FROM dns
	WHERE capture_id = :capture AND client_ip IN (SELECT client_ip FROM clients)
	GROUP BY client_ip
)
SELECT client_ip AS subject, client_ip AS address, flow_id, t_ns, frame,
	wasted AS value,
	printf('%,d of %,d questions of this client, for %d names, were wasted on search domains: %s was tried under %d of '
		|| 'them, as %s and %s',
		wasted, questions, prefixes, prefix, names, name, last_name) AS detail,
	iif(client_ip LIKE '%:%', 'ipv6.dst', 'ip.dst') || ' == ' || client_ip || ' && dns.flags.rcode == 3' AS filter
FROM clients
JOIN asked USING (client_ip)
WHERE 100.0 * wasted / questions >= :dns_search_pct
ORDER BY value DESC, subject;
