-- place: capture
-- order: 90
-- key: health
-- title: Capture health
-- shape: facts
-- column: path code file
-- column: host words recorded on
-- column: interface words interface
-- column: link_type words +link type
-- column: format words format
-- column: snaplen count +snap length, bytes
-- column: first_time time first packet
-- column: last_time time +last packet
-- column: packets count +packets
-- column: bytes bytes +on the wire
-- column: kernel_drops count dropped by the kernel
-- column: interface_drops count dropped by the interface
-- column: pool_drops count dropped by the recorder
-- column: capture_loss_pct percent missed by the tap, %
-- column: complete words read
-- column: flows count +flows
-- column: interval_ms ms +interval of curves
-- column: analysed_by words +analysed by
SELECT path, host, interface, link_type,
	format || iif(compression = 'none', '', ', ' || compression)
		|| coalesce(printf(', %,d segment%s', segments, iif(segments = 1, '', 's'))
			|| iif(segments IS NULL, NULL, ''), '') AS format,
	snaplen, first_ns AS first_time, last_ns AS last_time, packets, bytes, kernel_drops, interface_drops, pool_drops,
	round(capture_loss_pct, 3) AS capture_loss_pct,
	CASE WHEN error IS NOT NULL THEN 'not to its end: ' || error WHEN truncated THEN 'to where it is cut' ELSE 'to its end' END AS complete,
	flows, interval_ms, analysed_by
FROM captures
WHERE id = :capture;
