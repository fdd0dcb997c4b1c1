-- title: The host turned connections away: a program's accept queue was full
-- severity: warning
-- layer: host
-- rank: 23
-- explanation: Completed connections wait in a queue until the program accepts them. It was full, so handshakes were
-- explanation: dropped and clients wait for seconds.
-- advice: `ss -ltn`: Recv-Q near Send-Q names the port. Let the program accept faster, raise its listen() backlog and
-- advice: `net.core.somaxconn`.
-- threshold: host_listen_overflows 1 connections turned away
-- explains: accept_queue syn_unanswered syn_retransmitted
WITH counted AS (
	SELECT capture_id, t_ns, max(coalesce(listen_overflows, 0), coalesce(listen_drops, 0)) AS amount
	FROM host_counters
	WHERE capture_id = :capture
)
SELECT coalesce(c.host, 'the recording host') AS subject, sum(amount) AS value,
	printf('%,d connection%s turned away, in %d interval%s.', sum(amount),
		iif(sum(amount) = 1, ' was', 's were'), count(*),
		iif(count(*) = 1, '', 's')) AS detail,
	t_ns, '*' AS address, 'frame' AS filter
FROM counted
JOIN captures c ON c.id = capture_id
WHERE amount > 0
GROUP BY capture_id
HAVING sum(amount) >= :host_listen_overflows AND max(amount) -- t_ns is of the worst interval
