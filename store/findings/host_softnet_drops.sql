-- title: The host's kernel dropped packets because its backlog was full
-- severity: warning
-- layer: host
-- rank: 22
-- explanation: Packets came faster than a processor took them from its queue (softnet backlog), often because one
-- explanation: processor serves all interrupts.
-- advice: `cat /proc/net/softnet_stat` (second column, by processor); raise `net.core.netdev_max_backlog`, spread the
-- advice: load (RSS: `ethtool -L`, RPS), and `net.core.netdev_budget`.
-- threshold: host_softnet_drops 1 packets dropped
-- explains: loss_upstream loss_downstream burst_loss tail_loss capture_gaps udp_loss
-- It explains losses as far as it can have made them.
WITH counted AS (
	SELECT capture_id, t_ns, softnet_drops AS amount
	FROM host_counters
	WHERE capture_id = :capture
)
SELECT coalesce(c.host, 'the recording host') AS subject, sum(amount) AS value,
	printf('The backlog dropped %,d packet%s, in %d interval%s.', sum(amount), iif(sum(amount) = 1, '', 's'), count(*),
		iif(count(*) = 1, '', 's')) AS detail,
	t_ns,
	iif(2 * sum(amount) + 10 >= (SELECT total(lost_upstream + lost_downstream) FROM timeline
		WHERE capture_id = :capture AND scope = 'all'), '*', NULL) AS address, 'frame' AS filter
FROM counted
JOIN captures c ON c.id = capture_id
WHERE amount > 0
GROUP BY capture_id
HAVING sum(amount) >= :host_softnet_drops AND max(amount) -- t_ns is of the worst interval
