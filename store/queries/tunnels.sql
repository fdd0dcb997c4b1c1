-- title: Tunnels: their ends, and the flows in them
-- parameter: limit 20 rows to show
SELECT f.tunnel, f.tunnel_id AS id, min(f.tunnel_client_ip, f.tunnel_server_ip) AS one_end,
	max(f.tunnel_client_ip, f.tunnel_server_ip) AS other_end, count(*) AS flows, sum(d.packets) AS packets, sum(d.bytes) AS bytes
FROM flows f
JOIN (SELECT flow_id, sum(packets) AS packets, sum(bytes) AS bytes FROM flow_directions GROUP BY flow_id) d ON d.flow_id = f.id
WHERE f.tunnel IS NOT NULL
GROUP BY f.tunnel, f.tunnel_id, one_end, other_end
ORDER BY bytes DESC, f.tunnel, id
LIMIT :limit;
