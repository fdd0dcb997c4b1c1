-- title: Pings take long, or their time varies
-- severity: warning
-- layer: L3
-- rank: 55
-- explanation: The round trip of pings that passed by is long, or differs much from one to the next: a long path, a queue
-- explanation: that fills and empties, or a wireless link. Hosts answer pings at once, so it is the path and not a program.
-- advice: Compare the shortest time with the longest: if all are long it is distance (or a detour: see `mtr -n HOST`);
-- advice: if only some are, a queue on the way: look at what else used the link at that time (`wiretape query DB
-- advice: top_talkers`).
-- threshold: ping_rtt_ms 100 ms pings took on average
-- threshold: ping_jitter_ms 30 ms pings differed from one to the next on average
SELECT f.client_ip || ' > ' || f.server_ip AS subject, e.flow_id, f.first_ns AS t_ns, f.first_frame AS frame,
	iif(e.jitter_us >= 1000 * :ping_jitter_ms, e.jitter_us, e.rtt_mean_us) / 1000.0 AS value,
	iif(e.jitter_us >= 1000 * :ping_jitter_ms, :ping_jitter_ms, :ping_rtt_ms) AS threshold,
	printf('%,d pings took %.1f ms on average (%.1f to %.1f), and differed by %.1f ms from one to the next', e.replies,
		e.rtt_mean_us / 1e3,
		e.rtt_min_us / 1e3, e.rtt_max_us / 1e3, coalesce(e.jitter_us, 0) / 1e3) AS detail
FROM echoes e
JOIN flows f ON f.id = e.flow_id
WHERE f.capture_id = :capture AND e.replies > 2
	AND (e.rtt_mean_us >= 1000 * :ping_rtt_ms OR e.jitter_us >= 1000 * :ping_jitter_ms)
ORDER BY e.rtt_mean_us DESC, e.flow_id;
