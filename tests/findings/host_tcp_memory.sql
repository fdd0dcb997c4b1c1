-- TCP has used up its memory.
INSERT INTO host_counters (capture_id, t_ns, interval_ms, tcp_memory_pressures, tcp_receive_queue_drops) SELECT id, first_ns, 1000, 1, 20 FROM captures;
