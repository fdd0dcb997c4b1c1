-- place: capture
-- order: 65
-- key: tls
-- title: TLS
-- batch: no
-- rows: servers
-- most: 10
-- column: server code server
-- column: name words name asked for
-- column: handshakes count handshakes
-- column: failed count not finished
-- column: alerts words alerts
-- column: versions words version
-- column: resumed count resumed
-- column: mean_ms ms handshake, mean
-- column: max_ms ms slowest
SELECT f.server, t.sni AS name, count(*) AS handshakes, sum(t.finished_ns IS NULL) AS failed, group_concat(DISTINCT t.alert) AS alerts,
	group_concat(DISTINCT t.version) AS versions, sum(coalesce(t.resumed, 0)) AS resumed, round(avg(t.handshake_us) / 1e3, 3) AS mean_ms,
	round(max(t.handshake_us) / 1e3, 3) AS max_ms, count(*) OVER () AS of_rows
FROM tls AS t
JOIN flows AS f ON f.id = t.flow_id
WHERE t.capture_id = :capture
GROUP BY f.server, t.sni
ORDER BY sum(t.alert IS NOT NULL) DESC, count(*) DESC, f.server, t.sni
LIMIT :rows;
