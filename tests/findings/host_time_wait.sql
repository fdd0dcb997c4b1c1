-- A proxy that opens a connection for each request.
INSERT INTO host_counters (capture_id, t_ns, interval_ms, tcp_time_wait) SELECT id, first_ns, 1000, 25000 FROM captures;
