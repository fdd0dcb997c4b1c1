-- title: UDP packets come unevenly
-- severity: warning
-- layer: L3
-- rank: 50
-- explanation: The packets of a stream were sent at an even pace and come unevenly (jitter as in RFC 3550). A receiver has
-- explanation: to wait for the late ones: above 30 ms most jitter buffers of phones drop what comes later still.
-- advice: A queue on the way fills and empties: see what else uses the link at that time, and whether the stream's DSCP
-- advice: class is kept and preferred. Wireless links do that by themselves. If it is uneven at the sender already, its
-- advice: processor is short of time.
-- threshold: udp_jitter_ms 30 ms packets of a UDP stream came earlier or later than evenly, on average
SELECT iif(s.direction = 'c2s', f.client_ip || ' > ' || f.server, f.server_ip || ' > ' || f.client) AS subject,
	s.flow_id, s.first_ns AS t_ns, s.first_frame AS frame,
	s.jitter_us / 1e3 AS value,
	printf('%.1f ms of jitter at the end, %.1f ms at the most, in %,d packets of this %s stream', s.jitter_us / 1e3,
		coalesce(s.jitter_max_us, s.jitter_us) / 1e3, s.packets, s.kind) AS detail
FROM udp_streams s
JOIN flows f ON f.id = s.flow_id
WHERE f.capture_id = :capture AND s.packets >= 50 AND s.jitter_us >= 1000 * :udp_jitter_ms
ORDER BY s.jitter_us DESC, s.flow_id;
