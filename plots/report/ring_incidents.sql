-- place: ring
-- order: 20
-- key: incidents
-- title: Incidents
-- empty: No trigger fired, and nothing was saved by hand.
-- rows: incidents
-- most: 50
-- column: time time time
-- column: trigger words trigger
-- column: scope words +scope
-- column: key code about
-- column: measured words measured
-- column: duration_ms ms +tape
-- column: segments count +segments
-- column: file_bytes bytes size
-- column: state words state
-- column: name code -
SELECT t_ns AS time, trigger, scope, key,
	nullif(ltrim(iif(r.loss > 0, printf(', %.2f %% lost', r.loss), '')
		|| iif(r.retrans > 0 AND r.retrans <> coalesce(r.loss, -1), printf(', %.2f %% sent again', r.retrans), '')
		|| iif(r.rtt IS NOT NULL AND (trigger LIKE '%latency%' OR r.loss IS NULL), printf(', RTT %.1f ms p95, %.1f usually', r.rtt, r.usual), '')
		|| iif(r.zero_windows > 0, printf(', %d window%s closed', r.zero_windows, iif(r.zero_windows = 1, '', 's')), '')
		|| iif(r.syns > 0, printf(', %d SYN%s sent again', r.syns, iif(r.syns = 1, '', 's')), '')
		|| iif(r.unanswered > 0, printf(', %d unanswered', r.unanswered), '')
		|| iif(r.resets > 0, printf(', %d reset%s', r.resets, iif(r.resets = 1, '', 's')), '')
		|| iif(r.drops > 0, printf(', %d packet%s dropped', r.drops,
			iif(r.drops = 1, '', 's')), ''), ', '), '') AS measured,
	(to_ns - from_ns) / 1e6 AS duration_ms, segments, file_bytes, state, name,
	'incidents/' || name || '/report.html' AS link, count(*) OVER () AS of_rows
FROM incidents
JOIN (
	SELECT rowid AS id, json_extract(row, '$.loss_pct') AS loss, json_extract(row, '$.retrans_pct') AS retrans,
		json_extract(row, '$.rtt_p95_ms') AS rtt,
		json_extract(row, '$.rtt_baseline_ms') AS usual, json_extract(row, '$.zero_windows') AS zero_windows,
		json_extract(row, '$.syn_retransmissions') AS syns, json_extract(row, '$.unanswered') AS unanswered,
		json_extract(row, '$.resets') AS resets,
		coalesce(json_extract(row, '$.kernel_drops'), 0) + coalesce(json_extract(row, '$.pool_drops'), 0) AS drops
	FROM (SELECT rowid, iif(json_valid(row_json), row_json, '{}') AS row FROM incidents)
) AS r ON r.id = incidents.rowid
ORDER BY t_ns DESC, name
LIMIT :rows;
