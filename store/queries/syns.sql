-- title: Flows whose SYN or SYN-ACK had to be sent again
-- parameter: limit 20 rows to show
SELECT f.id, f.client_ip AS client, f.server_ip || ':' || f.server_port AS server, f.state,
	sum(CASE d.direction WHEN 'c2s' THEN d.syn_retransmissions ELSE 0 END) AS syn_again,
	sum(CASE d.direction WHEN 's2c' THEN d.syn_retransmissions ELSE 0 END) AS syn_ack_again
FROM flow_directions d
JOIN flows f ON f.id = d.flow_id
WHERE d.syn_retransmissions > 0
GROUP BY f.id
ORDER BY sum(d.syn_retransmissions) DESC, f.id
LIMIT :limit;
