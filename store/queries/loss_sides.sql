-- title: On which side of the tap segments were lost
-- about: before_tap never reached the tap, after_tap passed it and was sent again all the same; spurious
-- about: retransmissions are no losses. c2s before the tap is the client's side, after it the server's.
-- parameter: limit 20 rows to show
SELECT f.id, f.client_ip AS client, f.server_ip || ':' || f.server_port AS server, d.direction AS dir,
	d.lost_upstream AS before_tap, d.lost_downstream AS after_tap, d.spurious_retransmissions AS spurious,
	round(100.0 * (d.lost_upstream + d.lost_downstream)
		/ nullif(d.data_segments + d.lost_upstream, 0), 2) AS loss_pct
FROM flow_directions d
JOIN flows f ON f.id = d.flow_id
WHERE d.lost_upstream + d.lost_downstream > 0
ORDER BY d.lost_upstream + d.lost_downstream DESC, f.id, dir
LIMIT :limit;
