-- title: Window scaling is off, which holds a connection back
-- severity: warning
-- layer: L4
-- rank: 33
-- explanation: One side did not offer window scaling (RFC 7323), so the window ends at 64 KB, and the connection carries
-- explanation: at most that much in a round trip. Old devices and firewalls that take the option out of the SYN do this.
-- advice: Switch it on at both ends (`sysctl net.ipv4.tcp_window_scaling=1`); if it is on, compare the SYN at both ends
-- advice: with `wiretape locate`: a firewall or load balancer between them removes it.
-- threshold: window_mbps 10 Mbit/s that window and round trip must allow
-- threshold: window_limited_pct 30 % of the time that the sender waited for the window
-- threshold: window_limited_ms 500 ms of it at least
-- explains: small_window
WITH seen AS ( -- nothing is read where there is nothing
	SELECT 1 FROM timeline WHERE capture_id = :capture AND scope = 'all' GROUP BY capture_id HAVING sum(window_full) > 0
), waiting AS (
	SELECT d.*, o.window_max AS window, coalesce(f.handshake_rtt_us, d.rtt_min_us + o.rtt_min_us, d.rtt_min_us)
		AS rtt_us,
		CASE WHEN d.window_scale = -1 AND o.window_scale = -1 THEN 'neither side'
			WHEN d.window_scale = -1 THEN d.sender_ip ELSE d.receiver_ip END AS who
	FROM seen
	CROSS JOIN directions d
	JOIN flow_directions o ON o.flow_id = d.flow_id AND o.direction <> d.direction
	JOIN flows f ON f.id = d.flow_id
	WHERE d.limited_receive_window_us >= 100000 AND d.limited_receive_window_us >= :window_limited_ms * 1e3 AND d.capture_id = :capture
		AND (d.window_scale = -1 OR o.window_scale = -1)
		AND d.limited_receive_window_us * 100.0 >= :window_limited_pct *
			(d.limited_application_us + d.limited_receive_window_us
			+ d.limited_zero_window_us + d.limited_recovery_us + d.limited_network_us)
)
SELECT subject, window * 8.0 / rtt_us AS value,
	printf('%s: %,d bytes over a round trip of %.1f ms allow %.1f Mbit/s; the sender waited for the window for %.1f s.',
		CASE who WHEN 'neither side' THEN 'neither side offered it' ELSE who || ' did not offer it' END, window,
		rtt_us / 1e3, window * 8.0 / rtt_us, limited_receive_window_us / 1e6) AS detail,
	flow_id, first_ns AS t_ns
FROM waiting
WHERE window * 8.0 / rtt_us < :window_mbps
ORDER BY value
