-- title: The host's TCP is short of memory
-- severity: warning
-- layer: host
-- rank: 25
-- explanation: The kernel reached its limit for TCP buffers, or a socket its own, and dropped segments that had arrived,
-- explanation: which their senders take for loss.
-- advice: `cat /proc/net/sockstat` against `sysctl net.ipv4.tcp_mem` (pages); `nstat -az TcpExtTCPRcvQDrop
-- advice: TcpExtTCPBacklogDrop TcpExtTCPMemoryPressures`; find the sockets with full queues: `ss -tnm`.
-- threshold: host_tcp_memory 1 times that segments were dropped or memory ran short
-- explains: zero_window small_window loss_downstream loss_upstream
WITH counted AS (
	SELECT capture_id, t_ns, coalesce(tcp_memory_pressures, 0) + coalesce(tcp_receive_queue_drops, 0)
		+ coalesce(tcp_backlog_drops, 0) AS amount
	FROM host_counters
	WHERE capture_id = :capture
)
SELECT coalesce(c.host, 'the recording host') AS subject, sum(amount) AS value,
	printf('Segments were dropped or memory ran short %s, in %d interval%s.', 
		iif(sum(amount) = 1, 'once', sum(amount) || ' times'), count(*),
		iif(count(*) = 1, '', 's')) AS detail,
	t_ns, '*' AS address, 'frame' AS filter
FROM counted
JOIN captures c ON c.id = capture_id
WHERE amount > 0
GROUP BY capture_id
HAVING sum(amount) >= :host_tcp_memory AND max(amount) -- t_ns is of the worst interval
