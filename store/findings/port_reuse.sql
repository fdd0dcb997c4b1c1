-- title: Client ports are used again too soon, and the new connection fails
-- severity: warning
-- layer: L4
-- rank: 41
-- explanation: A new SYN came from the address and port of a connection that the server still remembers (TIME_WAIT), and
-- explanation: it was not taken at once: ignored, refused, or answered with an old acknowledgment. NAT gateways and load
-- explanation: balancers with few ports do this.
-- advice: Give the client or the NAT more ports or addresses (`net.ipv4.ip_local_port_range`, a larger SNAT pool), keep
-- advice: connections open, and use timestamps (`net.ipv4.tcp_timestamps=1`), with which the kernel may take such a SYN
-- advice: safely.
-- threshold: reused_ports 1 connections that failed or opened late on a port used before
-- threshold: reuse_s 120 s since the connection before
-- explains: syn_unanswered refused syn_retransmitted
WITH seen AS ( -- nothing is read where there is nothing
	SELECT 1 FROM timeline WHERE capture_id = :capture AND scope = 'all' GROUP BY capture_id
	HAVING sum(syn_retransmissions) + sum(refused) > 0
), olds AS (
	SELECT flows.* FROM seen CROSS JOIN flows WHERE ended_by = 'reused' AND protocol = 'tcp' AND capture_id = :capture
), failed AS (
	SELECT f.id, d.service, f.server_ip, f.client_ip, f.client_port, f.syn_ns, f.first_frame, f.state,
		d.syn_retransmissions AS repeats,
		min(f.first_ns - o.last_ns) / 1e9 AS after_s
	FROM olds o
	CROSS JOIN flows f ON f.capture_id = o.capture_id AND f.client_ip = o.client_ip AND f.client_port = o.client_port
		AND f.server_ip = o.server_ip AND f.server_port = o.server_port AND f.id > o.id
	JOIN directions d ON d.flow_id = f.id AND d.direction = 'c2s'
	WHERE (d.syn_retransmissions > 0 OR f.state IN ('unanswered', 'refused'))
		AND f.first_ns - o.last_ns <= :reuse_s * 1e9
	GROUP BY f.id
)
SELECT service AS subject, count(*) AS value,
	printf('%,d connection%s opened late or not at all on a port that was used %.1f s before (%s:%d).', count(*),
		iif(count(*) = 1, '', 's'), min(after_s), client_ip, client_port) AS detail,
	id AS flow_id, syn_ns AS t_ns, first_frame AS frame, iif(count(*) > 1, server_ip, NULL) AS address
FROM failed
GROUP BY service
HAVING count(*) >= :reused_ports
ORDER BY value DESC
