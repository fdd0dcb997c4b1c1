-- title: Very many short connections: each leaves a socket in TIME_WAIT
-- severity: warning
-- layer: L4
-- rank: 36
-- explanation: Each new connection costs a round trip (two or three with TLS) before it is of use, and the side that
-- explanation: closes first remembers it for 60 s. At this rate ports, conntrack entries and memory run short.
-- advice: Let the clients keep connections open (HTTP keep-alive, connection pools, HTTP/2); see that a proxy in between
-- advice: does so towards its servers. `ss -s` shows the sockets in TIME_WAIT, `conntrack -C` the entries on a router.
-- threshold: time_wait 10000 connections of one service closed within a minute
-- explains: high_rtt
WITH minutes AS (
	SELECT key, t_ns, sum(flows_closed) OVER (PARTITION BY key ORDER BY t_ns RANGE BETWEEN 60000000000 PRECEDING
		AND CURRENT ROW) AS closed
	FROM timeline
	WHERE capture_id = :capture AND scope = 'service' AND key NOT LIKE 'udp/%'
		AND (SELECT flows FROM captures WHERE id = :capture) >= :time_wait
), busy AS (
	SELECT key, t_ns, max(closed) AS closed FROM minutes GROUP BY key HAVING max(closed) >= :time_wait
)
SELECT key AS subject, closed AS value,
	printf('%,d connections to %s were closed within a minute; each stays in TIME_WAIT for 60 s.', closed, key) AS detail,
		t_ns,
	trim(rtrim(rtrim(key, '0123456789'), ':'), '[]') AS address,
	printf('tcp.port == %s', replace(key, rtrim(key, '0123456789'), '')) AS filter
FROM busy
ORDER BY value DESC
