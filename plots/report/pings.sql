-- place: capture
-- order: 71
-- key: pings
-- title: Pings
-- batch: no
-- rows: pings
-- most: 10
-- column: source_ip code from
-- column: destination_ip code to
-- column: requests count requests
-- column: replies count replies
-- column: lost count lost
-- column: loss_pct percent lost, %
-- column: rtt_mean_ms ms RTT, mean
-- column: rtt_max_ms ms at worst
SELECT f.client_ip AS source_ip, f.server_ip AS destination_ip, e.requests, e.replies, e.lost, round(e.loss_pct, 2) AS loss_pct,
	round(e.rtt_mean_us / 1e3, 3) AS rtt_mean_ms, round(e.rtt_max_us / 1e3, 3) AS rtt_max_ms, count(*) OVER () AS of_rows
FROM echoes AS e
JOIN flows AS f ON f.id = e.flow_id
WHERE f.capture_id = :capture
ORDER BY e.lost DESC, e.requests DESC, f.id
LIMIT :rows;
