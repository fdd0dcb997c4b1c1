-- title: HTTP answers are server errors
-- severity: warning
-- layer: L7
-- rank: 20
-- explanation: The network did its work; the server says that it could not do its own. 502 and 504 come from a proxy or load
-- explanation: balancer whose backend failed or did not answer in time, 503 from a server that is overloaded or has no
-- explanation: backend, 500 from the program.
-- advice: Read the server's log at the time of the evidence. For 502 and 504 look behind the proxy: capture between it and
-- advice: its backends.
-- threshold: http_errors_pct 1 % of a host's answers have status 500 or higher
WITH failed AS (
	SELECT h.host, h.status, h.flow_id, h.t_ns, coalesce(h.answer_frame, h.frame) AS frame, h.method, h.path,
		f.server_ip, f.server_port, f.server
	FROM http h
	JOIN flows f ON f.id = h.flow_id
	WHERE h.capture_id = :capture AND h.status >= 500
), servers AS (
	SELECT *, count(*) AS failures, min(frame) AS first_frame -- the other columns are of the first
	FROM failed
	GROUP BY server_ip, server_port, host, status
), all_of AS (
	SELECT host, count(status) AS answers
	FROM http
	WHERE capture_id = :capture AND EXISTS (SELECT 1 FROM failed)
	GROUP BY host
)
SELECT server || coalesce(' ' || s.host, '') AS subject, flow_id, t_ns, frame,
	100.0 * failures / answers AS value,
	printf('%,d of %,d answers %s status %d; the first to %s %s', failures, answers,
		iif(failures = 1, 'has', 'have'), status, method, path) AS detail
FROM servers s
JOIN all_of a ON a.host IS s.host
WHERE 100.0 * failures / answers >= :http_errors_pct
ORDER BY failures DESC, subject, status;
