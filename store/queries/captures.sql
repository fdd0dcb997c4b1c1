-- title: The captures, and how far to trust them
-- about: gap_pct estimates what the tap itself lost; drops are what the recorder's kernel admitted to.
SELECT id, first, seconds, packets, flows, round(capture_loss_pct, 3) AS gap_pct, kernel_drops AS drops,
	CASE WHEN truncated THEN 'truncated' WHEN error IS NOT NULL THEN error ELSE 'whole' END AS file, path
FROM captures_view
ORDER BY id;
