-- title: The host's kernel dropped packets because its backlog was full
-- severity: warning
-- layer: host
-- rank: 22
-- explanation: Packets came faster than a processor took them from its queue (softnet backlog), often because one processor serves all interrupts.
-- advice: `cat /proc/net/softnet_stat` (second column, by processor); raise `net.core.netdev_max_backlog`, spread the load (RSS: `ethtool -L`, RPS), and `net.core.netdev_budget`.
-- threshold: host_softnet_drops 1 packets dropped
-- explains: loss_upstream loss_downstream burst_loss tail_loss capture_gaps udp_loss
SELECT coalesce(c.host, 'the recording host') AS subject, sum(softnet_drops) AS value,
	printf('the backlog dropped %d packets, in %d intervals', sum(softnet_drops), count(*)) AS detail,
	h.t_ns, '*' AS address, 'frame' AS filter
FROM host_counters h
JOIN captures c ON c.id = h.capture_id
WHERE h.capture_id = :capture AND softnet_drops > 0
GROUP BY h.capture_id
HAVING sum(softnet_drops) >= :host_softnet_drops AND max(softnet_drops)
