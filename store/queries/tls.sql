-- title: TLS handshakes by server name: version, time, failures
-- about: failed are those that an alert ended, or that never finished; ms is the mean of the others, slowest their longest.
-- parameter: limit 20 rows to show
SELECT coalesce(t.sni, f.server_ip) AS server, max(t.version) AS version, count(*) AS handshakes, sum(t.resumed) AS resumed,
	sum(t.alert_level IS 'fatal' OR t.finished_ns IS NULL) AS failed, max(t.alert) AS alert,
	round(avg(t.handshake_us) / 1e3, 2) AS ms, round(max(t.handshake_us) / 1e3, 2) AS slowest
FROM tls t
LEFT JOIN flows f ON f.id = t.flow_id
GROUP BY coalesce(t.sni, f.server_ip)
ORDER BY failed DESC, slowest DESC, server
LIMIT :limit;
