-- title: A receiver closed its window
-- severity: warning
-- layer: L4
-- rank: 30
-- explanation: The application on this host did not read what came: its receive buffer filled up, and it told the sender to stop.
-- explanation: The network was not the cause while that lasted.
-- advice: Look at the process that owns this socket on the receiving host: busy, blocked (disk, lock, paused), or too few readers?
-- threshold: zero_window_ms 200 ms a receiver kept its window closed, in all
SELECT iif(d.direction = 'c2s', f.client_ip || ':' || f.client_port, f.server_ip || ':' || f.server_port) AS subject,
	d.zero_window_ms AS value,
	printf('%s closed its receive window to %s %s, for %.1f s in all.',
		iif(d.direction = 'c2s', f.client_ip, f.server_ip), iif(d.direction = 'c2s', f.server_ip, f.client_ip),
		iif(d.zero_windows = 1, 'once', d.zero_windows || ' times'), d.zero_window_ms / 1e3) AS detail,
	f.id AS flow_id,
	(SELECT min(t_ns) FROM events AS e WHERE e.flow_id = f.id AND e.kind = 'zero_window' AND e.direction = d.direction) AS t_ns,
	(SELECT min(frame) FROM events AS e WHERE e.flow_id = f.id AND e.kind = 'zero_window' AND e.direction = d.direction) AS frame
FROM flow_directions AS d
JOIN flows AS f ON f.id = d.flow_id
WHERE f.capture_id = :capture AND d.zero_windows > 0 AND d.zero_window_ms >= :zero_window_ms
ORDER BY value DESC, flow_id;
