-- title: Directions with the worst retransmission rate
-- about: pct is data segments sent again, of all data segments of that direction.
-- parameter: limit 20 rows to show
-- parameter: segments 10 leave out directions with fewer data segments
SELECT f.id, f.client_ip AS client, f.server_ip || ':' || f.server_port AS server, d.direction AS dir,
	d.data_segments AS segments,
	d.retransmitted_segments - d.syn_retransmissions - d.fin_retransmissions AS again,
	round(100.0 * (d.retransmitted_segments - d.syn_retransmissions - d.fin_retransmissions) / d.data_segments, 2) AS pct,
	d.spurious_retransmissions AS spurious
FROM flow_directions d
JOIN flows f ON f.id = d.flow_id
WHERE d.data_segments >= max(:segments, 1)
	AND d.retransmitted_segments > d.syn_retransmissions + d.fin_retransmissions
ORDER BY pct DESC, again DESC, f.id, dir
LIMIT :limit;
