-- place: capture
-- order: 61
-- text: no
-- key: dns_names
-- title: DNS names that failed or were slow
-- about: Those without an answer first, then those that failed, then the slowest.
-- batch: no
-- rows: names
-- most: 10
-- column: name code name
-- column: type words type
-- column: questions count questions
-- column: unanswered count unanswered
-- column: rcode words answer
-- column: max_ms ms slowest
-- column: server code server
-- column: frame number frame
WITH asked AS ( -- the bare columns are those of the slowest answer
	SELECT name, type, count(*) AS questions, sum(rcode IS NULL AND NOT open_end) AS unanswered,
		sum(coalesce(rcode NOT IN ('NOERROR', 'NXDOMAIN'), 0)) AS failures, max(coalesce(latency_us, -1)) AS max_us,
		group_concat(DISTINCT rcode) AS rcode, server_ip, frame
	FROM dns
	WHERE capture_id = :capture
	GROUP BY name, type
)
SELECT name, type, questions, unanswered, replace(rcode, ',', ', ') AS rcode, round(nullif(max_us, -1) / 1e3, 3) AS max_ms,
	server_ip AS server,
	frame, count(*) OVER () AS of_rows
FROM asked
ORDER BY unanswered DESC, failures DESC, max_us DESC, name, type
LIMIT :rows;
