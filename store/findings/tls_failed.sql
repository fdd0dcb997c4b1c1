-- title: TLS handshakes fail
-- severity: warning
-- layer: L7
-- rank: 15
-- explanation: The connection stood, but TLS on top of it was not agreed: one side sent an alert that says why (unknown_ca
-- explanation: and bad_certificate: the other side's certificate is not trusted; handshake_failure and protocol_version: no
-- explanation: version or cipher in common; unrecognized_name: the server does not know the name), or closed the connection
-- explanation: in the middle of it. It is critical where no handshake for this name worked.
-- advice: Repeat it: `openssl s_client -connect HOST:PORT -servername NAME` shows the certificate chain and the versions. If
-- advice: the alert came from the client, look at its list of trusted authorities and its clock, and for a missing
-- advice: intermediate certificate; if the server closed without an alert, for a firewall or proxy that does not like the
-- advice: server name.
-- threshold: tls_failed_pct 5 % of the handshakes with this server name failed
-- explains: reset
WITH failed AS (
	SELECT t.sni, t.flow_id, coalesce(t.alert_ns, t.t_ns) AS t_ns, coalesce(t.alert_frame, t.frame) AS frame,
		f.server_ip, f.server_port,
		CASE
		WHEN t.alert IS NOT NULL THEN printf('the %s said %s', t.alert_by, t.alert)
		WHEN f.reset_by IS NOT NULL THEN printf('the %s reset the connection in the handshake', f.reset_by)
		ELSE printf('the %s closed the connection in the handshake', f.first_fin_by)
		END AS how
	FROM tls t
	JOIN flows f ON f.id = t.flow_id
	JOIN captures c ON c.id = t.capture_id
	WHERE t.capture_id = :capture AND (t.finished_ns IS NULL OR t.alert_by IS NOT NULL) AND (
		t.alert_by IS NOT NULL AND (t.alert_level = 'fatal' OR t.finished_ns IS NULL)
		OR t.alert_by IS NULL AND t.finished_ns IS NULL AND coalesce(f.reset_by, f.first_fin_by) IS NOT NULL
			-- A client with two connections to choose from drops one early.
			AND NOT (t.server_hello_ns IS NULL AND coalesce(f.reset_by, f.first_fin_by) = 'client'
				AND f.last_ns - t.t_ns < 500000000)
			-- Where payload was cut off, the end of a handshake may be cut off too; and who sent that much was
			-- through.
			AND coalesce(c.snaplen, 65535) >= 1500
			AND (SELECT total(data_bytes) FROM flow_directions d WHERE d.flow_id = f.id
				AND d.direction = 'c2s') < 16384)
), servers AS (
	SELECT *, count(*) AS failures, min(frame) AS first_frame -- the other columns are of the first
	FROM failed
	GROUP BY server_ip, server_port, sni, how
), all_of AS (
	SELECT sni, count(*) AS handshakes, count(finished_ns) AS finished
	FROM tls
	WHERE capture_id = :capture AND EXISTS (SELECT 1 FROM failed)
	GROUP BY sni
)
SELECT server_ip || ' ' || coalesce(s.sni, 'port ' || server_port) AS subject, server_ip AS address, flow_id, t_ns, frame,
	100.0 * failures / handshakes AS value,
	printf('%,d of %,d handshakes for %s failed: %s', failures, handshakes, coalesce(s.sni, 'no name'), how) AS detail,
	iif(finished = 0, 'critical', 'warning') AS severity
FROM servers s
JOIN all_of a ON a.sni IS s.sni
WHERE 100.0 * failures / handshakes >= :tls_failed_pct
ORDER BY finished = 0 DESC, failures DESC, subject, how;
