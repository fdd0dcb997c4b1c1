-- title: The host holds very many sockets in TIME_WAIT
-- severity: warning
-- layer: host
-- rank: 26
-- explanation: Each connection that this host closed first stays for 60 s. Towards one destination that uses up the
-- explanation: source ports.
-- advice: Keep connections open (pools, HTTP keep-alive); `net.ipv4.tcp_tw_reuse=1` and a wider
-- advice: `net.ipv4.ip_local_port_range` help a client.
-- threshold: time_wait 10000 connections of one service closed within a minute
-- explains: many_short_connections port_exhaustion port_reuse
SELECT coalesce(c.host, 'the recording host') AS subject, max(tcp_time_wait) AS value,
	printf('%,d sockets in TIME_WAIT at the most.', max(tcp_time_wait)) AS detail, h.t_ns, '*' AS address, 'frame'
		AS filter,
	'sockets' AS unit
FROM host_counters h
JOIN captures c ON c.id = h.capture_id
WHERE h.capture_id = :capture AND tcp_time_wait >= :time_wait
GROUP BY h.capture_id
