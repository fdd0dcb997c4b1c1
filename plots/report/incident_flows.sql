-- place: incident
-- order: 30
-- key: worst_flows
-- title: Worst flows when it fired
-- rows: directions of flows
-- column: sender code from
-- column: receiver code to
-- column: data_segments count segments
-- column: again count again
-- column: lost_upstream count lost before
-- column: lost_downstream count lost after
-- column: zero_windows count +zero windows
-- column: rtt_p95_ms ms +RTT p95
-- column: state words +state
WITH flows AS (
	SELECT key AS place, value AS flow,
		iif(value ->> '$.client_ip' LIKE '%:%' AND value ->> '$.client_port' > 0,
				'[' || (value ->> '$.client_ip') || ']', value ->> '$.client_ip')
			|| iif(value ->> '$.client_port' > 0, ':' || (value ->> '$.client_port'), '') AS client,
		iif(value ->> '$.server_ip' LIKE '%:%' AND value ->> '$.server_port' > 0,
				'[' || (value ->> '$.server_ip') || ']', value ->> '$.server_ip')
			|| iif(value ->> '$.server_port' > 0, ':' || (value ->> '$.server_port'), '') AS server
	FROM json_each(:json, '$.worst_flows')
	WHERE type = 'object'
),
directions AS (
	SELECT *, 'c2s' AS direction, flow -> '$.c2s.total' AS total FROM flows
	UNION ALL
	SELECT *, 's2c', flow -> '$.s2c.total' FROM flows
)
SELECT iif(direction = 'c2s', client, server) AS sender, iif(direction = 'c2s', server, client) AS receiver,
	total ->> '$.data_segments' AS data_segments,
	total ->> '$.retransmitted_segments' AS again,
	total ->> '$.lost_upstream' AS lost_upstream,
	total ->> '$.lost_downstream' AS lost_downstream,
	total ->> '$.zero_windows' AS zero_windows,
	total ->> '$.rtt_p95_ms' AS rtt_p95_ms,
	flow ->> '$.state' AS state,
	count(*) OVER () AS of_rows
FROM directions
WHERE total ->> '$.data_segments' > 0 OR flow ->> '$.protocol' <> 'tcp'
ORDER BY place, direction
LIMIT :rows;
