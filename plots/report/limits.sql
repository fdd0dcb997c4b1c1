-- place: capture
-- order: 95
-- key: capture_limits
-- title: What was left out
-- about: Frames and facts that this analysis counts, but says nothing more about.
-- column: count count how many
-- column: what words what
WITH c AS (SELECT * FROM captures WHERE id = :capture),
limits (count, what) AS (
	SELECT capture_gap_segments, 'TCP segments acknowledged but missing in the capture (estimated)' FROM c
	UNION ALL SELECT tap_duplicates, 'frames that the tap saw twice, counted once' FROM c
	UNION ALL SELECT not_ip, 'frames that are not IP: only ARP is looked at' FROM c
	UNION ALL SELECT malformed, 'malformed frames, not analysed' FROM c
	UNION ALL SELECT snapped, 'frames whose headers the snap length cut' FROM c
	UNION ALL SELECT unsupported_link, 'frames of a link type that is not supported' FROM c
	UNION ALL SELECT fragments_incomplete, 'fragmented packets of which fragments are missing' FROM c
	UNION ALL SELECT checksum_errors, 'packets damaged on the way' FROM c
	UNION ALL SELECT flows_evicted, 'flows written early, the flow table being full (--max-flows)' FROM c
	UNION ALL SELECT events_dropped, 'events not kept, there being too many (--max-events)' FROM c
	UNION ALL SELECT facts_dropped, 'facts of DNS, HTTP, ICMP and ARP not kept, there being too many' FROM c
	UNION ALL SELECT ranges_merged, 'times that a flow had too many holes to keep apart' FROM c
	UNION ALL SELECT memory_failures, 'packets not analysed for want of memory' FROM c
	UNION ALL SELECT time_backwards, 'frames older than the one before them' FROM c
	UNION ALL SELECT watcher_skipped, 'packets recorded that the triggers did not look at' FROM c
)
SELECT count, what
FROM limits
WHERE count > 0
LIMIT :rows;
