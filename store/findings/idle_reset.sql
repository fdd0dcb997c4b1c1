-- title: Idle connections are reset when they are used again
-- severity: warning
-- layer: L4
-- rank: 21
-- explanation: After a long silence the next packet was answered with a reset: a NAT, firewall or load balancer on the
-- explanation: path, or the server, had dropped the idle connection and the other side did not know. Programs with
-- explanation: connection pools see it as errors after pauses.
-- advice: Compare the silence with the time-outs on the path (often 60, 350, 900 or 3600 s; AWS NLB 350, Azure 240). Send
-- advice: keep-alives more often than that (SO_KEEPALIVE and TCP_KEEPIDLE; `net.ipv4.tcp_keepalive_time`), or let the
-- advice: pool close its connections earlier.
-- threshold: idle_reset_s 30 s of silence before the reset
-- explains: reset half_open
-- The packet that ended the silence was sent by the side that did not send the reset, and the reset followed at once: it is
-- the other side's first packet since, or that packet was never acknowledged.
SELECT d.service AS subject, max(d.gap_max_us) / 1e6 AS value,
	printf('%,d connection%s to %s reset by the %s after a silence of %.0f s.', count(*), iif(count(*) = 1, '', 's'),
		d.service,
		f.reset_by, max(d.gap_max_us) / 1e6) AS detail,
	f.id AS flow_id, f.reset_ns AS t_ns, d.gap_end_frame AS frame, iif(count(*) > 1, f.server_ip, NULL) AS address
FROM flows f
JOIN directions d ON d.flow_id = f.id AND d.direction = iif(f.reset_by = 'client', 's2c', 'c2s')
JOIN flow_directions o ON o.flow_id = f.id AND o.direction <> d.direction
WHERE f.state = 'reset' AND f.capture_id = :capture
	AND f.first_fin_by IS NULL AND d.gap_max_us >= :idle_reset_s * 1e6
	AND f.reset_ns - d.gap_end_ns BETWEEN -1000000000 AND 5000000000
	AND (o.gap_end_ns >= f.reset_ns OR d.new_bytes > d.acked_bytes)
GROUP BY d.service, f.reset_by
ORDER BY value DESC
