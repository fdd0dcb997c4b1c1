-- place: flow
-- order: 35
-- key: http
-- title: HTTP requests
-- batch: no
-- rows: requests
-- most: 10
-- column: time clock time
-- column: frame number frame
-- column: method words method
-- column: host code +host
-- column: path code path
-- column: status number status
-- column: ended words ended
-- column: answer_bytes bytes answered
-- column: first_byte_ms ms +first byte
-- column: total_ms ms in all
SELECT t_ns AS time, frame, method, host, path, status, ended, answer_bytes, round(first_byte_us / 1e3, 3) AS first_byte_ms,
	round(total_us / 1e3, 3) AS total_ms, count(*) OVER () AS of_rows
FROM http
WHERE flow_id = :flow
ORDER BY t_ns, frame
LIMIT :rows;
