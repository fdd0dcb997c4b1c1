-- title: The snap length cuts headers off
-- severity: warning
-- layer: capture
-- rank: 12
-- explanation: Frames were captured so short that their headers are not complete. They are counted, but no more is known
-- explanation: of them.
-- advice: Capture at least 128 bytes of each packet, 200 with tunnels (`tcpdump -s 200`; wiretaped's default keeps all
-- advice: headers).
-- threshold: snapped_pct 1 % of the frames
-- threshold: snapped_frames 5 frames whose headers are cut
SELECT 'the capture' AS subject, 100.0 * snapped / packets AS value,
	printf('The headers of %,d of %,d frames are cut: %.1f %%%s.', snapped, packets, 100.0 * snapped / packets,
		coalesce(printf('; the snap length is %d', snaplen), '')) AS detail,
	'*' AS address, 'frame.cap_len < frame.len' AS filter
FROM captures
WHERE id = :capture AND snapped >= :snapped_frames AND 100.0 * snapped / packets >= :snapped_pct
