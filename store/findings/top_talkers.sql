-- title: Few hosts make most of the traffic
-- severity: note
-- layer: L3
-- rank: 60
-- explanation: When a link is busy, these are who use it. That is no fault by itself, but where others find the link slow
-- explanation: these are whom to ask first.
-- advice: `wiretape query DB top_flows` shows their largest flows, `wiretape plot DB throughput` the course of time. If
-- advice: it is a backup or an update, limit its rate or move it to the night.
-- threshold: talker_pct 30 % of all bytes are of one host
-- threshold: talker_mbps 50 Mbit/s at the least, on average over the capture
WITH total AS (
	SELECT sum(bytes) AS bytes, sum(interval_ms) / 1e3 AS seconds
	FROM timeline
	WHERE capture_id = :capture AND scope = 'all'
), hosts AS (
	SELECT key, sum(bytes) AS bytes, max(bytes) AS most, t_ns
	FROM timeline
	WHERE capture_id = :capture AND scope = 'peer' AND key <> '(other)'
		AND (SELECT bytes * 8 / (seconds * 1e6) FROM total) >= :talker_mbps
	GROUP BY key
)
SELECT key AS subject, key AS address, t_ns,
	100.0 * h.bytes / t.bytes AS value,
	printf('%s has %.1f %% of all bytes: %.1f MB, %.1f Mbit/s on average', key, 100.0 * h.bytes / t.bytes, h.bytes / 1e6,
		h.bytes * 8 / (seconds * 1e6)) AS detail,
	iif(key LIKE '%:%', 'ipv6.addr', 'ip.addr') || ' == ' || key AS filter
FROM hosts h, total t
WHERE (SELECT count(*) FROM hosts) > 1 AND 100.0 * h.bytes / t.bytes >= :talker_pct
	AND h.bytes * 8 / (seconds * 1e6) >= :talker_mbps
ORDER BY value DESC, subject;
