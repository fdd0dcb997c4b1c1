-- with: flow_range
-- with: data_losses
-- The answer in a sentence: severity and text; since when that is so, for people, and what else is wrong. Losses are told of the whole capture, too: the worst flow alone is not how bad it is.
WITH bad AS (
	SELECT f.id, f.severity, f.code, f.title, row_number() OVER (ORDER BY iif(f.severity = 'critical', 0, 1), f.id) AS nth, count(*) OVER () AS findings,
		(SELECT rtrim(coalesce(e.detail, e.subject), '. ')
				|| iif(instr(e.detail, substr(e.subject, 1, instr(e.subject || ' ', ' ') - 1)) OR e.detail IS NULL, '', ' (' || e.subject || ')')
			FROM evidence AS e WHERE e.finding_id = f.id ORDER BY e.rank LIMIT 1) AS detail,
		-- what is left out of the evidence may be earlier
		(SELECT iif(count(*) = f.evidence, min(e.t_ns), NULL) FROM evidence AS e WHERE e.finding_id = f.id) AS since_ns
	FROM findings AS f
	WHERE f.capture_id = :capture AND f.severity <> 'note'
), notes AS (
	SELECT count(*) AS findings, (SELECT title FROM findings WHERE capture_id = :capture ORDER BY id LIMIT 1) AS title
	FROM findings
	WHERE capture_id = :capture AND NOT EXISTS (SELECT 1 FROM bad)
), seen AS (
	SELECT *, CASE WHEN error IS NOT NULL OR truncated
			THEN ' That is not the whole capture: ' || coalesce(error, 'it ends in the middle of a packet') || '.' END AS part,
		iif(packets = 1, 'one packet', printf('%,d packets', packets)) || CASE
		WHEN last_ns - first_ns >= 7200e9 THEN printf(' in %.1f h', (last_ns - first_ns) / 3600e9)
		WHEN last_ns - first_ns >= 120e9 THEN printf(' in %.1f min', (last_ns - first_ns) / 60e9)
		WHEN last_ns - first_ns >= 1e9 THEN printf(' in %.3g s', (last_ns - first_ns) / 1e9)
		WHEN last_ns > first_ns THEN printf(' in %.3g ms', (last_ns - first_ns) / 1e6) ELSE '' END AS extent
	FROM captures
	WHERE id = :capture
), losses AS (
	SELECT lost, sent, printf('%,d of %,d data segments%s', lost, sent, iif(sent < 100, '', printf(' (%.2f %%)', 100.0 * lost / sent)))
			|| iif(lost = 1, ' was lost', ' were lost') AS told,
		lost >= (SELECT value FROM thresholds WHERE name = 'loss_segments')
			AND 1000.0 * lost >= sent * (SELECT value FROM thresholds WHERE name = 'loss_pct') AS noted
	FROM (
		SELECT lost, unseen + total(data_segments) AS sent
		FROM gone, timeline
		WHERE scope = 'all' AND capture_id = :capture
	)
)
SELECT CASE WHEN coalesce(packets, 0) = 0 THEN 'warning'
		WHEN EXISTS (SELECT 1 FROM bad) THEN (SELECT severity FROM bad WHERE nth = 1)
		WHEN NOT EXISTS (SELECT 1 FROM thresholds) THEN NULL
		WHEN notes.findings > 0 OR noted OR part IS NOT NULL OR packets = 1 THEN 'note' ELSE 'ok' END AS severity,
	CASE WHEN coalesce(packets, 0) = 0 THEN 'There is not one packet in this capture' || CASE
			WHEN error IS NOT NULL THEN ': ' || error
			WHEN fingerprint <> 0x9e3779b97f4a7c15 THEN ' of the time that was asked for' -- that of no frames
			WHEN format <> 'ring' THEN '' ELSE ', or none of the time that was asked for' END || '.'
		WHEN EXISTS (SELECT 1 FROM bad) THEN (SELECT title || coalesce('. ' || substr(detail, 1, 400), '') || '.'
				|| iif(code IN ('loss_upstream', 'loss_downstream', 'burst_loss') AND lost > 0
					AND NOT instr(replace(detail, ',', ''), printf('%d of %d data', lost, sent)), ' In the whole capture ' || told || '.', '')
			FROM bad WHERE nth = 1)
		WHEN NOT EXISTS (SELECT 1 FROM thresholds) THEN 'Findings were not looked for in this database.'
		WHEN notes.findings > 0 THEN 'Nothing is seriously wrong in ' || extent || '; worth a note: ' || title
			|| iif(notes.findings > 1, printf(', and %d more.', notes.findings - 1), '.') || iif(lost > 0, ' ' || told || '.', '') || coalesce(part, '')
		WHEN noted THEN 'No threshold was passed in ' || extent || ', but ' || told || '.' || coalesce(part, '')
		WHEN packets = 1 THEN 'One packet is too little to say that nothing is wrong.' || coalesce(part, '')
		ELSE 'Nothing is wrong, as far as ' || extent || ' show' || iif(lost > 0, ', but ' || told || '.', '.') || coalesce(part, '') END AS text,
	(SELECT since_ns FROM bad WHERE nth = 1 AND packets > 0) AS since_ns,
	(SELECT 'Also: ' || title || CASE findings WHEN 2 THEN '.' ELSE printf('; and %d more.', findings - 2) END
		FROM bad WHERE nth = 2 AND packets > 0) AS also
FROM seen, notes, losses;
