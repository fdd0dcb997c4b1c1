-- place: capture
-- order: 66
-- key: http
-- title: HTTP
-- about: HTTP/1 in the clear. The time to the first byte is from the end of a request.
-- batch: no
-- rows: hosts
-- most: 10
-- column: host code host
-- column: server code server
-- column: requests count requests
-- column: errors count status 500 and more
-- column: client_errors count status 400 to 499
-- column: cut count cut or unanswered
-- column: answer_bytes bytes answered
-- column: first_byte_mean_ms ms first byte, mean
-- column: first_byte_max_ms ms slowest
-- column: total_max_ms ms longest in all
SELECT h.host, f.server, count(*) AS requests, sum(coalesce(h.status >= 500, 0)) AS errors,
	sum(coalesce(h.status BETWEEN 400 AND 499, 0)) AS client_errors, sum(coalesce(h.ended IN ('cut', 'unanswered'), 0)) AS cut,
	sum(h.answer_bytes) AS answer_bytes, round(avg(h.first_byte_us) / 1e3, 3) AS first_byte_mean_ms,
	round(max(h.first_byte_us) / 1e3, 3) AS first_byte_max_ms, round(max(h.total_us) / 1e3, 3) AS total_max_ms, count(*) OVER () AS of_rows
FROM http AS h
JOIN flows AS f ON f.id = h.flow_id
WHERE h.capture_id = :capture
GROUP BY h.host, f.server
ORDER BY sum(coalesce(h.status >= 500, 0)) + sum(coalesce(h.ended IN ('cut', 'unanswered'), 0)) DESC, count(*) DESC, h.host, f.server
LIMIT :rows;
