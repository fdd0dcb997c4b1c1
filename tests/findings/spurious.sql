-- Of 10,000 segments ten were sent again, five of them needlessly; beside them two FINs, needless as well, and a SYN.
UPDATE timeline SET data_segments = iif(rowid = (SELECT min(rowid) FROM timeline WHERE scope = 'service'), 10000, 0)
WHERE scope = 'service';
UPDATE flow_directions SET retransmitted_segments = 13, fin_retransmissions = 2, syn_retransmissions = 1, spurious_retransmissions = 7
WHERE flow_id = 1 AND direction = 's2c';
