-- title: Top talkers
-- about: bytes that the 15 busiest hosts sent and received, and all others
-- empty: there are no packets
-- gallery: peers.snd
-- see: One server and its eight clients; from the sums of the flows it is known who sent.
-- gallery: web.snd
-- see: Who sent and who received how much, with names where the capture has them.
-- with: called
-- Exact from flows, if there are some and no time is chosen. Else from the timeline, which knows who took part and not
-- who sent, and of each interval the busiest hosts.
WITH source AS (SELECT :from IS NULL AND :to IS NULL AND EXISTS (SELECT 1 FROM flows) AS exact),
pairs AS ( -- a flow's two directions lie beside each other
	SELECT f.client_ip, f.server_ip, c.bytes AS up, s.bytes AS down
	FROM source CROSS JOIN flow_directions AS c CROSS JOIN flow_directions AS s CROSS JOIN flows AS f
	WHERE exact AND c.direction = 'c2s' AND s.flow_id = c.flow_id AND s.direction = 's2c' AND f.id = c.flow_id
		AND (:capture IS NULL OR f.capture_id = :capture) AND (:flow IS NULL OR f.id = :flow)
),
parts AS (
	SELECT client_ip AS host, total(up) AS sent, total(down) AS received, 0 AS either FROM pairs GROUP BY client_ip
	UNION ALL
	SELECT server_ip, total(down), total(up), 0 FROM pairs GROUP BY server_ip
	UNION ALL
	SELECT CASE scope WHEN 'peer' THEN key
			ELSE trim(rtrim(rtrim(substr(key, instr(key, '/') + 1), '0123456789'), ':'), '[]') END,
		0, 0, sum(bytes)
	FROM source CROSS JOIN timeline
	WHERE NOT exact AND :flow IS NULL AND scope IN ('peer', 'service') AND key != '(other)'
		AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
	GROUP BY scope, key
),
sums AS MATERIALIZED (
	SELECT host, sum(sent) AS sent, sum(received) AS received, sum(either) AS either FROM parts GROUP BY host
),
asked (name) AS (SELECT 'groups, no address'),
keys AS (SELECT host AS key FROM sums),
hosts AS ( -- ff02::16 talks to nobody
	SELECT *, row_number() OVER (ORDER BY sent + received + either DESC, host) AS rank
	FROM (
		SELECT name AS host, sum(sent) AS sent, sum(received) AS received, sum(either) AS either
		FROM sums JOIN called ON key = host
		GROUP BY name
	)
),
whole AS ( -- each byte has a host that sent it and one that received it
	SELECT 2 * coalesce(sum(bytes), 0) AS bytes
	FROM timeline
	WHERE NOT (SELECT exact FROM source) AND scope = 'all' AND key = '' AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
),
rest AS (
	SELECT count(*) FILTER (WHERE rank > 15) AS hosts, total(sent) FILTER (WHERE rank > 15) AS sent,
		total(received) FILTER (WHERE rank > 15) AS received,
		max((SELECT bytes FROM whole) - total(either) FILTER (WHERE rank <= 15), 0) AS either
	FROM hosts
)
SELECT rank, host, (SELECT n.name FROM names n WHERE n.address = host AND n.port IS NULL
			AND (:capture IS NULL OR n.capture_id = :capture OR n.capture_id IS NULL)
			ORDER BY instr('hosts pod service dns http sni', n.source), n.port IS NULL, n.rowid LIMIT 1) AS name,
	sent AS sent_bytes, received AS received_bytes, either AS either_bytes,
	200.0 * (sent + received + either) / ((SELECT bytes FROM whole) + (SELECT total(sent + received) FROM hosts))
		AS share_pct, exact
FROM hosts, source
WHERE rank <= 15
UNION ALL -- all others: how many are known stands in place of a host
SELECT 16, hosts, NULL, sent, received, either, NULL, exact
FROM rest, source
WHERE hosts > 0 OR sent + received + either > 0
ORDER BY rank;
