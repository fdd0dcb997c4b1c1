-- title: The capture holds packets twice
-- severity: note
-- layer: capture
-- rank: 20
-- explanation: The same packets were captured more than once: over `any`, over a bridge and its ports, or over a mirrored
-- explanation: port that mirrors both ways. wiretape counts them once; other tools take the copies for retransmissions.
-- advice: Capture on one interface (`-i eth0`, not `any`), or mirror one direction of each port only.
-- threshold: duplicate_pct 1 % of the frames
-- threshold: duplicate_frames 10 frames that the capture holds twice
SELECT 'the capture' AS subject, 100.0 * tap_duplicates / packets AS value,
	printf('%,d of %,d frames are copies: %.1f %%.', tap_duplicates, packets, 100.0 * tap_duplicates / packets) AS detail,
		'*' AS address
FROM captures
WHERE id = :capture AND tap_duplicates >= :duplicate_frames AND 100.0 * tap_duplicates / packets >= :duplicate_pct
