-- title: UDP packets get lost
-- severity: warning
-- layer: L3
-- rank: 18
-- explanation: The packets of a stream are numbered (RTP, iperf3), and numbers are missing at the place of the capture: they
-- explanation: were lost between the sender and here. Nobody sends them again: 1 % of a call is audible, a burst of 10 is a
-- explanation: gap in it.
-- advice: Capture nearer to the sender to find where (`wiretape locate` compares two captures). At the sender: interface and
-- advice: queue drops (`ip -s link`, `tc -s qdisc`); on the way: a full or policed link: give voice its DSCP class, and see
-- advice: whether bursts are larger than the queue.
-- threshold: udp_loss_pct 1 % of a UDP stream's packets are missing
SELECT iif(s.direction = 'c2s', f.client_ip || ' > ' || f.server, f.server_ip || ' > ' || f.client) AS subject,
	s.flow_id, s.first_lost_ns AS t_ns, s.first_lost_frame AS frame,
	s.loss_pct AS value,
	printf('%,d of %,d packets of this %s stream %s missing, at the most %d in a row', s.lost,
		s.packets - s.duplicates + s.lost, s.kind, iif(s.lost = 1, 'is', 'are'),
		s.lost_run_max) AS detail
FROM udp_streams s
JOIN flows f ON f.id = s.flow_id
WHERE f.capture_id = :capture AND s.lost > 2 AND s.loss_pct >= :udp_loss_pct
ORDER BY s.loss_pct DESC, s.flow_id;
