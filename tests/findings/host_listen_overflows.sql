-- The accept queue of a program is full.
INSERT INTO host_counters (capture_id, t_ns, interval_ms, listen_overflows) SELECT id, first_ns, 1000, 3 FROM captures
UNION ALL SELECT id, first_ns + 1000000000, 1000, 4 FROM captures;
