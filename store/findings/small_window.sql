-- title: The receive window is too small for the path
-- severity: warning
-- layer: L4
-- rank: 34
-- explanation: A sender may have only as much in flight as the receiver's window allows, and the answer takes a round
-- explanation: trip: window divided by round trip is the most that this connection can carry (64 KB over 100 ms: 5
-- explanation: Mbit/s), however fast the link is.
-- advice: Raise the receive buffer on the receiver: `sysctl net.ipv4.tcp_rmem` (its third number is the most), and take
-- advice: SO_RCVBUF out of the program, which switches the kernel's own tuning off; several connections at once help too.
-- threshold: window_mbps 10 Mbit/s that window and round trip must allow
-- threshold: window_limited_pct 30 % of the time that the sender waited for the window
-- threshold: window_limited_ms 500 ms of it at least
WITH seen AS ( -- nothing is read where there is nothing
	SELECT 1 FROM timeline WHERE capture_id = :capture AND scope = 'all' GROUP BY capture_id HAVING sum(window_full) > 0
), waiting AS (
	SELECT d.*, o.window_max AS window, coalesce(f.handshake_rtt_us, d.rtt_min_us + o.rtt_min_us, d.rtt_min_us) AS rtt_us
	FROM seen
	CROSS JOIN directions d
	JOIN flow_directions o ON o.flow_id = d.flow_id AND o.direction <> d.direction
	JOIN flows f ON f.id = d.flow_id
	WHERE d.limited_receive_window_us >= 100000 AND d.limited_receive_window_us >= :window_limited_ms * 1e3
		AND d.capture_id = :capture
		AND d.limited_receive_window_us * 100.0 >= :window_limited_pct *
			(d.limited_application_us + d.limited_receive_window_us
			+ d.limited_zero_window_us + d.limited_recovery_us + d.limited_network_us)
)
SELECT subject, window * 8.0 / rtt_us AS value,
	printf('The window of %,d bytes over a round trip of %.1f ms allows %.1f Mbit/s; the sender waited for it for %.1f s.', window,
		rtt_us / 1e3, window * 8.0 / rtt_us, limited_receive_window_us / 1e6) AS detail,
	flow_id, first_ns AS t_ns
FROM waiting
WHERE window * 8.0 / rtt_us < :window_mbps
ORDER BY value
