-- title: TCP exchanges as `curl -w` would show them: ms since their start
-- about: A start is the question for the server's address, if there was one, else the SYN. lookup, connect, tls, first_byte (HTTP/1
-- about: in the clear) and total are when each was done; names and addresses are shortened.
-- parameter: name '' only of this server name
-- parameter: limit 20 rows to show
SELECT flow_id AS flow, CASE WHEN length(coalesce(name, server)) <= 26 THEN coalesce(name, server)
		ELSE substr(coalesce(name, server), 1, 23) || '...' END AS server,
	namelookup_ms AS lookup, connect_ms AS connect, appconnect_ms AS tls, starttransfer_ms AS first_byte, total_ms AS total
FROM exchanges
WHERE :name IS NULL OR name = :name
ORDER BY total_ms DESC, connect_ms DESC, flow_id
LIMIT :limit;
