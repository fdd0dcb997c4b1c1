-- Where a flow's packets are, and what it takes to recognise them; a row for one flow of TCP. flow_place.c
-- reads the columns by their order.
WITH chosen AS (SELECT * FROM main.flows WHERE id = ?1 AND protocol = 'tcp'),
client AS (SELECT * FROM main.flow_directions WHERE flow_id = ?1 AND direction = 'c2s' LIMIT 1),
server AS (SELECT * FROM main.flow_directions WHERE flow_id = ?1 AND direction = 's2c' LIMIT 1)
SELECT c.path, c.format = 'ring' AS tape, c.first_ns, c.last_ns,
	f.client_ip, f.client_port, f.server_ip, f.server_port, f.first_ns, f.last_ns, f.first_frame, f.last_frame,
	-- RFC 7323 2.2: both sides scale, or none does; a SYN-ACK has the option only if the SYN had it
	CASE WHEN client.window_scale = -1 OR server.window_scale = -1 THEN 0
		WHEN server.window_scale IS NOT NULL THEN client.window_scale END AS client_shift,
	CASE WHEN client.window_scale = -1 OR server.window_scale = -1 THEN 0 ELSE server.window_scale END AS server_shift,
	client.tap_duplicates + server.tap_duplicates > 0 AS copies,
	1000 * coalesce(f.handshake_rtt_us, coalesce(client.rtt_min_us, 0) + coalesce(server.rtt_min_us, 0)) AS rtt_ns,
	-- Where tunnels are, two tenants may use the same addresses and ports at the same time; the tunnel's id tells
	-- them apart then.
	c.tunnelled > 0 AND EXISTS (
		SELECT 1 FROM main.flows AS o
		WHERE o.id <> f.id AND o.capture_id = f.capture_id AND o.protocol = 'tcp'
			AND o.first_frame <= f.last_frame AND o.last_frame >= f.first_frame
			AND ((o.client_ip, o.client_port, o.server_ip, o.server_port) = (f.client_ip, f.client_port, f.server_ip, f.server_port)
			OR (o.server_ip, o.server_port, o.client_ip, o.client_port) = (f.client_ip, f.client_port, f.server_ip, f.server_port))
	) AS rivals,
	f.tunnel IS NOT NULL AS tunnelled, coalesce(f.tunnel_id, 0) AS tunnel_id
FROM chosen AS f
JOIN main.captures AS c ON c.id = f.capture_id
LEFT JOIN client
LEFT JOIN server;
