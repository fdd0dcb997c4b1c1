-- place: capture
-- order: 50
-- text: no
-- key: talkers
-- title: Talkers
-- about: The hosts that sent and received most.
-- chart: talkers
-- batch: table
-- rows: hosts
-- column: host code host
-- column: name words name
-- column: flows count flows
-- column: sent_bytes bytes sent
-- column: received_bytes bytes received
-- column: share_pct percent +of all bytes, %
-- column: sent_again count again
-- column: retrans_pct percent again, %
WITH sides AS (
	SELECT f.client_ip AS host, count(*) AS flows, sum(u.bytes) AS sent, sum(d.bytes) AS received, sum(u.data_segments) AS data_segments,
		sum(u.retransmitted_segments - u.syn_retransmissions - u.fin_retransmissions) AS again
	FROM flows AS f
	JOIN flow_directions AS u ON u.flow_id = f.id AND u.direction = 'c2s'
	JOIN flow_directions AS d ON d.flow_id = f.id AND d.direction = 's2c'
	WHERE f.capture_id = :capture
	GROUP BY f.client_ip
	UNION ALL
	SELECT f.server_ip, count(*), sum(d.bytes), sum(u.bytes), sum(d.data_segments),
		sum(d.retransmitted_segments - d.syn_retransmissions - d.fin_retransmissions)
	FROM flows AS f
	JOIN flow_directions AS u ON u.flow_id = f.id AND u.direction = 'c2s'
	JOIN flow_directions AS d ON d.flow_id = f.id AND d.direction = 's2c'
	WHERE f.capture_id = :capture
	GROUP BY f.server_ip
), hosts AS (
	SELECT host, sum(flows) AS flows, sum(sent) AS sent_bytes, sum(received) AS received_bytes, sum(again) AS sent_again,
		sum(data_segments) AS data_segments, sum(sum(sent)) OVER () AS all_bytes, count(*) OVER () AS of_rows
	FROM sides
	GROUP BY host
	ORDER BY sum(sent) + sum(received) DESC, host
	LIMIT :rows
)
SELECT host, (SELECT n.name FROM names AS n WHERE n.address = host AND n.port IS NULL AND (n.capture_id = :capture OR n.capture_id IS NULL)
		ORDER BY instr('hosts pod service dns http sni', n.source), n.port IS NULL, n.rowid LIMIT 1) AS name,
	flows, sent_bytes, received_bytes, round(100.0 * (sent_bytes + received_bytes) / nullif(all_bytes, 0), 1) AS share_pct,
	iif(data_segments > 0, sent_again, NULL) AS sent_again, round(100.0 * sent_again / nullif(data_segments, 0), 2) AS retrans_pct, of_rows
FROM hosts
ORDER BY sent_bytes + received_bytes DESC, host;
