-- 50 round trips: 40 ms at least, 120 ms in the middle, 140 ms one time in twenty, while the network held the sender back.
UPDATE flow_directions SET rtt_samples = 50, rtt_min_us = 40000, rtt_p50_us = 120000, rtt_p95_us = 140000,
	in_flight_max = 8 * segment_bytes, limited_network_us = 340000 WHERE flow_id = 1 AND direction = 's2c';
