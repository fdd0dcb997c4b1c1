-- title: Hops of traceroute and mtr seen in the capture, RTT in ms
-- parameter: destination '' only the way there
SELECT h.destination_ip AS destination, h.ttl, h.address,
	(SELECT n.name FROM address_names n WHERE n.capture_id = h.capture_id AND n.address = h.address AND n.port IS NULL) AS name,
	h.probes, h.replies, round(h.rtt_min_us / 1e3, 2) AS min, round(h.rtt_mean_us / 1e3, 2) AS mean,
	round(h.rtt_max_us / 1e3, 2) AS max
FROM hops h
WHERE :destination IS NULL OR h.destination_ip = :destination
ORDER BY h.capture_id, h.source_ip, h.destination_ip, h.protocol, h.ttl, h.first_frame;
