-- title: The host turned connections away: a program's accept queue was full
-- severity: warning
-- layer: host
-- rank: 23
-- explanation: Completed connections wait in a queue until the program accepts them. It was full, so handshakes were dropped and clients wait for seconds.
-- advice: `ss -ltn`: Recv-Q near Send-Q names the port. Let the program accept faster, raise its listen() backlog and `net.core.somaxconn`.
-- threshold: host_listen_overflows 1 connections turned away
-- explains: accept_queue syn_unanswered syn_retransmitted
SELECT coalesce(c.host, 'the recording host') AS subject, sum(max(coalesce(listen_overflows, 0), coalesce(listen_drops, 0))) AS value,
	printf('%d connections were turned away, in %d intervals', sum(max(coalesce(listen_overflows, 0), coalesce(listen_drops, 0))), count(*)) AS detail,
	h.t_ns, '*' AS address, 'frame' AS filter
FROM host_counters h
JOIN captures c ON c.id = h.capture_id
WHERE h.capture_id = :capture AND max(coalesce(listen_overflows, 0), coalesce(listen_drops, 0)) > 0
GROUP BY h.capture_id
HAVING sum(max(coalesce(listen_overflows, 0), coalesce(listen_drops, 0))) >= :host_listen_overflows AND max(max(coalesce(listen_overflows, 0), coalesce(listen_drops, 0)))
