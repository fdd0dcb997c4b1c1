-- title: Routers mark packets: the path is congested
-- severity: note
-- layer: L3
-- rank: 30
-- explanation: Instead of dropping packets, a router whose queue was long marked them (ECN, Congestion Experienced), and
-- explanation: their senders slow down. That is ECN doing its work; many marks say that a link on the way is full most of
-- explanation: the time.
-- advice: Find the full link: tc -s qdisc show on routers counts marks (ecn_mark); see who uses it (top_talkers). More
-- advice: bandwidth, or fewer senders at once, is the cure; the marks themselves harm nobody.
-- threshold: ecn_ce_pct 1 % of the packets that allow it were marked
SELECT iif(d.direction = 'c2s', f.client_ip || ' > ' || f.server, f.server || ' > ' || f.client_ip) AS subject,
	d.flow_id, d.first_ns AS t_ns,
	100.0 * d.ce_marks / max(d.ect_packets, d.ce_marks) AS value,
	printf('%,d of %,d packets %s marked', d.ce_marks, max(d.ect_packets, d.ce_marks),
		iif(d.ce_marks = 1, 'was', 'were')) AS detail,
	printf('%s == %s && (ip.dsfield.ecn == 3 || ipv6.tclass.ecn == 3)', iif(f.server_ip LIKE '%:%', 'ipv6.addr',
		'ip.addr'), f.server_ip) AS filter
FROM (SELECT 1 FROM timeline WHERE capture_id = :capture AND scope = 'all' GROUP BY scope HAVING sum(ce_marks) > 2)
	AS any_mark
CROSS JOIN flow_directions d
JOIN flows f ON f.id = d.flow_id
WHERE d.ce_marks > 2 AND f.capture_id = :capture AND 100.0 * d.ce_marks / max(d.ect_packets, d.ce_marks) >= :ecn_ce_pct
ORDER BY value DESC, d.flow_id;
