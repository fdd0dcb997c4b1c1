-- title: The capture misses packets that did arrive
-- severity: warning
-- layer: capture
-- rank: 10
-- explanation: Data was acknowledged that is not in the capture: the place that captured could not keep up (or saw only a
-- explanation: part). What is missing looks like loss in other tools; wiretape tells it apart, but what it says of these
-- explanation: flows is less sure.
-- advice: Capture with a larger buffer and snap less (`tcpdump -B 65536 -s 128`), write to a faster disk, or use
-- advice: wiretaped; see the mirror's own drops (an oversubscribed SPAN port), and capture both directions.
-- threshold: capture_loss_pct 0.1 % of the data segments missing
-- threshold: capture_gap_segments 10 segments missing
SELECT 'the capture' AS subject, capture_loss_pct AS value,
	printf('About %,d of %,d data segments are missing: %.2f %%.', capture_gap_segments,
		data_segments + capture_gap_segments,
		capture_loss_pct) AS detail,
	(SELECT flow_id FROM flow_directions d WHERE capture_gap_segments > 0
		AND EXISTS (SELECT 1 FROM flows f WHERE f.id = d.flow_id AND f.capture_id = :capture)
		ORDER BY capture_gap_segments DESC LIMIT 1) AS flow_id
FROM captures
WHERE id = :capture AND capture_gap_segments >= :capture_gap_segments AND capture_loss_pct >= :capture_loss_pct
