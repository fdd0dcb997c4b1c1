-- title: Packets are lost from one hop on
-- severity: warning
-- layer: L3
-- rank: 15
-- explanation: A traceroute or mtr that passed by lost probes at a hop and at all hops behind it up to the destination: the
-- explanation: loss happens on the link to that hop, or on the way back from it. Loss at a single hop in the middle alone is
-- explanation: no loss: routers limit how many probes they answer.
-- advice: Ask who runs that hop and the one before it, with the addresses in the detail; run mtr in the other direction too,
-- advice: because the way back may be another one.
-- threshold: path_loss_pct 5 % of the probes to the destination, and to each hop from this one on, got no answer
-- explains: ping_loss
WITH levels AS (
	SELECT source_ip, destination_ip, protocol, ttl, max(reached) AS reached, max(probes) AS probes, sum(replies)
		AS replies,
		group_concat(address, ', ') AS who, min(first_ns) AS first_ns, min(first_frame) AS first_frame,
		100.0 * max(max(probes) - sum(replies), 0) / nullif(max(probes), 0) AS loss_pct
	FROM hops
	WHERE capture_id = :capture
	GROUP BY source_ip, destination_ip, protocol, ttl
), ends AS (
	SELECT source_ip, destination_ip, protocol, min(ttl) AS last_ttl
	FROM levels
	WHERE reached
	GROUP BY source_ip, destination_ip, protocol
), traces AS (
	SELECT *,
		-- The smallest loss from here to the destination.
		min(loss_pct) OVER (PARTITION BY source_ip, destination_ip, protocol ORDER BY ttl
			ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS loss_from_here,
		lag(who) OVER (PARTITION BY source_ip, destination_ip, protocol ORDER BY ttl) AS before
	FROM levels
	JOIN ends USING (source_ip, destination_ip, protocol)
	WHERE ttl <= last_ttl
), begins AS (
	SELECT *, min(ttl) AS hop -- the other columns are of this hop
	FROM traces
	WHERE loss_from_here >= :path_loss_pct AND probes >= 10
	GROUP BY source_ip, destination_ip, protocol
)
SELECT source_ip || ' > ' || destination_ip AS subject, destination_ip AS address, first_ns AS t_ns, first_frame AS frame,
	loss_from_here AS value,
	printf('From hop %d (%s)%s on, at least %.1f %% of the probes are lost; %.1f %% of %d at this hop', hop,
		coalesce(who, 'no answer'),
		coalesce(', behind ' || before || ',', ''), loss_from_here, loss_pct, probes) AS detail,
	printf('%s == %s || icmp.type == 11 || icmpv6.type == 3', iif(destination_ip LIKE '%:%', 'ipv6.addr', 'ip.addr'),
		destination_ip) AS filter
FROM begins
ORDER BY value DESC, subject;
