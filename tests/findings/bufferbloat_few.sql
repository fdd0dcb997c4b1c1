-- The same round trips with seven segments in flight: who sends so few fills no queue.
UPDATE flow_directions SET rtt_samples = 50, rtt_min_us = 40000, rtt_p50_us = 120000, rtt_p95_us = 140000,
	in_flight_max = 7 * segment_bytes, limited_network_us = 340000 WHERE flow_id = 1 AND direction = 's2c';
