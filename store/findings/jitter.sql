-- title: The round trip time varies much
-- severity: warning
-- layer: L4
-- rank: 42
-- explanation: Packets of one connection take very different times over the same path. Calls and video need an even flow,
-- explanation: and TCP takes late packets for lost.
-- advice: Look for Wi-Fi with retries or power saving, mobile links, a busy virtual machine, and queues that fill and
-- advice: drain (bufferbloat); `mtr -i 0.2 HOST` shows from which hop on it varies.
-- threshold: jitter_ms 30 ms between the middle and the slowest twentieth of the round trips
-- threshold: jitter_samples 50 samples of the round trip
-- Only bulk data, full segments mostly: the acknowledgment of small ones may wait for the receiver's timer.
SELECT subject, (rtt_p95_us - rtt_p50_us) / 1e3 AS value,
	printf('Round trip %.0f ms in the middle, %.0f ms and more one time in twenty, %.0f ms at most, of %d measured.',
		rtt_p50_us / 1e3,
		rtt_p95_us / 1e3, rtt_max_us / 1e3, rtt_samples) AS detail,
	flow_id, first_ns AS t_ns
FROM directions
WHERE rtt_samples >= :jitter_samples AND rtt_p95_us - rtt_p50_us >= :jitter_ms * 1e3
	AND data_bytes >= 0.7 * segment_bytes * data_segments
	AND retransmitted_segments * 500 < data_segments -- a repair makes the samples around it longer
	AND limited_application_us < limited_network_us + limited_recovery_us + coalesce(limited_receive_window_us, 0)
	AND capture_id = :capture
ORDER BY value DESC
