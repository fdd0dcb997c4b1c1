-- title: The host's interface dropped packets
-- severity: warning
-- layer: host
-- rank: 20
-- explanation: The interface or its driver had no room for packets while this was recorded: a loss that this host makes
-- explanation: itself.
-- advice: `ethtool -S DEV | grep -iE 'drop|miss|fifo'`, then larger rings (`ethtool -G DEV rx N tx N`), more queues
-- advice: (`ethtool -L`), and interrupts on more processors.
-- threshold: host_interface_drops 10 packets dropped
-- explains: loss_upstream loss_downstream burst_loss tail_loss capture_gaps udp_loss
-- It explains losses as far as it can have made them.
WITH counted AS (
	SELECT capture_id, t_ns, coalesce(interface_rx_drops, 0) + coalesce(interface_tx_drops, 0) AS amount
	FROM host_counters
	WHERE capture_id = :capture
)
SELECT coalesce(c.host, 'the recording host') AS subject, sum(amount) AS value,
	printf('The interface dropped %,d packets, in %d interval%s.', sum(amount), count(*),
		iif(count(*) = 1, '', 's')) AS detail,
	t_ns,
	iif(2 * sum(amount) + 10 >= (SELECT total(lost_upstream + lost_downstream) FROM timeline
		WHERE capture_id = :capture AND scope = 'all'), '*', NULL) AS address, 'frame' AS filter
FROM counted
JOIN captures c ON c.id = capture_id
WHERE amount > 0
GROUP BY capture_id
HAVING sum(amount) >= :host_interface_drops AND max(amount) -- t_ns is of the worst interval
