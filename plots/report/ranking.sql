-- place: ranking
-- with: capture_intervals
-- with: percentiles
-- with: flow_range
-- with: data_losses
-- column: severity severity worst
-- column: verdict words verdict
-- column: packets count +packets
-- column: seconds number -
-- column: retrans_pct percent again, %
-- column: loss_pct percent lost, %
-- column: rtt_p95_ms ms +RTT p95
-- One row for the table that ranks captures by badness: each critical finding counts 1000, each warning 100, and what was
-- lost or sent again decides among those that are alike; notes decide where that is the same, too. One segment of ten is no
-- loss of 10 %: rates are those of a capture with two hundred segments more. Loss that is too little for a finding is a note
-- from a tenth of its threshold on.
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
	SELECT *, 100.0 * again / nullif(segments, 0) AS retrans_pct, 100.0 * lost / nullif(segments + unseen, 0) AS loss_pct,
		100.0 * again / (segments + 200) + 100.0 * lost / (segments + unseen + 200) AS rate
	FROM gone, (
		SELECT sum(retransmitted_segments - syn_retransmissions - fin_retransmissions) AS again, sum(data_segments) AS segments
		FROM timeline
		WHERE scope = 'all' AND capture_id = :capture
	)
), little AS ( -- but worth a note
	SELECT printf('%,d of %,d data segments were lost', lost, segments + unseen) AS loss
	FROM measured
	WHERE lost >= (SELECT value FROM thresholds WHERE name = 'loss_segments')
		AND 10 * loss_pct >= (SELECT value FROM thresholds WHERE name = 'loss_pct')
)
SELECT round(1000 * criticals + 100 * (warnings + (coalesce(c.packets, 0) = 0))
		+ min(coalesce(rate, 0), 40) + 0.01 * min(notes, 50), 3) AS badness,
	CASE WHEN coalesce(c.packets, 0) = 0 THEN 'warning' WHEN worst.severity IS NOT NULL THEN worst.severity
		WHEN NOT EXISTS (SELECT 1 FROM thresholds) THEN NULL
		WHEN EXISTS (SELECT 1 FROM little) OR c.error IS NOT NULL OR c.truncated OR c.packets = 1 THEN 'note' ELSE 'ok' END AS severity,
	replace(c.path, rtrim(c.path, replace(c.path, '/', '')), '') AS capture,
	CASE WHEN coalesce(c.packets, 0) = 0 THEN 'no packets'
		WHEN criticals + warnings = 0 AND EXISTS (SELECT 1 FROM little) THEN (SELECT loss FROM little)
		WHEN worst.title IS NOT NULL THEN worst.title || iif(criticals + warnings > 1, printf(' (and %d more)', criticals + warnings - 1), '')
		WHEN NOT EXISTS (SELECT 1 FROM thresholds) THEN 'not looked for'
		WHEN c.packets = 1 THEN 'one packet: too little to judge'
		ELSE 'nothing is wrong' || iif(c.error IS NOT NULL OR c.truncated, ' in what was read', '') END AS verdict,
	c.packets, round((c.last_ns - c.first_ns) / 1e9, 3) AS seconds, c.flows,
	round(retrans_pct, 3) AS retrans_pct, round(loss_pct, 3) AS loss_pct,
	round((SELECT p95_ms FROM percentiles WHERE place = 1), 3) AS rtt_p95_ms,
	criticals, warnings
FROM captures AS c, found, measured
LEFT JOIN worst ON 1
WHERE c.id = :capture;
