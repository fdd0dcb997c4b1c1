-- title: Directions with the highest round-trip time
-- about: c2s is from the tap to the server and back, s2c from the tap to the client and back.
-- parameter: limit 20 rows to show
-- parameter: samples 3 leave out directions with fewer RTT samples
SELECT f.id, f.client_ip AS client, f.server_ip || ':' || f.server_port AS server, d.direction AS dir,
	d.rtt_samples AS n, round(d.rtt_min_us / 1e3, 2) AS min_ms, round(d.rtt_p50_us / 1e3, 2) AS p50_ms,
	round(d.rtt_p95_us / 1e3, 2) AS p95_ms, round(d.rtt_max_us / 1e3, 2) AS max_ms
FROM flow_directions d
JOIN flows f ON f.id = d.flow_id
WHERE d.rtt_samples >= max(:samples, 1)
ORDER BY d.rtt_p95_us DESC, f.id, dir
LIMIT :limit;
