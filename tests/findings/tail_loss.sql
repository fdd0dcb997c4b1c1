-- Of 5,000 segments ten were sent again, five of them by timers; three FINs and four needless ones do not count.
UPDATE timeline SET data_segments = iif(rowid = (SELECT min(rowid) FROM timeline WHERE scope = 'service'), 5000, 0)
WHERE scope = 'service';
UPDATE flow_directions SET retransmitted_segments = 13, fin_retransmissions = 3, spurious_retransmissions = 4,
	timeout_retransmissions = 8, tail_loss_probes = 4 WHERE flow_id = 1 AND direction = 's2c';
