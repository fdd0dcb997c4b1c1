-- title: TCP exchanges as `curl -w` would show them: ms since their start
-- about: A start is the SYN, with the look-up of the server's name before it where there was one. lookup, connect, tls, first_byte
-- about: (HTTP/1 in the clear) and total are when each was done.
-- parameter: name '' only of this server name
-- parameter: limit 20 rows to show
SELECT flow_id AS flow, coalesce(name, server) AS server, namelookup_ms AS lookup, connect_ms AS connect, appconnect_ms AS tls,
	starttransfer_ms AS first_byte, total_ms AS total
FROM exchanges
WHERE :name IS NULL OR name = :name
ORDER BY total_ms DESC, connect_ms DESC, flow_id
LIMIT :limit;
