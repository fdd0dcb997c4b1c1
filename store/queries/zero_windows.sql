-- title: Receivers that closed their window
-- about: The application on this side did not read: its receive buffer was full.
-- parameter: limit 20 rows to show
SELECT f.id, CASE d.direction WHEN 'c2s' THEN f.client_ip ELSE f.server_ip END AS receiver,
	CASE d.direction WHEN 'c2s' THEN f.server_ip ELSE f.client_ip END AS sender, f.server_port AS port,
	d.zero_windows AS times, round(d.zero_window_ms, 1) AS closed_ms, d.window_max
FROM flow_directions d
JOIN flows f ON f.id = d.flow_id
WHERE d.zero_windows > 0
ORDER BY d.zero_window_ms DESC, f.id, receiver
LIMIT :limit;
