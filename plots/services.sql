-- title: Throughput by service
-- about: Mbit/s of the seven busiest services and of all others, stacked, with their shares
-- empty: there are no packets
-- gallery: web.snd@100ms
-- see: One web server: plain HTTP makes nearly all of the traffic, in a few bursts; the names come from the capture itself.
-- with: called
-- with: round_bins
WITH whole AS (
	SELECT t_ns, t_ns + CAST(interval_ms * 1000000 AS INTEGER) AS end_ns, bytes
	FROM timeline
	WHERE :flow IS NULL AND scope = 'all' AND key = '' AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
),
ends AS ( -- captures may have intervals of different lengths: the longest fits all of them
	SELECT min(t_ns) AS from_ns, max(end_ns) AS to_ns, max(end_ns - t_ns) AS length_ns,
		max(:points / 2, 10) AS most
	FROM whole
),
asked (name) AS (SELECT 'ICMP and groups'),
keys AS MATERIALIZED (
	SELECT key, sum(bytes) AS bytes
	FROM timeline
	WHERE scope = 'service' AND key != '(other)' AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
	GROUP BY key
),
top AS (
	SELECT name, row_number() OVER (ORDER BY sum(bytes) DESC, name) AS rank
	FROM keys JOIN called USING (key)
	GROUP BY name
	ORDER BY rank
	LIMIT 7
),
ranked AS MATERIALIZED (SELECT key, rank FROM top JOIN called USING (name)),
parts AS (
	SELECT t_ns / bin_ns AS bin, total(bytes) FILTER (WHERE rank = 1) AS s1, total(bytes) FILTER (WHERE rank = 2) AS s2,
		total(bytes) FILTER (WHERE rank = 3) AS s3, total(bytes) FILTER (WHERE rank = 4) AS s4,
			total(bytes) FILTER (WHERE rank = 5) AS s5,
		total(bytes) FILTER (WHERE rank = 6) AS s6, total(bytes) FILTER (WHERE rank = 7) AS s7
	FROM ranked CROSS JOIN timeline AS t ON t.scope = 'service' AND t.key = ranked.key, bins
	WHERE (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
	GROUP BY bin
),
shown AS (
	SELECT max(bin * bin_ns, from_ns) AS t_ns, min((bin + 1) * bin_ns, to_ns) AS end_ns, bytes,
		coalesce(s1, 0) AS s1, coalesce(s2, 0) AS s2, coalesce(s3, 0) AS s3, coalesce(s4, 0) AS s4, coalesce(s5, 0) AS s5,
		coalesce(s6, 0) AS s6, coalesce(s7, 0) AS s7,
		125e-6 * (min((bin + 1) * bin_ns, to_ns) - max(bin * bin_ns, from_ns)) AS scale, bin_ns
	FROM (SELECT t_ns / bin_ns AS bin, sum(bytes) AS bytes FROM whole, bins GROUP BY bin) LEFT JOIN parts USING (bin), bins
)
-- stacked: each column includes those before it
SELECT t_ns / 1e9 AS t, s1 / scale AS s1_mbit, (s1 + s2) / scale AS s2_mbit, (s1 + s2 + s3) / scale AS s3_mbit,
	(s1 + s2 + s3 + s4) / scale AS s4_mbit, (s1 + s2 + s3 + s4 + s5) / scale AS s5_mbit,
		(s1 + s2 + s3 + s4 + s5 + s6) / scale AS s6_mbit,
	(s1 + s2 + s3 + s4 + s5 + s6 + s7) / scale AS s7_mbit, bytes / scale AS all_mbit, bin_ns / 1e9 AS bin_s, end_ns / 1e9 AS end
FROM shown
UNION ALL -- zeros where nothing follows, so that a silence is drawn as one
SELECT end_ns / 1e9, 0, 0, 0, 0, 0, 0, 0, 0, bin_ns / 1e9, end_ns / 1e9
FROM shown WHERE end_ns NOT IN (SELECT t_ns FROM shown)
ORDER BY t;

-- The services: what they are called, and their share of all bytes.
WITH whole AS (
	SELECT sum(bytes) AS bytes
	FROM timeline
	WHERE scope = 'all' AND key = '' AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
),
asked (name) AS (SELECT 'ICMP and groups'),
keys AS MATERIALIZED (
	SELECT key, sum(bytes) AS bytes
	FROM timeline
	WHERE scope = 'service' AND key != '(other)' AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
	GROUP BY key
),
sums AS (
	SELECT name AS key, sum(bytes) AS bytes, substr(name, instr(name, '/') + 1) AS place
	FROM keys JOIN called USING (key)
	GROUP BY name
),
top AS (SELECT *, rtrim(place, '0123456789') AS address_part FROM sums ORDER BY bytes DESC, key LIMIT 7),
named AS (
	SELECT key, bytes, (SELECT n.name FROM names n
		WHERE n.address = trim(rtrim(address_part, ':'), '[]')
			AND (n.port = CAST(substr(place, length(address_part) + 1) AS INTEGER) OR n.port IS NULL)
			AND (:capture IS NULL OR n.capture_id = :capture OR n.capture_id IS NULL)
		ORDER BY instr('hosts pod service dns http sni', n.source), n.port IS NULL, n.rowid LIMIT 1) AS name
	FROM top
)
SELECT row_number() OVER (ORDER BY bytes DESC, key) AS rank, key, name, bytes,
	100.0 * bytes / (SELECT bytes FROM whole) AS share_pct,
	(SELECT count(*) FROM sums) AS services
FROM named
UNION ALL
SELECT 8, 'all others', NULL, whole.bytes - (SELECT total(bytes) FROM top),
	100.0 - 100.0 * (SELECT total(bytes) FROM top) / whole.bytes, (SELECT count(*) FROM sums)
FROM whole
ORDER BY rank;
