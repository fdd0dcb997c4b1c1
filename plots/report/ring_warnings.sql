-- place: ring
-- order: 1
-- key: warnings
-- title: What this report can't know
-- shape: warnings
WITH tape AS (
	SELECT max(opened_ns, closed_ns) AS closed_ns, lead(opened_ns) OVER (ORDER BY sequence) AS next_ns FROM segments
), back AS ( -- the next began before this one had ended, or the clock was set while it was written
	SELECT count(*) AS times, max((closed_ns - next_ns) / 1e9) AS s, closed_ns FROM tape WHERE next_ns < closed_ns - 1000000000
)
SELECT 'clock_set_back' AS key, printf('The clock was set back %s: what was recorded twice at the same time of day stands in one place; sums are right.',
	CASE WHEN times > 1 THEN printf('%d times', times) ELSE 'once' END
	|| printf(', by about %s', CASE WHEN s >= 7200 THEN printf('%.1f h', s / 3600)
		WHEN s >= 120 THEN printf('%.0f min', s / 60) ELSE printf('%.0f s', s) END)
	|| iif(times > 1, ' at most', '') || strftime(', at %Y-%m-%d %H:%M:%S UTC', closed_ns / 1000000000, 'unixepoch')) AS text
FROM back
WHERE times > 0
UNION ALL
SELECT 'timeline_shorter', strftime('The tape begins at %Y-%m-%d %H:%M:%S UTC, ', s.from_ns / 1000000000, 'unixepoch')
	|| strftime('what is summed here only at %Y-%m-%d %H:%M:%S: older rows made room (--catalog-size), or were lost with the catalog.', t.from_ns / 1000000000, 'unixepoch')
FROM (SELECT min(opened_ns) AS from_ns FROM segments) AS s, (SELECT min(t_ns) AS from_ns FROM timeline WHERE scope = 'all') AS t
WHERE t.from_ns > s.from_ns + 120000000000;
