-- title: TLS handshakes are slow
-- severity: warning
-- layer: L7
-- rank: 42
-- explanation: A TLS handshake takes one round trip (TLS 1.3) or two (TLS 1.2), and a few milliseconds of arithmetic. These
-- explanation: took much longer than the path explains: a processor is short of time, certificates are looked up (OCSP, CRL,
-- explanation: a slow DNS), or a proxy in between waits for somebody else.
-- advice: The detail says who was waited for. Server: its processor load and number of workers; a certificate of 4096-bit
-- advice: RSA costs several times one of ECDSA; staple OCSP. Client: what it does to verify (revocation lists, DNS).
-- threshold: tls_slow_ms 300 ms a handshake took longer than two round trips
-- threshold: tls_slow_pct 5 % of the handshakes with this server name were so slow
-- explains: slow_server slow_client
WITH slow AS (
	SELECT t.sni, t.flow_id, t.t_ns, t.frame, f.server_ip, f.server_port, f.client_ip,
		(t.handshake_us - 2 * coalesce(f.handshake_rtt_us, 0)) / 1000.0 AS beyond_ms,
		t.handshake_us / 1000.0 AS handshake_ms,
		(t.server_hello_ns - t.t_ns) / 1e6 AS server_ms,
		(t.finished_ns - t.server_hello_ns) / 1e6 AS rest_ms
	FROM tls t
	JOIN flows f ON f.id = t.flow_id
	WHERE t.capture_id = :capture AND t.handshake_us - 2 * coalesce(f.handshake_rtt_us, 0) >= 1000 * :tls_slow_ms
		AND t.handshake_us >= 1000 * :tls_slow_ms
		-- What was lost and sent again is loss, not TLS.
		AND NOT EXISTS (SELECT 1 FROM flow_directions d WHERE d.flow_id = t.flow_id
			AND d.retransmitted_segments > d.syn_retransmissions + d.fin_retransmissions)
), servers AS (
	SELECT *, count(*) AS slow_ones, max(beyond_ms) AS most
	FROM slow
	GROUP BY server_ip, server_port, sni
), all_of AS (
	SELECT sni, count(handshake_us) AS handshakes
	FROM tls
	WHERE capture_id = :capture AND EXISTS (SELECT 1 FROM slow)
	GROUP BY sni
)
SELECT server_ip || ' ' || coalesce(s.sni, 'port ' || server_port) AS subject,
	iif(slow_ones > 1, server_ip, NULL) AS address, flow_id, t_ns, frame,
	most AS value,
	printf('%,d of %,d handshakes took more than %g ms longer than two round trips; the slowest %.0f ms: %.0f ms until '
		|| 'the server''s hello, %.0f ms from there until the client was done', slow_ones, handshakes, :tls_slow_ms,
		handshake_ms, server_ms, rest_ms) AS detail
FROM servers s
JOIN all_of a ON a.sni IS s.sni
WHERE 100.0 * slow_ones / handshakes >= :tls_slow_pct
ORDER BY most DESC, subject;
