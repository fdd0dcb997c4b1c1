-- Of 2,500 segments ten were overtaken.
UPDATE timeline SET data_segments = 2500 * (t_ns = (SELECT min(t_ns) FROM timeline)),
	reordered_segments = 10 * (t_ns = (SELECT min(t_ns) FROM timeline));
UPDATE flow_directions SET data_segments = 2500, reordered_segments = 10 WHERE flow_id = 1 AND direction = 's2c';
