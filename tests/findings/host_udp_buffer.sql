-- A program does not read its UDP socket.
INSERT INTO host_counters (capture_id, t_ns, interval_ms, udp_receive_buffer_errors) SELECT id, first_ns, 1000, 100 FROM captures
UNION ALL SELECT id, first_ns + 1000000000, 1000, 200 FROM captures;
