-- title: DNS servers: questions, failures, answer times
-- about: lost are questions without an answer, and repeats those that were sent again; slowest in ms.
-- parameter: limit 20 rows to show
SELECT server_ip AS server, count(*) AS questions, sum(max(queries - 1, 0)) AS repeats,
	sum(rcode IS NULL AND NOT open_end) AS lost, sum(coalesce(rcode = 'NXDOMAIN', 0)) AS nxdomain,
	sum(coalesce(rcode NOT IN ('NOERROR', 'NXDOMAIN'), 0)) AS failed,
	round(avg(latency_us) / 1e3, 2) AS mean, round(max(latency_us) / 1e3, 2) AS slowest
FROM dns
GROUP BY server_ip
ORDER BY questions DESC, server
LIMIT :limit;
