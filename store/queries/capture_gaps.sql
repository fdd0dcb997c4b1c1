-- title: Flows of which the tap missed packets
-- about: Bytes that were acknowledged but never captured. The network delivered them: the recording has the hole.
-- parameter: limit 20 rows to show
SELECT f.id, f.client_ip AS client, f.server_ip || ':' || f.server_port AS server, d.direction AS dir,
	d.capture_gap_segments AS segments, d.capture_gap_bytes AS bytes,
	round(100.0 * d.capture_gap_segments / (d.data_segments + d.capture_gap_segments), 2) AS pct
FROM flow_directions d
JOIN flows f ON f.id = d.flow_id
WHERE d.capture_gap_segments > 0
ORDER BY d.capture_gap_bytes DESC, f.id, dir
LIMIT :limit;
