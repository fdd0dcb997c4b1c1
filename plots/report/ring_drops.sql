-- place: ring
-- order: 55
-- key: drops
-- title: Dropped packets
-- about: The intervals that lack most packets.
-- rows: intervals
-- most: 10
-- column: time time time
-- column: packets count recorded
-- column: kernel_drops count by the kernel
-- column: interface_drops count by the interface
-- column: pool_drops count by the recorder
-- column: watcher_skipped count +not looked at
SELECT t_ns AS time, packets, kernel_drops, capture_interface_drops AS interface_drops, pool_drops, watcher_skipped,
	count(*) OVER () AS of_rows
FROM timeline
WHERE scope = 'all' AND (kernel_drops > 0 OR capture_interface_drops > 0 OR pool_drops > 0 OR watcher_skipped > 0)
ORDER BY coalesce(kernel_drops, 0) + coalesce(capture_interface_drops, 0) + coalesce(pool_drops, 0)
	+ coalesce(watcher_skipped, 0) DESC, t_ns
LIMIT :rows;
