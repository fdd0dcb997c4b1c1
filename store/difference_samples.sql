-- One row per measure, scope, key and interval of :interval_ns: value, and trials of proportions. Measure '' says that the key is there.
WITH intervals AS (
	SELECT scope, key, t_ns / :interval_ns AS interval, sum(interval_ms) AS length_ms, sum(packets) AS packets,
		sum(data_segments) AS data_segments,
		sum(retransmitted_segments - syn_retransmissions - fin_retransmissions) AS retransmitted,
		sum(lost_upstream) + max(sum(lost_downstream - spurious_retransmissions), 0) AS lost,
		sum(data_segments + lost_upstream) AS sent, sum(reordered_segments) AS reordered, sum(new_bytes) AS new_bytes,
		avg(rtt_p50_ms) AS rtt_p50_ms, avg(rtt_p95_ms) AS rtt_p95_ms, avg(response_p50_ms) AS response_p50_ms,
		avg(response_p95_ms) AS response_p95_ms, sum(flows_reset) AS flows_reset, sum(flows_closed) AS flows_closed,
		sum(refused) AS refused, sum(unanswered) AS unanswered, sum(syns) AS syns, sum(zero_windows) AS zero_windows,
		avg(dns_p95_ms) AS dns_p95_ms, sum(dns_failures) AS dns_failures, sum(dns_answers) AS dns_answers,
		sum(dns_unanswered) AS dns_unanswered, sum(dns_queries) AS dns_queries, sum(tls_failures) AS tls_failures,
		sum(tls_handshakes) AS tls_handshakes, sum(http_errors) AS http_errors, sum(http_answers) AS http_answers,
		sum(echo_lost) AS echo_lost, sum(echo_replies) AS echo_replies, sum(checksum_errors) AS checksum_errors
	FROM timeline WHERE key <> '(other)' GROUP BY 1, 2, 3
),
handshakes AS (
	SELECT CASE WHEN instr(server_ip, ':') THEN '[' || server_ip || ']:' ELSE server_ip || ':' END || server_port AS service,
		client_ip AS peer, first_ns / :interval_ns AS interval, handshake_rtt_us / 1000.0 AS rtt_ms
	FROM flows WHERE handshake_rtt_us IS NOT NULL AND protocol = 'tcp'
),
samples (measure, scope, key, interval, value, trials) AS (
	SELECT '', scope, key, 0, sum(packets), 1 FROM intervals GROUP BY scope, key
	UNION ALL SELECT 'retrans_pct', scope, key, interval, retransmitted, data_segments FROM intervals
	UNION ALL SELECT 'loss_pct', scope, key, interval, lost, sent FROM intervals
	UNION ALL SELECT 'reordered_pct', scope, key, interval, reordered, data_segments FROM intervals
	UNION ALL SELECT 'rtt_p50_ms', scope, key, interval, rtt_p50_ms, 1 FROM intervals
	UNION ALL SELECT 'rtt_p95_ms', scope, key, interval, rtt_p95_ms, 1 FROM intervals
	UNION ALL SELECT 'response_p50_ms', scope, key, interval, response_p50_ms, 1 FROM intervals
	UNION ALL SELECT 'response_p95_ms', scope, key, interval, response_p95_ms, 1 FROM intervals
	UNION ALL SELECT 'reset_pct', scope, key, interval, flows_reset, flows_closed FROM intervals
	UNION ALL SELECT 'refused_pct', scope, key, interval, refused, max(syns, refused) FROM intervals
	UNION ALL SELECT 'unanswered_pct', scope, key, interval, unanswered, max(syns, unanswered) FROM intervals
	UNION ALL SELECT 'zero_window_pct', scope, key, interval, zero_windows, packets FROM intervals WHERE data_segments > 0
	UNION ALL SELECT 'goodput_mbps', scope, key, interval, new_bytes * 8 / (length_ms * 1000), 1 FROM intervals WHERE data_segments > 0
	UNION ALL SELECT 'dns_p95_ms', scope, key, interval, dns_p95_ms, 1 FROM intervals
	UNION ALL SELECT 'dns_failure_pct', scope, key, interval, dns_failures, dns_answers FROM intervals
	UNION ALL SELECT 'dns_unanswered_pct', scope, key, interval, dns_unanswered, max(dns_queries, dns_unanswered) FROM intervals
	UNION ALL SELECT 'tls_failure_pct', scope, key, interval, tls_failures, max(tls_handshakes, tls_failures) FROM intervals
	UNION ALL SELECT 'http_error_pct', scope, key, interval, http_errors, http_answers FROM intervals
	UNION ALL SELECT 'echo_loss_pct', scope, key, interval, echo_lost, echo_lost + echo_replies FROM intervals
	UNION ALL SELECT 'checksum_error_pct', scope, key, interval, checksum_errors, packets FROM intervals
	UNION ALL SELECT 'handshake_rtt_ms', 'all', '', interval, avg(rtt_ms), 1 FROM handshakes GROUP BY interval
	UNION ALL SELECT 'handshake_rtt_ms', 'service', service, interval, avg(rtt_ms), 1 FROM handshakes GROUP BY service, interval
	UNION ALL SELECT 'handshake_rtt_ms', 'peer', peer, interval, avg(rtt_ms), 1 FROM handshakes GROUP BY peer, interval
)
SELECT measure, scope, key, value, trials FROM samples WHERE value IS NOT NULL AND trials > 0 ORDER BY measure, scope, key, interval
