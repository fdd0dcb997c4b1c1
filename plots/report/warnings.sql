-- place: capture
-- order: 1
-- key: warnings
-- title: What this report can't know
-- shape: warnings
WITH c AS (SELECT *, coalesce(kernel_drops, 0) + coalesce(interface_drops, 0) + coalesce(pool_drops, 0) AS drops
	FROM captures WHERE id = :capture)
SELECT 'cut_short' AS key, 'The capture could not be read to its end: ' || coalesce(error, 'it ends in the middle of a packet')
	|| '. What came before is here.' AS text FROM c WHERE error IS NOT NULL OR truncated
UNION ALL
SELECT 'dropped', printf('%,d packet%s dropped while recording (%s) and missing here, which can look like loss.', drops,
	iif(drops = 1, ' was', 's were'),
	ltrim(iif(kernel_drops > 0, ', ' || printf('%,d', kernel_drops) || ' by the kernel', '')
		|| iif(interface_drops > 0, ', ' || printf('%,d', interface_drops) || ' by the interface', '')
		|| iif(pool_drops > 0, ', ' || printf('%,d', pool_drops) || ' by the recorder', ''), ', ')) FROM c WHERE drops > 0
UNION ALL -- its first packet is not the earliest
SELECT 'clock_set_back', printf('The clock was set back by about %s while recording: rates are wrong, and times and durations across that moment.',
	CASE WHEN s >= 7200 THEN printf('%.1f h', s / 3600) WHEN s >= 120 THEN printf('%.0f min', s / 60) ELSE printf('%.0f s', s) END)
FROM (
	SELECT (f.first_ns - c.first_ns) / 1e9 AS s
	FROM c JOIN flows AS f ON f.id = (SELECT coalesce(sum(flows), 0) + 1 FROM captures WHERE id < :capture)
	WHERE time_backwards > 0 AND f.first_frame = 1
)
WHERE s >= 1
UNION ALL
SELECT 'capture_loss', printf('The tap itself missed about %,d TCP segment%s (%.2g %%): acknowledged, but not in the capture.',
	capture_gap_segments, iif(capture_gap_segments = 1, '', 's'), capture_loss_pct) FROM c WHERE capture_loss_pct >= 0.1
UNION ALL
SELECT 'snapped', printf('The snap length cut the headers of %,d packet%s, not analysed.', snapped,
	iif(snapped = 1, '', 's')) FROM c WHERE snapped > 0
UNION ALL
SELECT 'unsupported_link', printf('%,d packet%s of a link type that is not decoded.', unsupported_link,
	iif(unsupported_link = 1, ' is', 's are')) FROM c WHERE unsupported_link > 0
UNION ALL
SELECT 'flows_evicted', printf('%,d flow%s written before the end, the table of flows being full (--max-flows).', flows_evicted,
	iif(flows_evicted = 1, ' was', 's were'))
FROM c WHERE flows_evicted > 0
UNION ALL
SELECT 'events_dropped', printf('%,d event%s not kept, there being too many (--max-events): counts are right, lists of events end early.',
	events_dropped, iif(events_dropped = 1, ' was', 's were')) FROM c WHERE events_dropped > 0;
