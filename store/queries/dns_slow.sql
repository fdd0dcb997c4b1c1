-- title: DNS names that took longest, or got no answer
-- about: ms is the slowest answer, from the first time that it was asked for; asked counts repeats.
-- parameter: limit 20 rows to show
SELECT name, type, count(*) AS questions, sum(queries) AS asked, sum(rcode IS NULL AND NOT open_end) AS lost,
	max(rcode) AS rcode, round(max(answer_ns - t_ns) / 1e6, 2) AS ms, min(frame) AS frame
FROM dns
WHERE queries > 0
GROUP BY name, type
ORDER BY lost DESC, ms DESC, name, type
LIMIT :limit;
