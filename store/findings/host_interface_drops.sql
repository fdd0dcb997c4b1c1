-- title: The host's interface dropped packets
-- severity: warning
-- layer: host
-- rank: 20
-- explanation: The interface or its driver had no room for packets while this was recorded: a loss that this host makes itself.
-- advice: `ethtool -S DEV | grep -iE 'drop|miss|fifo'`, then larger rings (`ethtool -G DEV rx N tx N`), more queues (`ethtool -L`), and interrupts on more processors.
-- threshold: host_interface_drops 10 packets dropped
-- explains: loss_upstream loss_downstream burst_loss tail_loss capture_gaps udp_loss
SELECT coalesce(c.host, 'the recording host') AS subject, sum(coalesce(interface_rx_drops, 0) + coalesce(interface_tx_drops, 0)) AS value,
	printf('the interface dropped %d packets, in %d intervals', sum(coalesce(interface_rx_drops, 0) + coalesce(interface_tx_drops, 0)), count(*)) AS detail,
	h.t_ns, '*' AS address, 'frame' AS filter
FROM host_counters h
JOIN captures c ON c.id = h.capture_id
WHERE h.capture_id = :capture AND coalesce(interface_rx_drops, 0) + coalesce(interface_tx_drops, 0) > 0
GROUP BY h.capture_id
HAVING sum(coalesce(interface_rx_drops, 0) + coalesce(interface_tx_drops, 0)) >= :host_interface_drops AND max(coalesce(interface_rx_drops, 0) + coalesce(interface_tx_drops, 0))
