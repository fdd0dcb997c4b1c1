-- curves: the numbers of a sparkline for each key of `top`, from `parts` (key, bin, bytes) of `span` (ns, bins).
bins AS (
	SELECT value AS bin
	FROM json_each('[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39]')
),
curves AS (
	SELECT key, group_concat(mbit, ' ') AS throughput
	FROM (
		SELECT top.key, printf('%.4g', coalesce(p.bytes, 0) * 8e3 * s.bins / s.ns) AS mbit
		FROM top
		JOIN span AS s
		JOIN bins ON bins.bin < s.bins AND s.bins > 1
		LEFT JOIN parts AS p ON p.key = top.key AND p.bin = bins.bin
		ORDER BY top.key, bins.bin
	)
	GROUP BY key
),
