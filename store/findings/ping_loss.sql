-- title: Pings get lost
-- severity: warning
-- layer: L3
-- rank: 25
-- explanation: Echo requests that passed by were not answered within 5 seconds, though others were. The path loses packets,
-- explanation: in one direction or the other, or the host limits its answers (Linux answers all; routers often limit).
-- advice: See whether TCP to the same host retransmits too; if not, it is the limit. Find the place with mtr -n HOST in both
-- advice: directions: loss that begins at a hop and goes on to the end is real.
-- threshold: ping_loss_pct 1 % of the echo requests of a ping were not answered
SELECT f.client_ip || ' > ' || f.server_ip AS subject, e.flow_id, e.first_lost_ns AS t_ns, e.first_lost_frame AS frame,
	e.loss_pct AS value,
	printf('%,d of %,d pings from %s to %s %s not answered, at the most %d in a row', e.lost, e.lost + e.replies,
		f.client_ip, f.server_ip, iif(e.lost = 1, 'was', 'were'),
		e.lost_run_max) AS detail
FROM echoes e
JOIN flows f ON f.id = e.flow_id
WHERE f.capture_id = :capture AND e.replies > 0 AND e.lost > 1 AND e.loss_pct >= :ping_loss_pct
	AND (f.client_ip, f.server_ip) NOT IN (SELECT source_ip, destination_ip FROM hops WHERE capture_id = :capture)
ORDER BY e.loss_pct DESC, e.lost DESC, e.flow_id;
