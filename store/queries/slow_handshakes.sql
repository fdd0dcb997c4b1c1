-- title: Slowest handshakes
-- about: server_ms is from the tap to the server and back, client_ms to the client and back. Ambiguous
-- about: handshakes (with a SYN sent again) have no time; see syns for these.
-- parameter: limit 20 rows to show
SELECT f.id, f.client_ip AS client, f.server_ip || ':' || f.server_port AS server,
	round(f.handshake_rtt_us / 1e3, 2) AS handshake_ms, round(f.handshake_server_rtt_us / 1e3, 2) AS server_ms,
	round(f.handshake_client_rtt_us / 1e3, 2) AS client_ms
FROM flows f
WHERE f.handshake_rtt_us IS NOT NULL
ORDER BY f.handshake_rtt_us DESC, f.id
LIMIT :limit;
