-- The same of two flows, but that of one the slowest take 240 ms.
UPDATE flow_directions SET rtt_samples = 50, rtt_min_us = 40000, rtt_p50_us = 120000, rtt_p95_us = iif(flow_id = 2, 240000, 140000),
	in_flight_max = 8 * segment_bytes, limited_network_us = 340000 WHERE flow_id < 3 AND direction = 's2c';
