-- One processor can't keep up.
INSERT INTO host_counters (capture_id, t_ns, interval_ms, softnet_drops) SELECT id, first_ns, 1000, 12 FROM captures;
