-- The interface dropped 12 packets, and 300 were lost behind the tap: the one does not explain the other.
INSERT INTO host_counters (capture_id, t_ns, interval_ms, interface_rx_drops)
SELECT 1, first_ns, 1000, 12 FROM captures;
UPDATE flow_directions SET data_segments = 5000, retransmitted_segments = 300, fast_retransmissions = 300, lost_downstream = 300
WHERE flow_id = 1 AND direction = 's2c';
UPDATE timeline SET lost_downstream = 300 WHERE scope = 'all' AND t_ns = (SELECT min(t_ns) FROM timeline);
