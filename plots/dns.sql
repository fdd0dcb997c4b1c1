-- title: DNS
-- about: how long answers took, by server; what failed or was not answered
-- empty: there are no DNS questions
-- gallery: web.snd
-- see: Names that the server knew, others that it had to ask for, one that does not exist, and one that was asked for again.
-- How many questions there were. Of a ring's catalog, which knows no single question, from its timeline: that percentile of the
-- intervals' percentiles, weighed by answers.
WITH questions AS (
	SELECT latency_us, rcode, queries, answer_ns IS NULL AND NOT open_end AS unanswered
	FROM dns
	WHERE (:flow IS NULL OR flow_id = :flow) AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns >= :from) AND (:to IS NULL OR t_ns < :to)
),
ranked AS (
	SELECT latency_us, row_number() OVER (ORDER BY latency_us) AS place, count(*) OVER () AS n
	FROM questions
	WHERE latency_us IS NOT NULL
),
intervals AS (
	SELECT dns_queries, dns_answers, dns_unanswered, dns_failures, dns_nxdomain, dns_max_ms, dns_p50_ms, dns_p95_ms,
		sum(dns_answers) OVER (ORDER BY dns_p50_ms NULLS LAST) AS upto_p50, sum(dns_answers) OVER (ORDER BY dns_p95_ms NULLS LAST) AS upto_p95,
		sum(dns_answers) OVER () AS n
	FROM timeline
	WHERE :flow IS NULL AND scope = 'all' AND NOT EXISTS (SELECT 1 FROM dns) AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
)
SELECT count(*) AS questions, sum(rcode IS NOT NULL) AS answers, sum(unanswered) AS unanswered,
	sum(rcode IS NOT NULL AND rcode NOT IN ('NOERROR', 'NXDOMAIN')) AS failed, sum(rcode IS 'NXDOMAIN') AS nxdomain,
	sum(queries > 1) AS repeated, max(latency_us) / 1000.0 AS max_ms,
	(SELECT min(latency_us) FROM ranked WHERE place >= 0.5 * n) / 1000.0 AS p50_ms,
	(SELECT min(latency_us) FROM ranked WHERE place >= 0.95 * n) / 1000.0 AS p95_ms
FROM questions
HAVING count(*) > 0
UNION ALL
SELECT sum(dns_queries), sum(dns_answers), sum(dns_unanswered), sum(dns_failures), sum(dns_nxdomain), NULL, max(dns_max_ms),
	min(dns_p50_ms) FILTER (WHERE upto_p50 >= 0.5 * n), min(dns_p95_ms) FILTER (WHERE upto_p95 >= 0.95 * n)
FROM intervals
HAVING sum(dns_queries) > 0;

-- Servers, those that were asked most first.
WITH questions AS (
	SELECT server_ip, server_port, latency_us, rcode, answer_ns IS NULL AND NOT open_end AS unanswered,
		row_number() OVER (PARTITION BY server_ip, server_port, latency_us IS NULL ORDER BY latency_us) AS place,
		count(latency_us) OVER (PARTITION BY server_ip, server_port) AS n
	FROM dns
	WHERE (:flow IS NULL OR flow_id = :flow) AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns >= :from) AND (:to IS NULL OR t_ns < :to)
)
SELECT row_number() OVER (ORDER BY count(*) DESC, server_ip, server_port) AS rank,
	server_ip || iif(server_port = 53, '', ' port ' || server_port) AS server, count(*) AS questions,
	min(iif(place >= 0.5 * n, latency_us, NULL)) / 1000.0 AS p50_ms, min(iif(place >= 0.95 * n, latency_us, NULL)) / 1000.0 AS p95_ms,
	sum(unanswered OR rcode NOT IN ('NOERROR', 'NXDOMAIN')) AS bad, count(*) OVER () AS servers
FROM questions
GROUP BY server_ip, server_port
ORDER BY rank LIMIT 6;

-- Latency of each question, as long as they are not more than can be told apart. Rank 6 is all servers from the sixth on.
WITH chosen AS (
	SELECT t_ns, latency_us, server_ip, server_port
	FROM dns
	WHERE (:flow IS NULL OR flow_id = :flow) AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns >= :from) AND (:to IS NULL OR t_ns < :to)
),
servers AS (
	SELECT server_ip, server_port, row_number() OVER (ORDER BY count(*) DESC, server_ip, server_port) AS rank
	FROM chosen
	GROUP BY server_ip, server_port
)
SELECT t_ns / 1e9 AS t, latency_us / 1000.0 AS latency_ms, min(rank, 6) AS rank
FROM chosen JOIN servers USING (server_ip, server_port)
WHERE latency_us IS NOT NULL AND (SELECT count(*) FROM chosen) <= 5 * :points
ORDER BY t_ns;

-- Of more questions, and of a catalog: per bin of time.
WITH chosen AS (
	SELECT t_ns, latency_us
	FROM dns
	WHERE latency_us IS NOT NULL AND (:flow IS NULL OR flow_id = :flow) AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns >= :from) AND (:to IS NULL OR t_ns < :to)
),
step AS (
	SELECT max(1, (max(t_ns) - min(t_ns)) / (:points / 4) + 1) AS step_ns FROM chosen
),
ranked AS (
	SELECT t_ns / step_ns * step_ns + step_ns / 2 AS bin_ns, latency_us,
		row_number() OVER (PARTITION BY t_ns / step_ns ORDER BY latency_us) AS place, count(*) OVER (PARTITION BY t_ns / step_ns) AS n
	FROM chosen, step
	WHERE (SELECT count(*) FROM chosen) > 5 * :points
),
intervals AS (
	SELECT t_ns, CAST(interval_ms * 1000000 AS INTEGER) AS length_ns, dns_answers AS n, dns_p50_ms AS p50, dns_p95_ms AS p95,
		dns_max_ms AS highest
	FROM timeline
	WHERE :flow IS NULL AND scope = 'all' AND dns_p50_ms IS NOT NULL AND NOT EXISTS (SELECT 1 FROM dns)
		AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
),
interval_step AS (
	SELECT max(length_ns) * ((max(t_ns) - min(t_ns)) / max(length_ns) / (:points / 4) + 1) AS step_ns FROM intervals
)
SELECT bin_ns / 1e9 AS t, min(iif(place >= 0.5 * n, latency_us, NULL)) / 1000.0 AS p50_ms,
	min(iif(place >= 0.95 * n, latency_us, NULL)) / 1000.0 AS p95_ms, max(latency_us) / 1000.0 AS max_ms
FROM ranked
GROUP BY bin_ns
UNION ALL
SELECT (t_ns / step_ns * step_ns + step_ns / 2) / 1e9, sum(p50 * n) / sum(n), sum(p95 * n) / sum(n), max(highest)
FROM intervals, interval_step
GROUP BY t_ns / step_ns
ORDER BY t;

-- Lanes: 1 not answered, 2 failed, 3 no such name, 4 asked again. Marks that would lie on one another are one.
WITH chosen AS (
	SELECT t_ns, answer_ns IS NULL AND NOT open_end AS unanswered, rcode, queries
	FROM dns
	WHERE (:flow IS NULL OR flow_id = :flow) AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns >= :from) AND (:to IS NULL OR t_ns < :to)
),
marks (lane, t_ns, questions) AS (
	SELECT 1, t_ns, 1 FROM chosen WHERE unanswered
	UNION ALL SELECT 2, t_ns, 1 FROM chosen WHERE rcode NOT IN ('NOERROR', 'NXDOMAIN')
	UNION ALL SELECT 3, t_ns, 1 FROM chosen WHERE rcode = 'NXDOMAIN'
	UNION ALL SELECT 4, t_ns, 1 FROM chosen WHERE queries > 1
	UNION ALL SELECT lane, t_ns + CAST(interval_ms * 500000 AS INTEGER),
		iif(lane = 1, dns_unanswered, iif(lane = 2, dns_failures, dns_nxdomain))
	FROM timeline, (SELECT 1 AS lane UNION ALL SELECT 2 UNION ALL SELECT 3)
	WHERE :flow IS NULL AND scope = 'all' AND NOT EXISTS (SELECT 1 FROM dns) AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
),
ends AS (
	SELECT coalesce(min(t_ns), 0) AS first_ns, max(1, (max(t_ns) - min(t_ns)) / 250 + 1) AS step_ns FROM marks
)
SELECT (first_ns + (t_ns - first_ns) / step_ns * step_ns) / 1e9 AS t, lane, sum(questions) AS questions
FROM marks, ends
WHERE questions > 0
GROUP BY lane, (t_ns - first_ns) / step_ns
ORDER BY lane, t;
