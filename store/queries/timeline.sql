-- title: The network interval by interval
-- parameter: capture '' only of this capture
-- parameter: scope all all, service or peer
-- parameter: key '' of the service or peer: '192.0.2.1:443'
-- parameter: limit 1000 rows to show
SELECT capture_id AS cap, substr(time, 12, 12) AS time, packets, mbit_per_s AS mbit, retrans_pct AS retrans, loss_pct AS loss,
	rtt_p50_ms AS rtt_p50, rtt_p95_ms AS rtt_p95, zero_windows AS zero, flows_new AS new
FROM timeline_view
WHERE scope = :scope AND (:key IS NULL OR key = :key) AND (:capture IS NULL OR capture_id = :capture)
ORDER BY capture_id, timeline_view.time, key
LIMIT :limit;
