-- A recorder that dropped nothing, of a host where all is well.
UPDATE captures SET host = 'probe', interface = 'eth0', kernel_drops = 0, interface_drops = 0, pool_drops = 0;
INSERT INTO host_counters (capture_id, t_ns, interval_ms, interface_rx_packets, interface_rx_drops, interface_tx_drops, interface_rx_errors,
	softnet_drops, listen_overflows, listen_drops, udp_receive_buffer_errors, tcp_memory_pressures, tcp_time_wait, tcp_resets_sent)
SELECT id, first_ns, 1000, 1000, 0, 0, 0, 0, 0, 0, 0, 0, 20, 3 FROM captures;
