-- title: Connections end before the HTTP answer does
-- severity: warning
-- layer: L7
-- rank: 22
-- explanation: A request was sent and the connection was closed or reset before its answer was complete, or before it began.
-- explanation: The user sees an empty page, half a download or "connection reset by peer".
-- advice: The detail says who ended it. Server: a crash, a restart, a time-out of the server or of a proxy that is shorter
-- advice: than the answer takes; read its log. Client: it lost patience; then the answer was too slow.
-- threshold: http_cut 2 requests of a server were cut off or left without an answer
-- explains: reset
WITH cut AS (
	SELECT h.host, h.ended, h.flow_id, h.t_ns, h.frame, h.method, h.path, f.server_ip, f.server_port, f.server,
		coalesce(f.reset_by, f.first_fin_by) AS who, iif(f.reset_by IS NULL, 'closed', 'reset') AS how
	FROM http h
	JOIN flows f ON f.id = h.flow_id
	WHERE h.capture_id = :capture AND h.ended IN ('cut', 'unanswered') AND coalesce(f.reset_by,
		f.first_fin_by) IS NOT NULL
)
SELECT server || coalesce(' ' || host, '') AS subject, flow_id, t_ns, min(frame) AS frame,
	count(*) AS value,
	printf('%,d request%s %s because the %s %s the connection; the first was %s %s', count(*),
		iif(count(*) = 1, ' was', 's were'), iif(ended = 'cut', 'cut off in the middle of their answers', 'left without an answer'), who, how, method,
			path) AS detail
FROM cut
GROUP BY server_ip, server_port, host, ended, who, how
HAVING count(*) >= :http_cut
ORDER BY value DESC, subject;
