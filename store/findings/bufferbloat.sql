-- title: The round trip grows with the load: a queue on the path is too long
-- severity: warning
-- layer: L4
-- rank: 27
-- explanation: A sender with much in flight fills a queue before the narrowest link, and everything that shares it waits
-- explanation: as long: calls break up and clicks take seconds while a transfer runs (bufferbloat).
-- advice: Shorten the queue where the path is narrowest (often the uplink's router): `tc qdisc replace dev DEV root cake
-- advice: bandwidth RATE`, or fq_codel; shape to a little below the line's rate; BBR at the sender helps too.
-- threshold: bufferbloat_ms 100 ms that the round trip grew under load
-- threshold: bufferbloat_times 3 times its minimum
-- threshold: bufferbloat_samples 50 samples of the round trip
-- explains: jitter high_rtt loss_downstream loss_upstream
-- Half of all round trips are far above the minimum, and what holds the sender back is the network, which is its own queue.
SELECT subject, (rtt_p95_us - rtt_min_us) / 1e3 AS value,
	printf('Round trip %.0f ms at least, %.0f ms in the middle, %.0f ms one time in twenty, with up to %,d bytes in flight.',
		rtt_min_us / 1e3, rtt_p50_us / 1e3, rtt_p95_us / 1e3, in_flight_max) AS detail,
	flow_id, first_ns AS t_ns
FROM directions
WHERE rtt_samples >= :bufferbloat_samples AND rtt_p95_us - rtt_min_us >= :bufferbloat_ms * 1e3
	AND rtt_p50_us >= :bufferbloat_times * rtt_min_us
	AND in_flight_max >= 8 * segment_bytes
	AND limited_application_us < limited_network_us + limited_recovery_us + coalesce(limited_receive_window_us, 0)
	AND limited_zero_window_us < limited_network_us + limited_recovery_us + coalesce(limited_receive_window_us, 0)
	AND capture_id = :capture
ORDER BY value DESC
