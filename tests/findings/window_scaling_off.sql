-- The same without window scaling on either side: then that is the cause.
UPDATE timeline SET window_full = 1 WHERE scope = 'all';
UPDATE flow_directions SET limited_receive_window_us = 600000, limited_application_us = 1000000, limited_network_us = 400000,
	limited_recovery_us = 0, limited_zero_window_us = 0 WHERE flow_id = 1 AND direction = 's2c';
UPDATE flow_directions SET window_max = 20000 WHERE flow_id = 1 AND direction = 'c2s';
UPDATE flow_directions SET window_scale = -1 WHERE flow_id = 1;
