-- title: Directions whose packets arrived out of order or twice
-- about: unknown could be reordered or retransmitted: no evidence decides. duplicates were doubled by the network.
-- parameter: limit 20 rows to show
SELECT f.id, f.client_ip AS client, f.server_ip || ':' || f.server_port AS server, d.direction AS dir,
	d.data_segments AS segments, d.reordered_segments AS reordered, d.unknown_segments AS unknown,
	d.network_duplicates AS duplicates
FROM flow_directions d
JOIN flows f ON f.id = d.flow_id
WHERE d.reordered_segments + d.unknown_segments + d.network_duplicates > 0
ORDER BY d.reordered_segments + d.network_duplicates DESC, d.unknown_segments DESC, f.id, dir
LIMIT :limit;
