-- What `wiretape diff` compares. `kind` value: what an interval measured; proportion: how often it happened, of how many times.
-- A change counts that is at least so large: of what it was before (relative, %), and at all (absolute, in the unit).
SELECT column1 AS measure, column2 AS kind, column3 AS unit, column4 AS worse, column5 AS relative, column6 AS absolute FROM (VALUES
	('retrans_pct', 'proportion', '%', 'higher', 20, 0.1),
	('loss_pct', 'proportion', '%', 'higher', 20, 0.1),
	('reordered_pct', 'proportion', '%', 'higher', 20, 0.1),
	('rtt_p50_ms', 'value', 'ms', 'higher', 10, 0.1),
	('rtt_p95_ms', 'value', 'ms', 'higher', 20, 0.5),
	('handshake_rtt_ms', 'value', 'ms', 'higher', 10, 0.1),
	('response_p50_ms', 'value', 'ms', 'higher', 10, 0.5),
	('response_p95_ms', 'value', 'ms', 'higher', 20, 1),
	('reset_pct', 'proportion', '%', 'higher', 20, 1),
	('refused_pct', 'proportion', '%', 'higher', 20, 1),
	('unanswered_pct', 'proportion', '%', 'higher', 20, 1),
	('zero_window_pct', 'proportion', '%', 'higher', 20, 0.01),
	('goodput_mbps', 'value', 'Mbit/s', 'lower', 20, 0.01),
	('dns_p95_ms', 'value', 'ms', 'higher', 20, 1),
	('dns_failure_pct', 'proportion', '%', 'higher', 20, 0.5),
	('dns_unanswered_pct', 'proportion', '%', 'higher', 20, 0.5),
	('tls_failure_pct', 'proportion', '%', 'higher', 20, 1),
	('http_error_pct', 'proportion', '%', 'higher', 20, 0.5),
	('echo_loss_pct', 'proportion', '%', 'higher', 20, 0.5),
	('checksum_error_pct', 'proportion', '%', 'higher', 20, 0.01))
