-- One processor can't keep up.
INSERT INTO host_counters (capture_id, t_ns, interval_ms, softnet_drops) SELECT id, first_ns, 1000, 5 FROM captures
UNION ALL SELECT id, first_ns + 1000000000, 1000, 7 FROM captures;
