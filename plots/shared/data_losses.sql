-- gone: data segments of a capture that were lost, and those of them that never passed the tap. Needs `flow_range`.
gone AS ( -- what was lost beyond the data sent again may be a SYN or FIN: that is no data. What was sent again needlessly is not in it
	SELECT coalesce(sum(max(min(lost_upstream + lost_downstream, retransmitted_segments - syn_retransmissions - fin_retransmissions),
			lost_upstream + lost_downstream - syn_retransmissions - fin_retransmissions, 0)), 0) AS lost,
		coalesce(sum(max(min(lost_upstream, retransmitted_segments - syn_retransmissions - fin_retransmissions),
			lost_upstream - syn_retransmissions - fin_retransmissions)), 0) AS unseen
	FROM range
	CROSS JOIN flow_directions
	WHERE retransmitted_segments > 0 AND flow_id > low AND flow_id <= high
),
