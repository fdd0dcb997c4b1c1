-- place: capture
-- order: 70
-- key: icmp_errors
-- title: What routers and hosts complained about
-- batch: no
-- rows: complaints
-- most: 10
-- column: kind words complaint
-- column: reporter_ip code by
-- column: about code about
-- column: packets count packets
-- column: mtu count MTU
-- column: first_time time first
-- column: frame number frame
SELECT replace(kind, '_', ' ') AS kind, reporter_ip,
	about_protocol || ' ' || about_source_ip
		|| iif(about_source_port > 0 AND about_protocol IN ('tcp', 'udp'), ' port ' || about_source_port, '')
		|| ' > ' || about_destination_ip
		|| iif(about_destination_port > 0 AND about_protocol IN ('tcp', 'udp'), ' port ' || about_destination_port, '') AS about,
	packets, mtu, first_ns AS first_time, first_frame AS frame, count(*) OVER () AS of_rows
FROM icmp_errors
WHERE capture_id = :capture
ORDER BY packets DESC, first_ns, first_frame
LIMIT :rows;
