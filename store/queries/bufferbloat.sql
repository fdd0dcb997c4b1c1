-- title: Directions whose RTT grew far above its minimum
-- about: Queues that fill on the path (bufferbloat), or an ACK that waits: times is p95 over the minimum.
-- parameter: limit 20 rows to show
-- parameter: samples 20 leave out directions with fewer RTT samples
SELECT f.id, f.client_ip AS client, f.server_ip || ':' || f.server_port AS server, d.direction AS dir,
	round(d.rtt_min_us / 1e3, 2) AS min_ms, round(d.rtt_p95_us / 1e3, 2) AS p95_ms,
	round(1.0 * d.rtt_p95_us / max(d.rtt_min_us, 1), 1) AS times, d.in_flight_max AS in_flight
FROM flow_directions d
JOIN flows f ON f.id = d.flow_id
WHERE d.rtt_samples >= max(:samples, 1) AND d.rtt_p95_us > 2 * d.rtt_min_us
ORDER BY d.rtt_p95_us - d.rtt_min_us DESC, f.id, dir
LIMIT :limit;
