-- summary.sql: what `wiretape analyze` prints, over the captures from :first on. Each statement has a key for JSON, a title
-- for people (none: its only column is printed as lines), and is left out of the text if it has no rows. `-- more: NAME` is
-- the saved query that shows more of the same. A part without a title whose column is `flow` gives the flow that is worth
-- a chart. :full is 1 for JSON, where nothing need be short. Names that were given take the place of addresses, but for scripts.

-- key: total
SELECT printf('%,d', count(*)) || CASE count(*) WHEN 1 THEN ' capture' ELSE ' captures' END
	|| iif(count(segments) = 0, '',
		iif(count(*) = 1, ' of ', printf(' (%,d tape%s: ', count(segments), iif(count(segments) = 1, '', 's')))
		|| printf('%,d segment%s', total(segments), iif(sum(segments) = 1, '', 's')) || iif(count(*) = 1, '', ')'))
	|| ', '
	|| printf('%,d', total(packets)) || CASE sum(packets) WHEN 1 THEN ' packet, ' ELSE ' packets, ' END
	|| CASE WHEN total(bytes) < 1e4 THEN printf('%d bytes', total(bytes))
		WHEN total(bytes) < 1e6 THEN printf('%.1f kB', total(bytes) / 1e3)
		WHEN total(bytes) < 1e9 THEN printf('%.1f MB', total(bytes) / 1e6)
		ELSE printf('%.2f GB', total(bytes) / 1e9) END
	|| printf(', %,d', total(flows)) || CASE sum(flows) WHEN 1 THEN ' flow' ELSE ' flows' END
	|| CASE WHEN min(first_ns) IS NULL THEN ''
		WHEN count(*) = 1 THEN printf(',%s%.3f s from ', char(10), (max(last_ns) - min(first_ns)) / 1e9)
			|| strftime('%Y-%m-%d %H:%M:%S UTC', min(first_ns) / 1000000000, 'unixepoch')
		ELSE strftime(',' || char(10) || '%Y-%m-%d %H:%M:%S', min(first_ns) / 1000000000, 'unixepoch')
			|| strftime(' to %Y-%m-%d %H:%M:%S UTC', max(last_ns) / 1000000000, 'unixepoch') END AS text
FROM captures
WHERE id >= :first;

-- key: captures
-- title: Captures
-- more: captures
SELECT id, CASE WHEN :full OR length(path) <= 24 THEN path ELSE '...' || substr(path, -21) END AS path, packets, bytes,
	strftime(CASE WHEN :full THEN '%Y-%m-%d %H:%M:%S' WHEN max(last_ns) OVER () - min(first_ns) OVER () > 2e16 THEN '%Y-%m-%d'
		ELSE '%m-%d %H:%M:%S' END, first_ns / 1000000000, 'unixepoch') AS first_utc,
	round((last_ns - first_ns) / 1e9, 3) AS seconds, flows
FROM captures
WHERE id >= :first AND (:full OR (SELECT count(*) FROM captures WHERE id >= :first) > 1)
ORDER BY id
LIMIT CASE WHEN :full THEN -1 ELSE 20 END;

-- key: flows
-- title: Flows
WITH n AS MATERIALIZED (
	SELECT sum(state = 'closed') AS closed, sum(state = 'established') AS established, sum(state = 'half_closed') AS half_closed,
		sum(state = 'reset') AS reset, sum(state = 'refused') AS refused, sum(state = 'unanswered') AS unanswered,
		sum(state = 'syn_received') AS syn_received, sum(protocol = 'udp') AS udp,
		sum(protocol IN ('icmp', 'icmpv6')) AS icmp, sum(protocol NOT IN ('tcp', 'udp', 'icmp', 'icmpv6')) AS other
	FROM flows
	WHERE capture_id >= :first
), kinds (protocol, state, flows) AS (
	SELECT 'tcp', 'closed', closed FROM n
	UNION ALL SELECT 'tcp', 'established', established FROM n
	UNION ALL SELECT 'tcp', 'half_closed', half_closed FROM n
	UNION ALL SELECT 'tcp', 'reset', reset FROM n
	UNION ALL SELECT 'tcp', 'refused', refused FROM n
	UNION ALL SELECT 'tcp', 'unanswered', unanswered FROM n
	UNION ALL SELECT 'tcp', 'syn_received', syn_received FROM n
	UNION ALL SELECT 'udp', NULL, udp FROM n
	UNION ALL SELECT 'icmp', NULL, icmp FROM n
	UNION ALL SELECT 'other', NULL, other FROM n
)
SELECT protocol, state, flows
FROM kinds
WHERE flows > 0
ORDER BY flows DESC;

-- key: failed
-- title: Servers that refused or never answered
-- more: failed
SELECT CASE WHEN server_ip LIKE '%:%' THEN '[' || server_ip || ']' ELSE server_ip END || ':' || server_port AS server,
	sum(state = 'refused') AS refused, sum(state = 'unanswered') AS unanswered, count(DISTINCT client_ip) AS clients,
	min(id) AS first_flow,
	(SELECT n.name FROM names n WHERE n.address = server_ip AND (n.port = server_port OR n.port IS NULL)
		ORDER BY instr('hosts pod service dns http sni', n.source), n.port IS NULL, n.rowid LIMIT 1) AS name
FROM flows
WHERE capture_id >= :first AND state IN ('refused', 'unanswered')
GROUP BY server_ip, server_port
ORDER BY count(*) DESC, first_flow
LIMIT 5;

-- key: retransmissions
-- title: Most retransmissions of data
-- more: retransmissions
SELECT f.id AS flow,
	iif(:full, f.client, l.client) AS client, iif(:full, f.server, l.server) AS server,
	d.direction AS dir, segments, sent_again, pct
FROM (
	SELECT flow_id, direction, data_segments AS segments,
		retransmitted_segments - syn_retransmissions - fin_retransmissions AS sent_again,
		round(100.0 * (retransmitted_segments - syn_retransmissions - fin_retransmissions)
			/ nullif(data_segments, 0), 2) AS pct
	FROM flow_directions
	WHERE retransmitted_segments > syn_retransmissions + fin_retransmissions
		AND +flow_id > (SELECT total(flows) FROM captures WHERE id < :first)
	ORDER BY sent_again DESC, pct DESC, flow_id
	LIMIT 5
) AS d
JOIN flows AS f ON f.id = d.flow_id
JOIN flow_labels AS l ON l.flow_id = f.id
ORDER BY sent_again DESC, pct DESC, f.id;

-- key: rtt
-- title: Slowest round trips, ms (tap to receiver and back)
-- more: high_rtt
SELECT f.id AS flow,
	iif(:full, f.client, l.client) AS client, iif(:full, f.server, l.server) AS server,
	d.direction AS dir, round(d.rtt_min_us / 1e3, 2) AS min, round(d.rtt_p50_us / 1e3, 2) AS p50,
	round(d.rtt_p95_us / 1e3, 2) AS p95
FROM (
	SELECT flow_id, direction, rtt_min_us, rtt_p50_us, rtt_p95_us
	FROM flow_directions
	WHERE rtt_p95_us IS NOT NULL AND +flow_id > (SELECT total(flows) FROM captures WHERE id < :first)
	ORDER BY rtt_p95_us DESC, flow_id
	LIMIT CASE WHEN :full THEN 5 ELSE 3 END
) AS d
JOIN flows AS f ON f.id = d.flow_id
JOIN flow_labels AS l ON l.flow_id = f.id
ORDER BY d.rtt_p95_us DESC, f.id;

-- key: responses
-- title: Slowest answers, ms (last byte of a request to first byte of its answer)
-- more: slow_responses
SELECT f.id AS flow,
	iif(:full, f.client, l.client) AS client, iif(:full, f.server, l.server) AS server,
	responses AS answers, round(response_mean_us / 1e3, 2) AS mean, round(response_max_us / 1e3, 2) AS max
FROM flows AS f
JOIN flow_labels AS l ON l.flow_id = f.id
WHERE capture_id >= :first AND responses > 0
ORDER BY response_max_us DESC, f.id
LIMIT CASE WHEN :full THEN 5 ELSE 3 END;

-- key: zero_windows
-- title: Receivers that closed their window
-- more: zero_windows
SELECT f.id AS flow,
	CASE d.direction WHEN 'c2s' THEN client_ip ELSE server_ip END AS receiver,
	CASE d.direction WHEN 'c2s' THEN server_ip ELSE client_ip END AS sender,
	d.zero_windows AS times, round(d.zero_window_ms, 1) AS closed_ms
FROM (
	SELECT flow_id, direction, zero_windows, zero_window_ms
	FROM flow_directions
	WHERE zero_windows > 0 AND +flow_id > (SELECT total(flows) FROM captures WHERE id < :first)
	ORDER BY zero_window_ms DESC, zero_windows DESC, flow_id
	LIMIT 5
) AS d
JOIN flows AS f ON f.id = d.flow_id
ORDER BY d.zero_window_ms DESC, d.zero_windows DESC, f.id;

-- key: limits
-- title: What limits this analysis
WITH chosen AS (SELECT * FROM captures WHERE id >= :first),
limits (count, what) AS (
	SELECT sum(capture_gap_segments), 'TCP segments acknowledged but missing in the capture (estimated)' FROM chosen
	UNION ALL SELECT sum(kernel_drops), 'packets dropped by the recording kernel' FROM chosen
	UNION ALL SELECT sum(interface_drops), 'packets dropped by the recording interface' FROM chosen
	UNION ALL SELECT sum(pool_drops), 'packets dropped by the recorder, which could not write' FROM chosen
	UNION ALL SELECT sum(tap_duplicates), 'frames that the tap saw twice, counted once' FROM chosen
	UNION ALL SELECT sum(not_ip), 'frames that are not IP: only ARP is looked at' FROM chosen
	UNION ALL SELECT sum(malformed), 'malformed frames, not analysed' FROM chosen
	UNION ALL SELECT sum(snapped), 'frames whose headers the snap length cut' FROM chosen
	UNION ALL SELECT sum(unsupported_link), 'frames of a link type that is not supported' FROM chosen
	UNION ALL SELECT sum(fragments_incomplete), 'fragmented packets of which fragments are missing' FROM chosen
	UNION ALL SELECT sum(flows_evicted), 'flows written early, the flow table being full (--max-flows)' FROM chosen
	UNION ALL SELECT sum(events_dropped), 'events not kept, there being too many (--max-events)' FROM chosen
	UNION ALL SELECT sum(facts_dropped), 'facts of DNS, HTTP, ICMP and ARP not kept, there being too many' FROM chosen
	UNION ALL SELECT sum(ranges_merged), 'times that a flow had too many holes to keep apart' FROM chosen
	UNION ALL SELECT sum(memory_failures), 'packets not analysed for want of memory' FROM chosen
	UNION ALL SELECT sum(time_backwards), 'frames older than the one before them' FROM chosen
	UNION ALL SELECT sum(error IS NOT NULL), 'captures damaged or cut short; what came before is here' FROM chosen
)
SELECT count, what FROM limits WHERE count > 0;

-- key: worst_flow
SELECT t.flow_id AS flow
FROM flow_timeline AS t
JOIN flows AS f ON f.id = t.flow_id
WHERE t.flow_id > (SELECT total(flows) FROM captures WHERE id < :first) AND f.protocol = 'tcp'
GROUP BY t.flow_id
ORDER BY sum(t.retransmitted_segments) DESC,
	(SELECT max(zero_window_ms) FROM flow_directions AS d WHERE d.flow_id = t.flow_id) DESC, sum(t.bytes) DESC, t.flow_id
LIMIT 1;

-- key: hints
SELECT CASE WHEN :full THEN '' ELSE char(10) END || 'Charts will have few points: try --interval '
	|| CASE WHEN max(last_ns - first_ns) < 2000000000 THEN '10ms' ELSE '100ms' END AS text
FROM captures
WHERE id >= :first
HAVING max((last_ns - first_ns) / 1e6 / interval_ms) < 10 AND sum(data_segments) >= 100 AND min(interval_ms) >= 1000;
