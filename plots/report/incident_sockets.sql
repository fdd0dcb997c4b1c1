-- place: incident
-- order: 50
-- key: sockets
-- title: Sockets of the host that recorded, the most troubled first
-- rows: sockets
-- column: process words process
-- column: pid number +PID
-- column: local code local
-- column: remote code remote
-- column: state words state
-- column: again count sent again
-- column: rtt_ms ms RTT
-- column: receive_queue bytes +not yet read
-- column: send_queue bytes +not yet acknowledged
-- column: congestion_window count +congestion window
SELECT value ->> '$.process' AS process,
	value ->> '$.pid' AS pid,
	iif(value ->> '$.local_ip' LIKE '%:%', '[' || (value ->> '$.local_ip') || ']', value ->> '$.local_ip')
		|| ':' || (value ->> '$.local_port') AS local,
	iif(value ->> '$.remote_ip' LIKE '%:%', '[' || (value ->> '$.remote_ip') || ']', value ->> '$.remote_ip')
		|| ':' || (value ->> '$.remote_port') AS remote,
	value ->> '$.state' AS state,
	value ->> '$.retransmissions' AS again,
	value ->> '$.rtt_ms' AS rtt_ms,
	value ->> '$.receive_queue_bytes' AS receive_queue,
	value ->> '$.send_queue_bytes' AS send_queue,
	value ->> '$.congestion_window' AS congestion_window,
	count(*) OVER () AS of_rows
FROM json_each(:json, '$.sockets.worst')
WHERE type = 'object'
ORDER BY CAST(key AS INTEGER)
LIMIT :rows;
