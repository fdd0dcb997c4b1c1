-- title: ICMP errors: who says what about whom
-- parameter: limit 20 rows to show
SELECT reporter_ip AS reporter, kind, min(mtu) AS mtu, about_protocol AS proto,
	about_destination_ip || CASE about_destination_port WHEN 0 THEN '' ELSE ' ' || about_destination_port END AS about,
	sum(packets) AS packets, min(first_frame) AS frame
FROM icmp_errors
GROUP BY reporter_ip, kind, about_protocol, about_destination_ip, about_destination_port
ORDER BY packets DESC, frame
LIMIT :limit;
