-- title: Clients with the most trouble
-- about: Sums over the flows that each client opened, both directions.
-- parameter: limit 20 rows to show
SELECT f.client_ip AS client, count(DISTINCT f.id) AS flows,
	sum(d.retransmitted_segments - d.syn_retransmissions - d.fin_retransmissions) AS again,
	sum(d.lost_upstream + d.lost_downstream) AS lost, sum(d.zero_windows) AS zero_windows,
	round(100.0 * sum(d.retransmitted_segments - d.syn_retransmissions - d.fin_retransmissions)
		/ nullif(sum(d.data_segments), 0), 2) AS retrans_pct,
	(SELECT n.name FROM names n WHERE n.address = f.client_ip AND n.port IS NULL
		ORDER BY instr('hosts pod service dns http sni', n.source), n.port IS NULL, n.rowid LIMIT 1) AS name
FROM flows f
JOIN flow_directions d ON d.flow_id = f.id
WHERE f.protocol = 'tcp'
GROUP BY f.client_ip
HAVING again + lost + sum(d.zero_windows) > 0
ORDER BY again DESC, lost DESC, client
LIMIT :limit;
