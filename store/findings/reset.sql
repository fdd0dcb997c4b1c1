-- title: Connections are reset in the middle
-- severity: warning
-- layer: L4
-- rank: 22
-- explanation: A reset ended connections while data was on its way or a request had no answer. The program that sent it
-- explanation: has crashed, gave up, or closed without reading everything; or a firewall or load balancer in between sent
-- explanation: it in its name.
-- advice: Read the log of the program on the side that resets, at this time. If its host knows nothing of it (`nstat -az
-- advice: TcpOutRsts`, a capture there), a middlebox sends it: compare the TTL of the reset with that of the other
-- advice: packets (ip.ttl).
-- threshold: reset_flows 1 flows of a service reset by its server, or client_reset_flows by clients
-- threshold: client_reset_flows 3 flows of a service reset by clients: one may be somebody who clicked away
-- threshold: reset_pct 0.1 % of a service's connections; fewer are a note
-- A program that ends an upload at its own time and goes on over another connection may do that with a reset (iperf3).
-- Harmless: a reset after the FIN of either side, and when all that was sent is acknowledged and answered.
WITH resets AS MATERIALIZED (
	SELECT f.id, f.client_ip, f.server_ip, f.server_port, s.new_bytes AS answered, f.reset_by,
		f.reset_ns, d.service, d.subject, (f.reset_ns - f.first_ns) / 1e9 AS age_s,
		c.new_bytes + s.new_bytes AS bytes,
		CASE f.reset_by WHEN 'client' THEN s.new_bytes - s.acked_bytes ELSE c.new_bytes - c.acked_bytes END
			AS unacked,
		count(*) OVER (PARTITION BY d.service, f.reset_by) AS flows
	FROM flows f
	JOIN directions d ON d.flow_id = f.id AND d.direction = iif(f.reset_by = 'client', 'c2s', 's2c')
	JOIN flow_directions c ON c.flow_id = f.id AND c.direction = 'c2s'
	JOIN flow_directions s ON s.flow_id = f.id AND s.direction = 's2c'
	WHERE f.state = 'reset' AND f.capture_id = :capture
		AND (f.first_fin_by IS NULL OR f.first_fin_by <> f.reset_by AND f.reset_by = 'server'
			AND c.new_bytes > c.acked_bytes)
		AND (f.reset_by = 'client' AND s.new_bytes > s.acked_bytes
			OR f.reset_by = 'server' AND (c.new_bytes > c.acked_bytes OR c.new_bytes > 0 AND s.new_bytes = 0))
), others AS ( -- connections over which the same two went on, and ended in order
	SELECT o.client_ip, o.server_ip, o.server_port, min(o.first_ns) AS first_ns, max(s.last_ns) AS last_ns
	FROM flows o
	JOIN flow_directions s ON s.flow_id = o.id AND s.direction = 's2c'
	WHERE EXISTS (SELECT 1 FROM resets WHERE reset_by = 'server' AND answered = 0)
		AND o.capture_id = :capture AND o.protocol = 'tcp' AND o.first_fin_by IS NOT NULL AND s.new_bytes > 0
		AND (o.client_ip, o.server_ip, o.server_port) IN (SELECT client_ip, server_ip, server_port FROM resets
			WHERE reset_by = 'server' AND answered = 0)
	GROUP BY o.client_ip, o.server_ip, o.server_port
)
SELECT subject, flows AS value, iif(reset_by = 'client', :client_reset_flows, :reset_flows) AS threshold,
	printf('The %s reset this connection after %.1f s and %,d bytes%s; %,d of %s in all.', reset_by, age_s, bytes,
		iif(unacked > 0, printf(', while %,d were under way', unacked), ''), flows, service) AS detail,
	iif(100.0 * flows < :reset_pct * (SELECT total(flows_new) FROM timeline
			WHERE capture_id = :capture AND scope = 'service' AND key = service)
		OR reset_by = 'server' AND answered = 0 AND o.first_ns < reset_ns AND o.last_ns > reset_ns,
		'note', 'warning') AS severity,
	id AS flow_id, reset_ns AS t_ns,
	(SELECT frame FROM events e WHERE e.flow_id = resets.id AND kind = 'reset' ORDER BY t_ns LIMIT 1) AS frame
FROM resets
LEFT JOIN others o USING (client_ip, server_ip, server_port)
WHERE flows >= iif(reset_by = 'client', :client_reset_flows, :reset_flows)
ORDER BY value DESC
