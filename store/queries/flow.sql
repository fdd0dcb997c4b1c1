-- title: One flow, its two directions side by side
-- parameter: flow 1 its id
WITH u AS (SELECT * FROM flow_directions WHERE flow_id = :flow AND direction = 'c2s'),
	d AS (SELECT * FROM flow_directions WHERE flow_id = :flow AND direction = 's2c')
SELECT 'sender' AS what, client AS c2s, server AS s2c FROM flows_view WHERE id = :flow
UNION ALL SELECT 'name', client_name, server_name FROM flows_view WHERE id = :flow
UNION ALL SELECT 'packets', u.packets, d.packets FROM u, d
UNION ALL SELECT 'bytes', u.bytes, d.bytes FROM u, d
UNION ALL SELECT 'data segments', u.data_segments, d.data_segments FROM u, d
UNION ALL SELECT 'payload, once', u.new_bytes, d.new_bytes FROM u, d
UNION ALL SELECT 'retransmitted', u.retransmitted_segments, d.retransmitted_segments FROM u, d
UNION ALL SELECT '  fast', u.fast_retransmissions, d.fast_retransmissions FROM u, d
UNION ALL SELECT '  time-out', u.timeout_retransmissions, d.timeout_retransmissions FROM u, d
UNION ALL SELECT '  slow start', u.slow_start_retransmissions, d.slow_start_retransmissions FROM u, d
UNION ALL SELECT '  tail loss probe', u.tail_loss_probes, d.tail_loss_probes FROM u, d
UNION ALL SELECT '  cause unknown', u.unknown_retransmissions, d.unknown_retransmissions FROM u, d
UNION ALL SELECT '  SYN', u.syn_retransmissions, d.syn_retransmissions FROM u, d
UNION ALL SELECT '  spurious', u.spurious_retransmissions, d.spurious_retransmissions FROM u, d
UNION ALL SELECT 'lost before the tap', u.lost_upstream, d.lost_upstream FROM u, d
UNION ALL SELECT 'lost after the tap', u.lost_downstream, d.lost_downstream FROM u, d
UNION ALL SELECT 'reordered', u.reordered_segments, d.reordered_segments FROM u, d
UNION ALL SELECT 'missed by the tap', u.capture_gap_segments, d.capture_gap_segments FROM u, d
UNION ALL SELECT 'duplicate ACKs', u.duplicate_acks, d.duplicate_acks FROM u, d
UNION ALL SELECT 'zero windows', u.zero_windows, d.zero_windows FROM u, d
UNION ALL SELECT 'window, largest', u.window_max, d.window_max FROM u, d
UNION ALL SELECT 'in flight, largest', u.in_flight_max, d.in_flight_max FROM u, d
UNION ALL SELECT 'RTT, least, ms', round(u.rtt_min_us / 1e3, 3), round(d.rtt_min_us / 1e3, 3) FROM u, d
UNION ALL SELECT 'RTT, median, ms', round(u.rtt_p50_us / 1e3, 3), round(d.rtt_p50_us / 1e3, 3) FROM u, d
UNION ALL SELECT 'RTT, p95, ms', round(u.rtt_p95_us / 1e3, 3), round(d.rtt_p95_us / 1e3, 3) FROM u, d;
