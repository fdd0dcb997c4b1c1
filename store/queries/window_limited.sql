-- title: Senders held back by the receiver's window
-- about: pct is the share of the flow's time in which as much was in flight as the other side's window allows, or that
-- about: window was closed. A larger receive buffer would help.
-- parameter: limit 20 rows to show
SELECT f.id, CASE d.direction WHEN 'c2s' THEN f.client_ip ELSE f.server_ip END AS sender,
	CASE d.direction WHEN 'c2s' THEN f.server_ip ELSE f.client_ip END AS receiver, f.server_port AS port,
	d.window_full AS times_full, round(d.full_us / 1e3, 1) AS limited_ms,
	round(100.0 * d.full_us / nullif(coalesce(d.limited_handshake_us, 0) + d.limited_application_us + d.full_us
		+ d.limited_recovery_us + d.limited_network_us, 0), 1) AS pct,
	other.window_max AS window
FROM (SELECT *, coalesce(limited_receive_window_us, 0) + limited_zero_window_us AS full_us FROM flow_directions) d
JOIN flows f ON f.id = d.flow_id
JOIN flow_directions other ON other.flow_id = d.flow_id AND other.direction <> d.direction
WHERE d.full_us > 0 OR d.window_full > 0
ORDER BY limited_ms DESC, times_full DESC, f.id, sender
LIMIT :limit;
