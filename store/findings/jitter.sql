-- title: The round trip time varies much
-- severity: warning
-- layer: L4
-- rank: 42
-- explanation: Packets of one connection take very different times over the same path. Calls and video need an even flow,
-- explanation: and TCP takes late packets for lost.
-- advice: Look for Wi-Fi with retries or power saving, mobile links, a busy virtual machine, and queues that fill and
-- advice: drain (bufferbloat); `mtr -i 0.2 HOST` shows from which hop on it varies.
-- threshold: jitter_ms 30 ms between the middle and the slowest twentieth of the round trips
-- threshold: jitter_change_ms 3 ms from one round trip to the next, on average
-- threshold: jitter_samples 50 samples of the round trip
-- Only bulk data, full segments mostly: the acknowledgment of small ones may wait for the receiver's timer.
-- A queue that the sender itself fills and drains makes the round trip longer and shorter too, but slowly, and one moment in
-- which the path stood still is no jitter: successive round trips must differ.
WITH services AS (
	SELECT key AS service, sum(rtt_jitter_ms * rtt_samples) / sum(rtt_samples) AS change_ms
	FROM timeline
	WHERE capture_id = :capture AND scope = 'service' AND rtt_samples > 0 AND rtt_jitter_ms IS NOT NULL
	GROUP BY key
)
SELECT subject, (rtt_p95_us - rtt_p50_us) / 1e3 AS value,
	printf('Round trip %.0f ms in the middle, %.0f ms and more one time in twenty, %.0f ms at most, of %,d measured; '
		|| '%.1f ms from one to the next.',
		rtt_p50_us / 1e3,
		rtt_p95_us / 1e3, rtt_max_us / 1e3, rtt_samples, change_ms) AS detail,
	flow_id, first_ns AS t_ns
FROM directions
JOIN services USING (service)
WHERE rtt_samples >= :jitter_samples AND rtt_p95_us - rtt_p50_us >= :jitter_ms * 1e3
	AND data_bytes >= 0.7 * segment_bytes * data_segments
	AND retransmitted_segments * 500 < data_segments -- a repair makes the samples around it longer
	AND limited_application_us < limited_network_us + limited_recovery_us + coalesce(limited_receive_window_us, 0)
	AND change_ms >= :jitter_change_ms AND change_ms >= (rtt_p95_us - rtt_p50_us) / 6e3
	AND capture_id = :capture
ORDER BY value DESC
