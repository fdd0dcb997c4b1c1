-- title: A client opens a connection and then waits before it asks
-- severity: warning
-- layer: L4
-- rank: 38
-- explanation: The handshake was quick, and then the client's program took long to send its request. Network and server were waiting for it.
-- explanation: (A browser that opens connections in advance does this on purpose: that is reported as a note.)
-- advice: Look at the client: its load, what its program does between connecting and asking (name lookups, locks, disk, antivirus), a proxy or
-- advice: agent on it.
-- threshold: client_pause_ms 1000 ms from the handshake to the request
-- With other connections of this client open at the time, it is busy with these or opens them in advance.
WITH seen AS ( -- nothing is read where there is nothing
	SELECT 1 FROM timeline WHERE capture_id = :capture AND scope = 'all' GROUP BY capture_id HAVING sum(responses) > 0
), paused AS (
	SELECT f.*, d.subject, d.gap_max_us, d.gap_end_ns, d.gap_end_frame
	FROM seen
	CROSS JOIN flows f
	JOIN directions d ON d.flow_id = f.id AND d.direction = 'c2s'
	WHERE f.last_ns - f.established_ns >= :client_pause_ms * 1e6 AND f.responses > 0 AND f.capture_id = :capture
		AND d.gap_max_us >= :client_pause_ms * 1e3
		AND abs(d.gap_end_ns - d.gap_max_us * 1000 - f.established_ns) < 2000 -- the ACK that completed it
)
SELECT subject, gap_max_us / 1e3 AS value,
	printf('%s waited %.0f ms after the handshake before it sent its request; the round trip was %.1f ms', client_ip, gap_max_us / 1e3,
		handshake_rtt_us / 1e3) AS detail,
	iif(EXISTS (SELECT 1 FROM flows o WHERE o.capture_id = :capture AND o.client_ip = p.client_ip AND o.id <> p.id
		AND o.protocol = 'tcp' AND o.first_ns < p.gap_end_ns AND o.last_ns > p.established_ns), 'note', 'warning') AS severity,
	id AS flow_id, gap_end_ns AS t_ns, gap_end_frame AS frame
FROM paused p
ORDER BY value DESC
