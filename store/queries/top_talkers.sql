-- title: Hosts that sent most
-- parameter: limit 20 rows to show
SELECT host, count(*) AS flows, sum(packets) AS packets, sum(bytes) AS bytes,
	round(100.0 * sum(bytes) / nullif((SELECT sum(bytes) FROM flow_directions), 0), 1) AS pct,
	sum(retransmitted_segments) AS retransmitted
FROM (
	SELECT f.client_ip AS host, d.packets, d.bytes, d.retransmitted_segments FROM flows f JOIN flow_directions d ON d.flow_id = f.id WHERE d.direction = 'c2s'
	UNION ALL
	SELECT f.server_ip AS host, d.packets, d.bytes, d.retransmitted_segments FROM flows f JOIN flow_directions d ON d.flow_id = f.id WHERE d.direction = 's2c'
)
GROUP BY host
ORDER BY bytes DESC, host
LIMIT :limit;
