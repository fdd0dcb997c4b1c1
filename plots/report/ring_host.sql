-- place: ring
-- order: 60
-- key: host_counters
-- title: What the host counted
-- about: Its own counters that grew while it was recorded, of all its traffic.
-- rows: counters
-- most: 20
-- column: counter code counter
-- column: what words what
-- column: total count in all
-- column: most count +in the worst interval
-- column: most_time time +which began
WITH counted (counter, what, total, most, most_time) AS ( -- the bare column is that of the row with the largest
	SELECT 'listen_overflows', 'connections that a full accept queue turned away', sum(listen_overflows),
		max(listen_overflows), t_ns FROM host_counters
	UNION ALL
	SELECT 'listen_drops', 'connections dropped while they were opened', sum(listen_drops), max(listen_drops), t_ns FROM host_counters
	UNION ALL
	SELECT 'tcp_retransmitted_segments', 'TCP segments sent again', sum(tcp_retransmitted_segments),
		max(tcp_retransmitted_segments), t_ns FROM host_counters
	UNION ALL
	SELECT 'tcp_timeouts', 'retransmission time-outs', sum(tcp_timeouts), max(tcp_timeouts), t_ns FROM host_counters
	UNION ALL
	SELECT 'tcp_lost_retransmissions', 'retransmissions lost, too', sum(tcp_lost_retransmissions),
		max(tcp_lost_retransmissions), t_ns FROM host_counters
	UNION ALL
	SELECT 'tcp_backlog_drops', 'segments dropped because a socket was busy', sum(tcp_backlog_drops),
		max(tcp_backlog_drops), t_ns FROM host_counters
	UNION ALL
	SELECT 'tcp_receive_queue_drops', 'segments dropped because a receive buffer was full', sum(tcp_receive_queue_drops),
		max(tcp_receive_queue_drops), t_ns FROM host_counters
	UNION ALL
	SELECT 'tcp_memory_pressures', 'times that TCP was short of memory', sum(tcp_memory_pressures),
		max(tcp_memory_pressures), t_ns FROM host_counters
	UNION ALL
	SELECT 'tcp_attempt_fails', 'handshakes that failed', sum(tcp_attempt_fails), max(tcp_attempt_fails), t_ns FROM host_counters
	UNION ALL
	SELECT 'tcp_resets_sent', 'resets sent', sum(tcp_resets_sent), max(tcp_resets_sent), t_ns FROM host_counters
	UNION ALL
	SELECT 'tcp_in_errors', 'segments received damaged', sum(tcp_in_errors), max(tcp_in_errors), t_ns FROM host_counters
	UNION ALL
	SELECT 'udp_receive_buffer_errors', 'datagrams dropped because a receive buffer was full',
		sum(udp_receive_buffer_errors), max(udp_receive_buffer_errors), t_ns FROM host_counters
	UNION ALL
	SELECT 'ip_in_discards', 'IP packets discarded on receipt', sum(ip_in_discards), max(ip_in_discards), t_ns FROM host_counters
	UNION ALL
	SELECT 'softnet_drops', 'packets dropped because the backlog of a processor was full', sum(softnet_drops),
		max(softnet_drops), t_ns FROM host_counters
	UNION ALL
	SELECT 'softnet_squeezed', 'times that a processor had more packets than its budget', sum(softnet_squeezed),
		max(softnet_squeezed), t_ns FROM host_counters
	UNION ALL
	SELECT 'interface_rx_drops', 'packets dropped by the interface on receipt', sum(interface_rx_drops),
		max(interface_rx_drops), t_ns FROM host_counters
	UNION ALL
	SELECT 'interface_rx_errors', 'packets received with errors', sum(interface_rx_errors), max(interface_rx_errors), t_ns FROM host_counters
	UNION ALL
	SELECT 'interface_tx_drops', 'packets dropped by the interface on sending', sum(interface_tx_drops),
		max(interface_tx_drops), t_ns FROM host_counters
	UNION ALL
	SELECT 'interface_tx_errors', 'packets not sent because of errors', sum(interface_tx_errors),
		max(interface_tx_errors), t_ns FROM host_counters
)
SELECT counter, what, total, most, most_time
FROM counted
WHERE total > 0
LIMIT :rows;
