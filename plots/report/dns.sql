-- place: capture
-- order: 60
-- key: dns
-- title: DNS
-- about: Answer times are from the latest query to the answer.
-- chart: dns
-- batch: table
-- rows: servers
-- most: 10
-- column: server code server
-- column: name words name
-- column: clients count clients
-- column: questions count questions
-- column: repeats count sent again
-- column: unanswered count unanswered
-- column: failures count failed
-- column: nxdomain count no such name
-- column: p50_ms ms p50
-- column: p95_ms ms p95
-- column: max_ms ms slowest
WITH asked AS (
	SELECT server_ip, count(DISTINCT client_ip) AS clients, count(*) AS questions, sum(max(queries - 1, 0)) AS repeats,
		sum(rcode IS NULL AND NOT open_end) AS unanswered, sum(coalesce(rcode NOT IN ('NOERROR', 'NXDOMAIN'), 0)) AS failures,
		sum(coalesce(rcode = 'NXDOMAIN', 0)) AS nxdomain, max(latency_us) AS max_us, count(*) OVER () AS of_rows
	FROM dns
	WHERE capture_id = :capture
	GROUP BY server_ip
	ORDER BY count(*) DESC, server_ip
	LIMIT :rows
), ranked AS (
	SELECT server_ip, latency_us, row_number() OVER server AS nth, count(*) OVER (PARTITION BY server_ip) AS answers
	FROM dns
	WHERE capture_id = :capture AND latency_us IS NOT NULL
	WINDOW server AS (PARTITION BY server_ip ORDER BY latency_us)
), percentiles AS MATERIALIZED ( -- nearest rank
	SELECT server_ip, min(latency_us) FILTER (WHERE nth * 2 >= answers) AS p50_us,
		min(latency_us) FILTER (WHERE nth * 100 >= answers * 95) AS p95_us
	FROM ranked
	GROUP BY server_ip
)
SELECT server_ip AS server,
	(SELECT n.name FROM names AS n WHERE n.address = server_ip AND n.port IS NULL AND (n.capture_id = :capture OR n.capture_id IS NULL)
		ORDER BY instr('hosts pod service dns http sni', n.source), n.port IS NULL, n.rowid LIMIT 1) AS name,
	clients, questions, repeats, unanswered, failures, nxdomain, round(p50_us / 1e3, 3) AS p50_ms, round(p95_us / 1e3, 3) AS p95_ms,
	round(max_us / 1e3, 3) AS max_ms, of_rows
FROM asked
LEFT JOIN percentiles USING (server_ip)
ORDER BY questions DESC, server_ip;
