-- place: ranking
-- column: severity severity worst
-- column: verdict words verdict
-- column: packets count +packets
-- column: seconds number -
-- column: retrans_pct number again, %
-- column: loss_pct number lost, %
-- column: rtt_p95_ms ms +RTT p95
-- One row for the table that ranks captures by badness: each critical finding counts 1000, each warning 100, a note 1, and what was lost
-- or sent again decides among those that are alike.
WITH found AS (
	SELECT coalesce(sum(severity = 'critical'), 0) AS criticals, coalesce(sum(severity = 'warning'), 0) AS warnings,
		coalesce(sum(severity = 'note'), 0) AS notes
	FROM findings
	WHERE capture_id = :capture
), worst AS (
	SELECT severity, title
	FROM findings
	WHERE capture_id = :capture
	ORDER BY CASE severity WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, id
	LIMIT 1
), measured AS (
	SELECT 100.0 * sum(retransmitted_segments - syn_retransmissions - fin_retransmissions) / nullif(sum(data_segments), 0) AS retrans_pct,
		100.0 * max(sum(lost_upstream + lost_downstream - spurious_retransmissions), 0) / nullif(sum(data_segments + lost_upstream), 0) AS loss_pct
	FROM timeline
	WHERE scope = 'all' AND capture_id = :capture
), trips AS ( -- a percentile of all is that of the intervals' own, weighted by their samples
	SELECT rtt_p95_ms AS ms, sum(rtt_samples) OVER (ORDER BY rtt_p95_ms) AS below, sum(rtt_samples) OVER () AS samples
	FROM timeline
	WHERE scope = 'all' AND capture_id = :capture AND rtt_samples > 0
)
SELECT round(1000 * criticals + 100 * warnings + min(notes, 50) + min(coalesce(loss_pct, 0) + coalesce(retrans_pct, 0), 40), 3) AS badness,
	CASE WHEN coalesce(c.packets, 0) = 0 THEN 'warning' WHEN worst.severity IS NOT NULL THEN worst.severity
		WHEN NOT EXISTS (SELECT 1 FROM thresholds) THEN NULL ELSE 'ok' END AS severity,
	replace(c.path, rtrim(c.path, replace(c.path, '/', '')), '') AS capture,
	CASE WHEN coalesce(c.packets, 0) = 0 THEN 'no packets' WHEN worst.title IS NOT NULL
		THEN worst.title || iif(criticals + warnings > 1, printf(' (and %d more)', criticals + warnings - 1), '')
		WHEN NOT EXISTS (SELECT 1 FROM thresholds) THEN 'not looked for' ELSE 'nothing is wrong' END AS verdict,
	c.packets, round((c.last_ns - c.first_ns) / 1e9, 3) AS seconds, c.flows,
	round(retrans_pct, 3) AS retrans_pct, round(loss_pct, 3) AS loss_pct, round((SELECT min(ms) FROM trips WHERE below >= 0.95 * samples), 3) AS rtt_p95_ms,
	criticals, warnings
FROM captures AS c, found, measured
LEFT JOIN worst ON 1
WHERE c.id = :capture;
