-- The ring of the interface overflows for a second.
INSERT INTO host_counters (capture_id, t_ns, interval_ms, interface_rx_drops) SELECT id, first_ns, 1000, 100 FROM captures
UNION ALL SELECT id, first_ns + 1000000000, 1000, 150 FROM captures;
