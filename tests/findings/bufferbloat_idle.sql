-- The same round trips, but the sender had nothing to send for most of the time: no queue of its own.
UPDATE flow_directions SET rtt_samples = 50, rtt_min_us = 40000, rtt_p50_us = 120000, rtt_p95_us = 140000,
	in_flight_max = 8 * segment_bytes, limited_network_us = 320000 WHERE flow_id = 1 AND direction = 's2c';
