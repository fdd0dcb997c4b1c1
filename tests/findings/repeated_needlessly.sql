-- Six repetitions of 100 segments, three of them needless: three were lost.
UPDATE flow_directions SET data_segments = 100, retransmitted_segments = 6, spurious_retransmissions = 3, lost_downstream = 3
WHERE rowid = (SELECT rowid FROM flow_directions WHERE direction = 'c2s' AND data_segments > 0 LIMIT 1);
