-- title: A client runs out of source ports towards one destination
-- severity: critical
-- layer: L4
-- rank: 13
-- explanation: Each connection to the same address and port needs a source port of its own, and a closed one is held for
-- explanation: 60 s (TIME_WAIT). When all are taken, new connections fail at once ("Cannot assign requested address") or
-- explanation: reuse ports too soon.
-- advice: Keep connections open (HTTP keep-alive, pools); widen `net.ipv4.ip_local_port_range`; add addresses on either
-- advice: side; `net.ipv4.tcp_tw_reuse=1`. `ss -tan state time-wait | wc -l` on the client shows the load. A NAT in
-- advice: between counts as the client.
-- threshold: source_ports_pct 80 % of the source ports
-- threshold: source_ports 28232 ports that a client has (32768 to 60999)
-- explains: many_short_connections port_reuse syn_unanswered refused
-- First the services and the clients with enough new connections in a minute; only then are flows counted.
WITH minutes AS (
	SELECT key, t_ns, sum(flows_new) OVER (PARTITION BY key ORDER BY t_ns RANGE BETWEEN 60000000000 PRECEDING
		AND CURRENT ROW) AS flows
	FROM timeline
	WHERE capture_id = :capture AND scope = 'service'
		AND (SELECT flows FROM captures WHERE id = :capture) >= :source_ports * :source_ports_pct / 100
), busy AS (
	SELECT key, t_ns, max(flows) AS flows FROM minutes GROUP BY key
		HAVING max(flows) >= :source_ports * :source_ports_pct / 100
), ends AS (
	SELECT key, t_ns, CAST(replace(key, rtrim(key, '0123456789'), '') AS INTEGER) AS port,
		trim(rtrim(rtrim(key, '0123456789'), ':'), '[]') AS address
	FROM busy
), peers AS (
	SELECT DISTINCT key AS peer FROM (
		SELECT key, sum(flows_new) OVER (PARTITION BY key ORDER BY t_ns RANGE BETWEEN 60000000000 PRECEDING
			AND CURRENT ROW) AS flows
		FROM timeline
		WHERE capture_id = :capture AND scope = 'peer' AND key <> '(other)' AND (SELECT count(*) FROM busy) > 0)
	WHERE flows >= :source_ports * :source_ports_pct / 100
), clients AS (
	SELECT f.client_ip, f.server_ip, key, count(DISTINCT f.client_port) AS ports, max(f.id) AS id, max(f.first_ns)
		AS t_ns
	FROM ends
	CROSS JOIN peers
	CROSS JOIN flows f ON f.client_ip = peer AND f.server_port = ends.port AND f.server_ip = ends.address
	WHERE f.protocol = 'tcp' AND f.capture_id = :capture AND f.first_ns BETWEEN ends.t_ns - 60000000000
		AND ends.t_ns + 1000000000
	GROUP BY f.client_ip, key
)
SELECT client_ip || ' > ' || key AS subject, 100.0 * ports / :source_ports AS value,
	printf('%s used %,d source ports towards %s within a minute: %.0f %% of %,d.', client_ip, ports, key,
		100.0 * ports / :source_ports,
		:source_ports) AS detail,
	id AS flow_id, t_ns, server_ip AS address
FROM clients
WHERE 100.0 * ports / :source_ports >= :source_ports_pct
ORDER BY value DESC
