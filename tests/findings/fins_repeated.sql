-- Six repetitions of 100 segments, four of them FINs: two data segments were lost, whatever gaps of the sender's IP IDs say.
UPDATE flow_directions SET data_segments = 100, retransmitted_segments = 6, fin_retransmissions = 4, lost_upstream = 6
WHERE rowid = (SELECT rowid FROM flow_directions WHERE direction = 'c2s' AND data_segments > 0 LIMIT 1);
