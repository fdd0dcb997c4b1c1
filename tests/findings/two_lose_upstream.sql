-- Of two flows with 100 segments at the tap 3 and 4 were lost before it: each by itself is little, the service's 7 beside 300 are not.
UPDATE timeline SET data_segments = 0 WHERE scope = 'service';
UPDATE timeline SET data_segments = 300, retransmitted_segments = 7, lost_upstream = 7
WHERE rowid = (SELECT min(rowid) FROM timeline WHERE scope = 'service');
UPDATE flow_directions SET data_segments = 100, retransmitted_segments = flow_id + 2, lost_upstream = flow_id + 2
WHERE flow_id < 3 AND direction = 's2c';
INSERT INTO events (flow_id, t_ns, frame, direction, kind, cause, seq, len)
SELECT column1, 1795257120000000000 + column2 * 1000000, column3, column4, 'retransmission', 'fast', 1, 1460
FROM (VALUES (1, 300, 30, 's2c'), (1, 310, 31, 's2c'), (2, 390, 39, 'c2s'), (2, 400, 40, 's2c'), (2, 410, 41, 's2c'));
