-- title: The recorder dropped packets
-- severity: warning
-- layer: capture
-- rank: 11
-- explanation: The host that recorded says so itself: its kernel, its interface or the recorder's disk did not keep up.
-- explanation: These packets are not in the capture, whatever else became of them.
-- advice: Give the recorder more buffer and a faster disk, or let it keep less (`wiretaped --help`: slicing, filter,
-- advice: buffer); see `ethtool -S DEV | grep -i drop`, `ethtool -G DEV rx N`, and whether one processor takes all
-- advice: packets (`ethtool -L`, RSS).
-- threshold: recorder_drop_pct 0.01 % of the packets
-- explains: capture_gaps
WITH drops AS (
	SELECT *, coalesce(kernel_drops, 0) + coalesce(interface_drops, 0) + coalesce(pool_drops, 0) AS dropped
	FROM captures WHERE id = :capture
)
SELECT coalesce(host || ' ', '') || coalesce(interface, 'the recorder') AS subject, 100.0 * dropped / (packets + dropped)
	AS value,
	printf('%,d packet%s dropped (kernel %,d, interface %,d, disk %,d) and %,d recorded.', dropped,
		iif(dropped = 1, '', 's'), coalesce(kernel_drops, 0),
		coalesce(interface_drops, 0), coalesce(pool_drops, 0), packets) AS detail,
	'*' AS address, 'frame' AS filter
FROM drops
WHERE dropped > 0 AND 100.0 * dropped / (packets + dropped) >= :recorder_drop_pct
