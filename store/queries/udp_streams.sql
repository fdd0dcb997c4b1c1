-- title: UDP streams with sequence numbers (RTP, iperf3): loss and jitter
-- parameter: limit 20 rows to show
SELECT s.flow_id AS flow, s.kind, iif(s.direction = 'c2s', f.client_ip, f.server_ip) AS sender, s.packets, s.lost,
	round(s.loss_pct, 2) AS pct, s.lost_run_max AS in_a_row, s.reordered AS reord, round(s.jitter_us / 1e3, 2) AS jitter_ms
FROM udp_streams s
LEFT JOIN flows f ON f.id = s.flow_id
ORDER BY s.loss_pct DESC, s.jitter_us DESC, s.flow_id, s.direction
LIMIT :limit;
