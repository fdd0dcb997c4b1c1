-- A bad cable: frames with a wrong CRC.
INSERT INTO host_counters (capture_id, t_ns, interval_ms, interface_rx_errors) SELECT id, first_ns, 1000, 15 FROM captures
UNION ALL SELECT id, first_ns + 1000000000, 1000, 25 FROM captures;
