-- title: Slowest answers to a request
-- about: From the last byte of a request to the first byte of its answer, as the tap saw them.
-- parameter: limit 20 rows to show
SELECT f.id, f.client_ip AS client, f.server_ip || ':' || f.server_port AS server, f.responses AS n,
	round(f.response_min_us / 1e3, 2) AS min_ms, round(f.response_mean_us / 1e3, 2) AS mean_ms,
	round(f.response_max_us / 1e3, 2) AS max_ms
FROM flows f
WHERE f.responses > 0
ORDER BY f.response_max_us DESC, f.id
LIMIT :limit;
