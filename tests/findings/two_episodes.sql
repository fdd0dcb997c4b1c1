-- Much is lost for three seconds behind the tap and for two before it, by itself for one more, and nothing of 10,000 segments
-- in between.
INSERT INTO timeline (capture_id, t_ns, interval_ms, scope, key, data_segments, retransmitted_segments, syn_retransmissions, fin_retransmissions,
	lost_upstream, lost_downstream, spurious_retransmissions)
SELECT id, 1795257120000000000 + column1 * 1000000000, 1000, 'service', '192.0.2.1:80', column2, column3 + column4, 0, 0, column3, column4, 0
FROM captures, (VALUES (10, 100, 0, 6), (11, 100, 0, 7), (12, 100, 0, 8), (30, 180, 20, 0), (31, 190, 10, 0), (50, 10000, 0, 0), (60, 100, 0, 6));
INSERT INTO events (flow_id, t_ns, frame, direction, kind, cause, seq, len)
SELECT column1, 1795257120000000000 + column2 * 1000000, column3, 's2c', 'retransmission', 'fast', 1, 1460
FROM (VALUES (1, 9900, 400), (2, 10500, 500), (1, 11500, 501), (1, 29900, 599), (3, 30200, 600), (1, 31900, 601), (1, 60500, 700));
