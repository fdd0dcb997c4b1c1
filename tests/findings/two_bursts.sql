-- Of 5,000 segments ten were lost: five in a row, and five each for itself.
WITH RECURSIVE lost (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM lost WHERE n < 9)
INSERT INTO events (flow_id, t_ns, frame, direction, kind, cause, seq, len)
SELECT 1, 1795257121000000000 + n, 100 + n, 's2c', 'retransmission', 'fast', 1460 * iif(n < 5, n, 3 * n), 1460 FROM lost;
UPDATE flow_directions SET data_segments = 5000, retransmitted_segments = 10, fast_retransmissions = 10
WHERE flow_id = 1 AND direction = 's2c';
-- And of another flow six in a row.
WITH RECURSIVE lost (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM lost WHERE n < 5)
INSERT INTO events (flow_id, t_ns, frame, direction, kind, cause, seq, len)
SELECT 2, 1795257122000000000 + n, 200 + n, 's2c', 'retransmission', 'fast', 1460 * n, 1460 FROM lost;
UPDATE flow_directions SET data_segments = 5000, retransmitted_segments = 6, fast_retransmissions = 6
WHERE flow_id = 2 AND direction = 's2c';
