-- title: Intervals in which a service lost most
-- parameter: limit 20 rows to show
-- parameter: segments 20 leave out rows with fewer data segments
SELECT capture_id AS cap, strftime('%Y-%m-%dT%H:%M:%SZ', t_ns / 1000000000, 'unixepoch') AS time, key AS service,
	data_segments AS segments,
	round(retrans_pct, 2) AS retrans, round(loss_pct, 2) AS loss, round(rtt_p95_ms, 2) AS rtt_p95
FROM timeline
WHERE scope = 'service' AND data_segments >= :segments AND retrans_pct > 0
ORDER BY retrans_pct DESC, cap, t_ns, key
LIMIT :limit;
