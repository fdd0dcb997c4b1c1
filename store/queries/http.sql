-- title: HTTP by host and path: status, time to the first byte
-- about: ms from the end of a request to the first byte of its answer; cut are answers that never ended, or never came.
-- parameter: limit 20 rows to show
SELECT host, path, count(*) AS requests, sum(coalesce(status >= 500, 0)) AS "5xx",
	sum(coalesce(status BETWEEN 400 AND 499, 0)) AS "4xx", sum(ended IN ('cut', 'unanswered')) AS cut,
	round(avg(first_byte_us) / 1e3, 2) AS ms, round(max(first_byte_us) / 1e3, 2) AS slowest
FROM http
GROUP BY host, path
ORDER BY slowest DESC, requests DESC, host, path
LIMIT :limit;
