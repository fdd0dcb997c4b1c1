-- title: Services: flows, failures, retransmissions, RTT
-- about: A service is a server's address and port. rtt_ms is the mean of its flows' handshakes.
-- parameter: limit 30 rows to show
SELECT f.protocol, f.server_ip AS server, f.server_port AS port, count(*) AS flows,
	sum(f.state IN ('refused', 'unanswered')) AS failed, sum(d.bytes) AS bytes,
	round(100.0 * sum(d.again) / nullif(sum(d.data_segments), 0), 2) AS retrans_pct,
	round(avg(f.handshake_rtt_us) / 1e3, 2) AS rtt_ms,
	(SELECT n.name FROM names n WHERE n.address = f.server_ip AND (n.port = f.server_port OR n.port IS NULL)
		ORDER BY instr('hosts pod service dns http sni', n.source), n.port IS NULL, n.rowid LIMIT 1) AS name
FROM flows f
JOIN (
	SELECT flow_id, sum(bytes) AS bytes, sum(data_segments) AS data_segments,
		sum(retransmitted_segments - syn_retransmissions - fin_retransmissions) AS again
	FROM flow_directions GROUP BY flow_id
) d ON d.flow_id = f.id
GROUP BY f.protocol, f.server_ip, f.server_port
ORDER BY bytes DESC, server, port
LIMIT :limit;
