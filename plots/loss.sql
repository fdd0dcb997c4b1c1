-- title: Loss by side
-- about: segments lost before the tap and behind it, what the tap itself missed, and the services with most of it
-- empty: there are no packets
-- size: 1000 700
-- gallery: 20261121T151523Z-loss@100ms
-- see: All losses are behind the tap, on the way from this host; the capture itself misses nothing.
-- with: round_bins
WITH rows AS (
	SELECT t_ns, t_ns + CAST(interval_ms * 1000000 AS INTEGER) AS end_ns, lost_upstream AS before_tap,
		lost_downstream AS behind_tap,
		spurious_retransmissions AS spurious, data_segments AS segments, capture_gap_segments AS gaps,
		coalesce(kernel_drops, 0) + coalesce(capture_interface_drops, 0) + coalesce(pool_drops, 0) AS drops
	FROM timeline
	WHERE :flow IS NULL AND scope = 'all' AND key = '' AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
	UNION ALL
	SELECT t_ns, t_ns + CAST(interval_ms * 1000000 AS INTEGER), lost_upstream, lost_downstream, 0, data_segments, 0, 0
	FROM flow_timeline
	WHERE flow_id = :flow AND (:direction IS NULL OR direction = :direction)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
),
ends AS ( -- captures may have intervals of different lengths: the longest fits all of them
	SELECT min(t_ns) AS from_ns, max(end_ns) AS to_ns, iif(:flow IS NULL, max(end_ns - t_ns), min(end_ns - t_ns)) AS length_ns,
		max(:points / 3, 10) AS most
	FROM rows
),
seen AS ( -- of a flow the rest is known from its events
	SELECT t_ns, before_tap, behind_tap, spurious, segments, gaps, drops FROM rows
	UNION ALL
	SELECT max(e.t_ns, from_ns), 0, 0, kind = 'spurious', 0, kind = 'capture_gap', 0
	FROM events AS e, bins
	WHERE e.flow_id = :flow AND kind IN ('spurious', 'capture_gap') AND e.t_ns < to_ns
		AND (:direction IS NULL OR direction = :direction)
		AND (:from IS NULL OR e.t_ns >= from_ns)
)
SELECT max(t_ns / bin_ns * bin_ns, from_ns) / 1e9 AS t, min((t_ns / bin_ns + 1) * bin_ns, to_ns) / 1e9 AS end,
	sum(before_tap) AS before_tap, sum(behind_tap) AS behind_tap, sum(spurious) AS spurious, sum(segments) AS segments,
	sum(gaps) AS gaps, sum(drops) AS drops, bin_ns / 1e9 AS bin_s
FROM seen, bins
GROUP BY t_ns / bin_ns
ORDER BY t;

-- The services that lost most, or the directions of a flow; 9 all others.
WITH sums AS (
	SELECT key, substr(key, instr(key, '/') + 1) AS place, sum(lost_upstream) AS before_tap, sum(lost_downstream) AS behind_tap,
		sum(spurious_retransmissions) AS spurious, sum(data_segments) AS segments
	FROM timeline
	WHERE :flow IS NULL AND scope = 'service' AND key != '(other)' AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
	GROUP BY key
	HAVING sum(lost_upstream) + sum(lost_downstream) > 0
),
whole AS (
	SELECT sum(lost_upstream) AS before_tap, sum(lost_downstream) AS behind_tap, sum(spurious_retransmissions) AS spurious,
		sum(data_segments) AS segments
	FROM timeline
	WHERE :flow IS NULL AND scope = 'all' AND key = '' AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
),
worst AS (
	SELECT *, rtrim(place, '0123456789') AS address_part,
		row_number() OVER (ORDER BY before_tap + max(behind_tap - spurious, 0) DESC, before_tap + behind_tap DESC, key) AS rank
	FROM sums
),
top AS (
	SELECT rank, key, (SELECT n.name FROM names n
			WHERE n.address = trim(rtrim(address_part, ':'), '[]')
				AND (n.port = CAST(substr(place, length(address_part) + 1) AS INTEGER) OR n.port IS NULL)
				AND (:capture IS NULL OR n.capture_id = :capture OR n.capture_id IS NULL)
			ORDER BY instr('hosts pod service dns http sni', n.source), n.port IS NULL, n.rowid LIMIT 1) AS name,
		before_tap, behind_tap, spurious, segments
	FROM worst
	WHERE rank <= 8
),
shown AS (
	SELECT * FROM top
	UNION ALL
	SELECT 9, 'all others', NULL, w.before_tap - total(top.before_tap), w.behind_tap - total(top.behind_tap),
		w.spurious - total(top.spurious),
		w.segments - total(top.segments)
	FROM whole AS w, top
	HAVING w.before_tap + w.behind_tap > total(top.before_tap + top.behind_tap)
	UNION ALL
	SELECT row_number() OVER (ORDER BY direction),
		CASE direction WHEN 'c2s' THEN 'sent by the client' ELSE 'sent by the server' END, NULL,
		lost_upstream, lost_downstream, spurious_retransmissions, data_segments
	FROM flow_directions
	WHERE flow_id = :flow AND :from IS NULL AND :to IS NULL AND (:direction IS NULL OR direction = :direction)
)
SELECT rank, key, name, before_tap, behind_tap, spurious, segments,
	100.0 * (before_tap + iif(:flow IS NULL, max(behind_tap - spurious, 0), behind_tap)) -- a flow's are without spurious ones
		/ nullif(segments + before_tap, 0) AS loss_pct,
	(SELECT count(*) FROM sums) AS services
FROM shown
ORDER BY rank;
