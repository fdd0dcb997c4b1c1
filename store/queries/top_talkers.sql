-- title: Hosts that sent most
-- parameter: limit 20 rows to show
SELECT host, count(*) AS flows, sum(packets) AS packets, sum(bytes) AS bytes,
	round(100.0 * sum(bytes) / nullif((SELECT sum(bytes) FROM flow_directions), 0), 1) AS pct,
	sum(retransmitted_segments) AS retransmitted,
	(SELECT n.name FROM names n WHERE n.address = host AND n.port IS NULL
		ORDER BY instr('hosts pod service dns http sni', n.source), n.port IS NULL, n.rowid LIMIT 1) AS name
FROM (
	SELECT CASE d.direction WHEN 'c2s' THEN f.client_ip ELSE f.server_ip END AS host,
		d.packets, d.bytes, d.retransmitted_segments
	FROM flow_directions d
	JOIN flows f ON f.id = d.flow_id
)
GROUP BY host
ORDER BY bytes DESC, host
LIMIT :limit;
