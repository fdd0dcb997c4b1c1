-- title: One side of a connection has gone silently: repeated data gets no answer
-- severity: critical
-- layer: L4
-- rank: 14
-- explanation: Retransmissions of the same data go on and nothing comes back any more, neither an acknowledgment nor a
-- explanation: reset: the other host has died or lost its network, or a firewall or NAT on the path has forgotten the
-- explanation: connection and drops its packets.
-- advice: Is the silent host up (`ping`, its console, its log at this time)? Does a firewall's session time-out fit
-- advice: (`conntrack -L`, session table)? Let programs set TCP_USER_TIMEOUT and keep-alives (SO_KEEPALIVE with
-- advice: TCP_KEEPIDLE) so that they notice within seconds.
-- threshold: silent_ms 3000 ms of repetitions without any packet of the other side
-- threshold: silent_repeats 2 repetitions in this time
-- threshold: silent_pct 0.1 % of a service's connections; fewer are a note: a client may lose its network at any time
-- explains: tail_loss loss_upstream loss_downstream asymmetric_route reset idle_reset small_window
-- Repetitions and keep-alives after the other side's last packet; what that side sends when all is over (a reset) ends
-- its gap.
WITH seen AS ( -- nothing is read where there is nothing
	SELECT 1 FROM timeline WHERE capture_id = :capture AND scope = 'all' GROUP BY capture_id HAVING sum(keep_alives) > 0
), stuck AS (
	SELECT d.flow_id, d.direction, d.subject, d.service, d.sender_ip, d.receiver_ip, o.packets AS heard, d.last_ns,
		d.capture_id, d.new_bytes - d.acked_bytes AS unacked,
		coalesce(CASE WHEN o.gap_end_ns > d.first_ns
			AND o.gap_end_ns >= o.last_ns THEN o.gap_end_ns - o.gap_max_us * 1000
			ELSE o.last_ns END, d.first_ns) AS silent_ns
	FROM directions d
	JOIN flow_directions o ON o.flow_id = d.flow_id AND o.direction <> d.direction
	WHERE d.flow_id IN (
			SELECT flow_id FROM flow_directions
			WHERE retransmitted_segments > 0 AND retransmitted_segments >= :silent_repeats
				AND acked_bytes < new_bytes
			UNION SELECT flow_id FROM seen CROSS JOIN flow_directions WHERE keep_alives >= :silent_repeats)
		AND (d.retransmitted_segments >= :silent_repeats
			AND d.acked_bytes < d.new_bytes OR d.keep_alives >= :silent_repeats)
		AND d.protocol = 'tcp' AND d.state NOT IN ('unanswered', 'refused', 'syn_received')
			AND d.capture_id = :capture
), repeats AS (
	SELECT s.*, count(*) OVER (PARTITION BY s.service) AS flows,
		count(*) AS repeats, min(e.t_ns) AS from_ns, max(e.t_ns) AS to_ns,
		min(e.t_ns - coalesce(e.value_us, 0) * 1000) AS start_ns, min(e.frame) AS frame,
		count(DISTINCT e.seq) AS places
	FROM stuck s
	JOIN events e ON e.flow_id = s.flow_id AND e.direction = s.direction AND e.t_ns > s.silent_ns
	WHERE e.kind IN ('keep_alive', 'unknown') OR e.kind = 'retransmission' AND cause <> 'fast'
	GROUP BY s.flow_id, s.direction
)
SELECT subject, (to_ns - start_ns) / 1e6 AS value,
	printf('%,d repetitions in %.1f s without a packet of %s, %s%s.', repeats,
		(to_ns - start_ns) / 1e9, receiver_ip,
		iif(heard > 0, printf('which was last heard %.1f s before', (to_ns - silent_ns) / 1e9),
			'of which the capture holds nothing on this connection'),
		iif(unacked > 0, printf('; %,d bytes are not acknowledged', unacked), ''))
			AS detail,
	-- Without a packet of the other side only one direction may be captured; but who goes on repeating one segment until the
	-- end has got no answer.
	CASE WHEN 100.0 * flows < :silent_pct * (SELECT total(flows_new) FROM timeline
			WHERE capture_id = :capture AND scope = 'service' AND key = service) THEN 'note'
		WHEN heard > 0 THEN 'critical'
		WHEN places = 1 AND repeats >= 2 * :silent_repeats AND last_ns = to_ns THEN 'warning'
		WHEN sender_ip IN (SELECT iif(ends.end = 'client', f.client_ip, f.server_ip) FROM flows f
			JOIN flow_directions c ON c.flow_id = f.id AND c.direction = 'c2s'
			JOIN flow_directions s ON s.flow_id = f.id AND s.direction = 's2c'
			CROSS JOIN (SELECT 'client' AS end UNION ALL SELECT 'server') ends
			WHERE f.capture_id = :capture AND f.protocol = 'tcp' AND c.packets > 0 AND s.packets > 0) THEN 'warning'
		ELSE 'note' END AS severity,
	flow_id, from_ns AS t_ns, frame
FROM repeats
WHERE repeats >= :silent_repeats AND to_ns - start_ns >= :silent_ms * 1e6
ORDER BY value DESC
