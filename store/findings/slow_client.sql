-- title: A client opens a connection and then waits before it asks
-- severity: warning
-- layer: L4
-- rank: 38
-- explanation: The handshake was quick, and then the client's program took long to send its request. Network and server
-- explanation: were waiting for it. (A browser that opens connections in advance does this on purpose: that is reported
-- explanation: as a note.)
-- advice: Look at the client: its load, what its program does between connecting and asking (name lookups, locks, disk,
-- advice: antivirus), a proxy or agent on it.
-- threshold: client_pause_ms 1000 ms from the handshake to the request
-- With other connections of this client open at the time, it is busy with these or opens them in advance.
WITH seen AS ( -- nothing is read where there is nothing
	SELECT 1 FROM timeline WHERE capture_id = :capture AND scope = 'all' GROUP BY capture_id HAVING sum(responses) > 0
), paused AS MATERIALIZED (
	SELECT f.*, d.subject, d.gap_max_us, d.gap_end_ns, d.gap_end_frame
	FROM seen
	CROSS JOIN flows f
	JOIN directions d ON d.flow_id = f.id AND d.direction = 'c2s'
	WHERE f.last_ns - f.established_ns >= :client_pause_ms * 1e6 AND f.responses > 0 AND f.capture_id = :capture
		AND d.gap_max_us >= :client_pause_ms * 1e3
		AND abs(d.gap_end_ns - d.gap_max_us * 1000 - f.established_ns) < 2000 -- the ACK that completed it
), beside AS ( -- of each connection: when its client began the next one, and when the last of those before it was over
	SELECT id, lead(first_ns) OVER (PARTITION BY client_ip ORDER BY first_ns, id) AS next_ns,
		max(last_ns) OVER (PARTITION BY client_ip ORDER BY first_ns, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before_ns
	FROM flows
	WHERE capture_id = :capture AND protocol = 'tcp' AND client_ip IN (SELECT client_ip FROM paused)
)
SELECT subject, gap_max_us / 1e3 AS value,
	printf('%s waited %.0f ms after the handshake before it sent its request; the round trip was %.1f ms.', client_ip,
		gap_max_us / 1e3,
		handshake_rtt_us / 1e3) AS detail,
	iif(next_ns < gap_end_ns OR before_ns > established_ns, 'note', 'warning') AS severity,
	id AS flow_id, gap_end_ns AS t_ns, gap_end_frame AS frame
FROM paused
JOIN beside USING (id)
ORDER BY value DESC
