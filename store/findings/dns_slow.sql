-- title: DNS answers are slow
-- severity: warning
-- layer: L7
-- rank: 40
-- explanation: Everything that begins with a name begins with this wait. A resolver answers from its cache within the round
-- explanation: trip to it; what takes longer is asked further away, or the resolver is overloaded or far from its clients.
-- advice: Compare the fastest answer (the path) with the slow ones (the resolver's work): dig @SERVER NAME, twice; the
-- advice: second comes from the cache. If only the first is slow, look at the forwarders; if both are, at the server's load
-- advice: and the path to it. A cache on the host or node (systemd-resolved, NodeLocal DNSCache) hides the rest.
-- threshold: dns_slow_ms 250 ms an answer took longer
-- threshold: dns_slow_pct 5 % of a DNS server's answers are slow
WITH slow AS (
	SELECT server_ip, server_port, flow_id, coalesce(answer_ns, t_ns) AS t_ns, coalesce(answer_frame, frame) AS frame,
		name, type,
		latency_us
	FROM dns
	WHERE capture_id = :capture AND latency_us >= 1000 * :dns_slow_ms AND server_port NOT IN (5353, 5355)
), servers AS (
	SELECT *, count(*) AS slow_ones, avg(latency_us) / 1000 AS slow_mean_ms,
		max(latency_us) / 1000.0 AS max_ms -- the other columns are of this answer
	FROM slow
	GROUP BY server_ip, server_port
), answered AS (
	SELECT server_ip, server_port, count(latency_us) AS answers, avg(latency_us) / 1000 AS mean_ms
	FROM dns
	WHERE capture_id = :capture AND server_ip IN (SELECT server_ip FROM servers)
	GROUP BY server_ip, server_port
)
SELECT server_ip AS subject, server_ip AS address, flow_id, t_ns, frame,
	slow_mean_ms AS value,
	printf('%,d of %,d answers took longer than %g ms, %.0f ms on average; the slowest %.0f ms, for %s %s; all of '
		|| 'them %.0f ms on average',
		slow_ones, answers, :dns_slow_ms, slow_mean_ms, max_ms, name, type, mean_ms) AS detail,
	printf('%s == %s && dns.time >= %g', iif(server_ip LIKE '%:%', 'ipv6.addr', 'ip.addr'), server_ip,
		:dns_slow_ms / 1000.0) AS filter
FROM servers
JOIN answered USING (server_ip, server_port)
WHERE slow_ones > 1 AND 100.0 * slow_ones / answers >= :dns_slow_pct
ORDER BY slow_ones * slow_mean_ms DESC, subject;
