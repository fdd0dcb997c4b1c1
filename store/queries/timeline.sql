-- title: The network interval by interval
-- parameter: scope all all, service or peer
-- parameter: key '' of the service or peer: '192.0.2.1:443'
-- parameter: limit 1000 rows to show
SELECT substr(time, 12, 12) AS time, packets, mbit_per_s AS mbit, retrans_pct AS retrans, loss_pct AS loss,
	rtt_p50_ms AS rtt_p50, rtt_p95_ms AS rtt_p95, zero_windows AS zero_w, flows_new AS new
FROM timeline_view
WHERE scope = :scope AND (:key IS NULL OR key = :key)
ORDER BY timeline_view.time
LIMIT :limit;
