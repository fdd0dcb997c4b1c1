-- title: The host's TCP is short of memory
-- severity: warning
-- layer: host
-- rank: 25
-- explanation: The kernel reached its limit for TCP buffers, or a socket its own, and dropped segments that had arrived, which their senders take for loss.
-- advice: `cat /proc/net/sockstat` against `sysctl net.ipv4.tcp_mem` (pages); `nstat -az TcpExtTCPRcvQDrop TcpExtTCPBacklogDrop TcpExtTCPMemoryPressures`; find the sockets with full queues: `ss -tnm`.
-- threshold: host_tcp_memory 1 times
-- explains: zero_window small_window loss_downstream loss_upstream
SELECT coalesce(c.host, 'the recording host') AS subject, sum(coalesce(tcp_memory_pressures, 0) + coalesce(tcp_receive_queue_drops, 0) + coalesce(tcp_backlog_drops, 0)) AS value,
	printf('segments were dropped or memory ran short %d times, in %d intervals', sum(coalesce(tcp_memory_pressures, 0) + coalesce(tcp_receive_queue_drops, 0) + coalesce(tcp_backlog_drops, 0)), count(*)) AS detail,
	h.t_ns, '*' AS address, 'frame' AS filter
FROM host_counters h
JOIN captures c ON c.id = h.capture_id
WHERE h.capture_id = :capture AND coalesce(tcp_memory_pressures, 0) + coalesce(tcp_receive_queue_drops, 0) + coalesce(tcp_backlog_drops, 0) > 0
GROUP BY h.capture_id
HAVING sum(coalesce(tcp_memory_pressures, 0) + coalesce(tcp_receive_queue_drops, 0) + coalesce(tcp_backlog_drops, 0)) >= :host_tcp_memory AND max(coalesce(tcp_memory_pressures, 0) + coalesce(tcp_receive_queue_drops, 0) + coalesce(tcp_backlog_drops, 0))
