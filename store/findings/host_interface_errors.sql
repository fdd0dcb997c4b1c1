-- title: The host's interface counts errors
-- severity: warning
-- layer: host
-- rank: 21
-- explanation: Frames came damaged from the wire (CRC, length, FIFO): cable, optic, duplex mismatch, or the interface itself.
-- advice: `ethtool -S DEV | grep -iE 'err|crc'` and `ethtool DEV` (speed and duplex) on both ends of the cable; change cable or optic.
-- threshold: host_interface_errors 5 frames with errors
-- explains: loss_upstream loss_downstream burst_loss tail_loss checksum_errors udp_loss
SELECT coalesce(c.host, 'the recording host') AS subject, sum(coalesce(interface_rx_errors, 0) + coalesce(interface_tx_errors, 0)) AS value,
	printf('the interface counted %d errors, in %d intervals', sum(coalesce(interface_rx_errors, 0) + coalesce(interface_tx_errors, 0)), count(*)) AS detail,
	h.t_ns, '*' AS address, 'frame' AS filter
FROM host_counters h
JOIN captures c ON c.id = h.capture_id
WHERE h.capture_id = :capture AND coalesce(interface_rx_errors, 0) + coalesce(interface_tx_errors, 0) > 0
GROUP BY h.capture_id
HAVING sum(coalesce(interface_rx_errors, 0) + coalesce(interface_tx_errors, 0)) >= :host_interface_errors AND max(coalesce(interface_rx_errors, 0) + coalesce(interface_tx_errors, 0))
