-- title: Sent again, by peer
-- about: segments sent again over time to and from the 20 clients that saw most of it, and all others, as a heat map
-- empty: there are no packets
-- gallery: peers.snd@100ms
-- see: Eight clients: one of them is worse than the others for two seconds, and then another one, a little; the number is the sum.
-- with: not_captured
-- with: round_bins
-- The peers: rank 1 to 20, 21 all others, 0 all together.
WITH whole AS (
	SELECT sum(retransmitted_segments) AS again, sum(data_segments) AS segments
	FROM timeline
	WHERE :flow IS NULL AND scope = 'all' AND key = '' AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
	HAVING count(*) > 0
),
sums AS (
	SELECT key, sum(retransmitted_segments) AS again, sum(data_segments) AS segments
	FROM timeline
	WHERE :flow IS NULL AND scope = 'peer' AND key != '(other)' AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
	GROUP BY key
	HAVING again > 0
),
peers AS (SELECT *, row_number() OVER (ORDER BY again DESC, segments, key) AS rank FROM sums)
SELECT 0 AS rank, '' AS peer, NULL AS name, again, segments, (SELECT count(*) FROM peers) AS peers FROM whole
UNION ALL
SELECT rank, key, (SELECT n.name FROM names n WHERE n.address = key AND n.port IS NULL
		AND (:capture IS NULL OR n.capture_id = :capture OR n.capture_id IS NULL)
		ORDER BY instr('hosts pod service dns http sni', n.source), n.port IS NULL, n.rowid LIMIT 1), again, segments, NULL
FROM peers
WHERE rank <= 20
UNION ALL
SELECT 21, 'all others', NULL, others, segments, NULL
FROM (SELECT again - (SELECT total(again) FROM peers WHERE rank <= 20) AS others, segments FROM whole)
WHERE others > 0
ORDER BY rank;

-- The cells of the map, and the ends of its time: rank 0.
WITH whole AS (
	SELECT t_ns, t_ns + CAST(interval_ms * 1000000 AS INTEGER) AS end_ns, retransmitted_segments AS again
	FROM timeline
	WHERE :flow IS NULL AND scope = 'all' AND key = '' AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
),
ends AS ( -- captures may have intervals of different lengths: the longest fits all of them
	SELECT min(t_ns) AS from_ns, max(end_ns) AS to_ns, max(end_ns - t_ns) AS length_ns,
		min(:points, 200) AS most -- bins that can be told apart
	FROM whole
),
peers AS (
	SELECT key, row_number() OVER (ORDER BY sum(retransmitted_segments) DESC, sum(data_segments), key) AS rank
	FROM timeline
	WHERE :flow IS NULL AND scope = 'peer' AND key != '(other)' AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
	GROUP BY key
	HAVING sum(retransmitted_segments) > 0
	ORDER BY rank
	LIMIT 20
),
cells AS (
	SELECT rank, t_ns / bin_ns AS bin, sum(retransmitted_segments) AS again
	FROM peers CROSS JOIN timeline AS t ON t.scope = 'peer' AND t.key = peers.key, bins
	WHERE retransmitted_segments > 0 AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
	GROUP BY rank, bin
),
others AS (
	SELECT bin, again - coalesce(shown, 0) AS again
	FROM (SELECT t_ns / bin_ns AS bin, sum(again) AS again FROM whole, bins WHERE again > 0 GROUP BY bin)
	LEFT JOIN (SELECT bin, sum(again) AS shown FROM cells GROUP BY bin) USING (bin)
)
SELECT rank, max(bin * bin_ns, from_ns) / 1e9 AS t, min((bin + 1) * bin_ns, to_ns) / 1e9 AS end, again, bin_ns / 1e9 AS bin_s
FROM (SELECT rank, bin, again FROM cells UNION ALL SELECT 21, bin, again FROM others WHERE again > 0), bins
UNION ALL
SELECT 0, from_ns / 1e9, to_ns / 1e9, NULL, bin_ns / 1e9 FROM bins
ORDER BY rank, t;

-- Times that nothing of was captured.
WITH gaps AS (SELECT t_ns / 1e9 AS t, end_ns / 1e9 AS end FROM not_captured WHERE :flow IS NULL)
SELECT * FROM gaps ORDER BY t;
