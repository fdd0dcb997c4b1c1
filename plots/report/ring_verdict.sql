-- The answer in a sentence, of a recorder's catalog: severity and text.
WITH fired AS (
	SELECT count(*) FILTER (WHERE trigger <> 'manual') AS incidents, count(*) FILTER (WHERE trigger = 'manual') AS manual,
		(SELECT group_concat(printf('%,d x %s', incidents, trigger), ', ')
			FROM (SELECT trigger, count(*) AS incidents FROM incidents WHERE trigger <> 'manual' GROUP BY trigger ORDER BY 2 DESC, 1)) AS kinds,
		max(t_ns) FILTER (WHERE trigger <> 'manual') AS last_ns
	FROM incidents
), recorded AS (
	SELECT sum(interval_ms) / 1e3 AS seconds, sum(packets) AS packets,
		total(kernel_drops) + total(capture_interface_drops) + total(pool_drops) AS drops, total(watcher_skipped) AS skipped
	FROM timeline
	WHERE scope = 'all'
), extent AS (
	SELECT *, CASE WHEN seconds >= 172800 THEN printf('%.1f days', seconds / 86400)
		WHEN seconds >= 7200 THEN printf('%.1f hours', seconds / 3600)
		WHEN seconds >= 120 THEN printf('%.1f minutes', seconds / 60) ELSE printf('%.0f s', seconds) END AS lasted
	FROM recorded
)
SELECT CASE WHEN seconds IS NULL THEN NULL WHEN incidents > 0 OR drops > 0 THEN 'warning' ELSE 'ok' END AS severity,
	CASE WHEN seconds IS NULL AND incidents = 0 THEN 'Nothing has been recorded yet.'
		WHEN incidents > 0 THEN printf('%,d %s (%s)', incidents, iif(incidents = 1, 'incident', 'incidents'), kinds)
			|| coalesce(' in ' || lasted || ' of recording', '')
			|| strftime(', the last one at %Y-%m-%d %H:%M:%S UTC.', last_ns / 1000000000, 'unixepoch')
		ELSE 'No trigger fired in ' || lasted || ' of recording.' END
	|| iif(manual > 0, printf(' %,d saved by hand.', manual), '')
	|| CASE WHEN drops > 0 THEN printf(' %,d of %,d packets %s dropped.', drops, packets + drops,
			iif(drops = 1, 'was', 'were'))
		WHEN seconds IS NULL THEN '' ELSE printf(' None of %,d packets was dropped.', packets) END AS text
FROM fired, extent;
