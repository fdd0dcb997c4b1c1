-- title: Flows that moved most bytes
-- parameter: limit 20 rows to show
SELECT id, client, server, bytes_up, bytes_down, seconds, mbit_per_s AS mbit, retrans_pct AS retrans
FROM flows_view
ORDER BY bytes_up + bytes_down DESC, id
LIMIT :limit;
