-- 20 of 1,000 segments were sent again in one second, of which 14 proved needless in the next one: six were lost.
UPDATE timeline SET data_segments = 1000, retransmitted_segments = 20, lost_downstream = 20
WHERE rowid = (SELECT rowid FROM timeline WHERE scope = 'service' ORDER BY t_ns LIMIT 1);
UPDATE timeline SET spurious_retransmissions = 14
WHERE rowid = (SELECT rowid FROM timeline WHERE scope = 'service' ORDER BY t_ns LIMIT 1 OFFSET 1);
UPDATE flow_directions SET data_segments = 1000, retransmitted_segments = 20, spurious_retransmissions = 14, lost_downstream = 6
WHERE rowid = (SELECT rowid FROM flow_directions WHERE direction = 'c2s' AND data_segments > 0 LIMIT 1);
