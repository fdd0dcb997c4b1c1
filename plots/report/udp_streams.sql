-- place: capture
-- order: 72
-- key: udp_streams
-- title: Numbered UDP streams
-- about: RTP and iperf3, whose packets carry numbers, so that loss shows.
-- batch: no
-- rows: streams
-- most: 10
-- column: kind words kind
-- column: sender code sender
-- column: receiver code receiver
-- column: packets count packets
-- column: lost count lost
-- column: loss_pct percent lost, %
-- column: lost_run_max count most in a row
-- column: reordered count out of order
-- column: jitter_max_ms ms jitter, at most
SELECT u.kind, iif(u.direction = 'c2s', f.client, f.server) AS sender,
	iif(u.direction = 'c2s', f.server, f.client) AS receiver, u.packets, u.lost,
	round(u.loss_pct, 2) AS loss_pct, u.lost_run_max, u.reordered, round(u.jitter_max_us / 1e3, 3) AS jitter_max_ms,
	count(*) OVER () AS of_rows
FROM udp_streams AS u
JOIN flows AS f ON f.id = u.flow_id
WHERE f.capture_id = :capture
ORDER BY u.lost DESC, u.packets DESC, f.id, u.direction
LIMIT :rows;
