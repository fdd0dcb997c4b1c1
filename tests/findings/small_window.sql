-- The sender waited for the window for 600 ms of two seconds. 20,000 bytes over the handshake's 20 ms allow 8 Mbit/s.
UPDATE timeline SET window_full = 1 WHERE scope = 'all';
UPDATE flow_directions SET limited_receive_window_us = 600000, limited_application_us = 1000000, limited_network_us = 400000,
	limited_recovery_us = 0, limited_zero_window_us = 0 WHERE flow_id = 1 AND direction = 's2c';
UPDATE flow_directions SET window_max = 20000 WHERE flow_id = 1 AND direction = 'c2s';
