-- title: What held senders back, in per cent of the flow's time
-- about: by: the largest share. hand: the handshake; app: nothing to send; window: the receiver's; zero: that was closed;
-- about: repair: a loss and the smaller window after it; net: congestion window or path.
-- parameter: limit 20 rows to show
SELECT f.id, f.client_ip AS client, f.server_ip || ':' || f.server_port AS server, d.direction AS dir,
	d.data_bytes AS bytes, d.limited_by AS by,
	round(100.0 * limited_handshake_us / total, 1) AS hand,
	round(100.0 * limited_application_us / total, 1) AS app,
	round(100.0 * limited_receive_window_us / total, 1) AS window,
	round(100.0 * limited_zero_window_us / total, 1) AS zero,
	round(100.0 * limited_recovery_us / total, 1) AS repair,
	round(100.0 * limited_network_us / total, 1) AS net
FROM (
	SELECT *, coalesce(limited_handshake_us, 0) + limited_application_us
		+ coalesce(limited_receive_window_us, 0) + limited_zero_window_us + limited_recovery_us + limited_network_us AS total
	FROM flow_directions
) d
JOIN flows f ON f.id = d.flow_id
WHERE d.total > 0 AND d.data_bytes > 0
ORDER BY d.data_bytes DESC, f.id, dir
LIMIT :limit;
