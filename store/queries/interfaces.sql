-- title: What came over each interface, and what of it the tap had seen before
-- about: Copies came over another interface before, or twice over this one from a mirror; they count nowhere else. Without an
-- about: index the capture does not tell its interfaces apart.
-- parameter: limit 20 rows to show
SELECT i.capture_id AS capture, i.interface AS "index", i.packets, i.bytes, i.tap_duplicates AS copies,
	round(100.0 * i.tap_duplicates / i.packets, 2) AS pct, round((i.last_ns - i.first_ns) / 1e9, 3) AS seconds
FROM interfaces i
ORDER BY i.tap_duplicates DESC, i.packets DESC, capture, i.interface
LIMIT :limit;
