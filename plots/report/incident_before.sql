-- place: incident
-- order: 20
-- key: before
-- title: Until it fired
-- column: measure words measure
-- column: fired number when it fired
-- column: least number least before
-- column: most number most before
-- column: course sparkline interval by interval
WITH measures (number, name, label) AS (
	VALUES (1, 'goodput_mbps', 'goodput, Mbit/s'), (2, 'data_segments', 'data segments'), (3, 'retrans_pct', 'sent again, %'),
		(4, 'loss_pct', 'lost, %'), (5, 'reordered_segments', 'reordered segments'), (6, 'rtt_p50_ms', 'RTT p50, ms'),
		(7, 'rtt_p95_ms', 'RTT p95, ms'), (8, 'zero_windows', 'zero windows'), (9, 'syn_retransmissions', 'SYNs sent again'),
		(10, 'unanswered', 'SYNs unanswered'), (11, 'refused', 'refused'), (12, 'resets', 'resets'), (13, 'flows_active', 'flows'),
		(14, 'response_p95_ms', 'response p95, ms'), (15, 'dns_queries', 'DNS questions'), (16, 'dns_failures', 'DNS failures'),
		(17, 'dns_unanswered', 'DNS questions unanswered'), (18, 'dns_p95_ms', 'DNS p95, ms'), (19, 'http_errors', 'HTTP errors'),
		(20, 'tls_failures', 'TLS failures'), (21, 'icmp_unreachable', 'ICMP unreachable'),
		(22, 'kernel_drops', 'dropped by the kernel'),
		(23, 'softnet_drops', 'dropped by the backlog'), (24, 'listen_overflows', 'accept queue overflows')
),
rows AS (
	SELECT CAST(key AS INTEGER) AS place, value AS row, 0 AS fired FROM json_each(:json, '$.rows_before') WHERE type = 'object'
	UNION ALL
	SELECT 1000000, json_extract(:json, '$.row'), 1 WHERE json_type(:json, '$.row') = 'object'
),
readings AS (
	SELECT number, label, place, fired, row ->> name AS value
	FROM measures, rows
	WHERE typeof(row ->> name) IN ('integer', 'real')
	ORDER BY place
)
SELECT label AS measure,
	CASE WHEN count(value) FILTER (WHERE fired) > 0
		THEN printf(iif(max(value) < 1000, '%.4g', '%.0f'), max(value) FILTER (WHERE fired)) END AS fired,
	CASE WHEN count(value) FILTER (WHERE NOT fired) > 0
		THEN printf(iif(max(value) < 1000, '%.4g', '%.0f'), min(value) FILTER (WHERE NOT fired)) END AS least,
	CASE WHEN count(value) FILTER (WHERE NOT fired) > 0
		THEN printf(iif(max(value) < 1000, '%.4g', '%.0f'), max(value) FILTER (WHERE NOT fired)) END AS most,
	group_concat(printf('%.4g', value), ' ') AS course
FROM readings
GROUP BY number
HAVING max(value) > 0
ORDER BY number;
