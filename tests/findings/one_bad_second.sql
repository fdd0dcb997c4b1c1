-- Of 100 segments of one second 6 were lost, and of 1,000 in the ten before none: one bad second is no episode.
CREATE TEMP TABLE one AS SELECT * FROM timeline WHERE scope = 'service' ORDER BY t_ns LIMIT 1;
UPDATE timeline SET data_segments = 100, retransmitted_segments = 6, lost_downstream = 6
WHERE rowid = (SELECT rowid FROM timeline WHERE scope = 'service' ORDER BY t_ns LIMIT 1);
INSERT INTO timeline (capture_id, t_ns, interval_ms, scope, key, data_segments, retransmitted_segments, syn_retransmissions, fin_retransmissions,
	lost_upstream, lost_downstream, spurious_retransmissions)
SELECT capture_id, t_ns - 20000000000, interval_ms, scope, key, 1000, 0, 0, 0, 0, 0, 0 FROM one;
