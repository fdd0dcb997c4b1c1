-- place: capture
-- order: 73
-- key: routes
-- title: Routes
-- about: What traceroutes in the capture found.
-- batch: no
-- rows: hops
-- most: 30
-- column: destination_ip code to
-- column: ttl number hop
-- column: address code who answered
-- column: name words name
-- column: probes count probes
-- column: replies count replies
-- column: rtt_min_ms ms least
-- column: rtt_mean_ms ms mean
-- column: rtt_max_ms ms most
SELECT destination_ip, ttl, address,
	(SELECT n.name FROM names AS n WHERE n.address = h.address AND n.port IS NULL AND (n.capture_id = :capture OR n.capture_id IS NULL)
		ORDER BY instr('hosts pod service dns http sni', n.source), n.port IS NULL, n.rowid LIMIT 1) AS name,
	probes, replies, round(rtt_min_us / 1e3, 3) AS rtt_min_ms, round(rtt_mean_us / 1e3, 3) AS rtt_mean_ms,
	round(rtt_max_us / 1e3, 3) AS rtt_max_ms,
	count(*) OVER () AS of_rows
FROM hops AS h
WHERE capture_id = :capture
ORDER BY source_ip, destination_ip, protocol, ttl, address
LIMIT :rows;
