-- title: Pings of others: loss, RTT and jitter per pair, ms
-- parameter: limit 20 rows to show
SELECT f.client_ip AS source, f.server_ip AS destination, sum(e.requests) AS requests, sum(e.lost) AS lost,
	round(100.0 * sum(e.lost) / nullif(sum(e.replies + e.lost), 0), 1) AS pct, round(min(e.rtt_min_us) / 1e3, 2) AS min,
	round(sum(e.rtt_mean_us * e.replies) / 1e3 / nullif(sum(e.replies), 0), 2) AS mean, round(max(e.rtt_max_us) / 1e3, 2) AS max,
	round(max(e.jitter_us) / 1e3, 2) AS jitter
FROM echoes e
JOIN flows f ON f.id = e.flow_id
GROUP BY f.client_ip, f.server_ip
ORDER BY lost DESC, requests DESC, source, destination
LIMIT :limit;
