-- title: The host's interface counts errors
-- severity: warning
-- layer: host
-- rank: 21
-- explanation: Frames came damaged from the wire (CRC, length, FIFO): cable, optic, duplex mismatch, or the interface
-- explanation: itself.
-- advice: `ethtool -S DEV | grep -iE 'err|crc'` and `ethtool DEV` (speed and duplex) on both ends of the cable; change
-- advice: cable or optic.
-- threshold: host_interface_errors 5 frames with errors
-- explains: loss_upstream loss_downstream burst_loss tail_loss checksum_errors udp_loss
-- It explains losses as far as it can have made them.
WITH counted AS (
	SELECT capture_id, t_ns, coalesce(interface_rx_errors, 0) + coalesce(interface_tx_errors, 0) AS amount
	FROM host_counters
	WHERE capture_id = :capture
)
SELECT coalesce(c.host, 'the recording host') AS subject, sum(amount) AS value,
	printf('The interface counted %,d errors, in %d interval%s.', sum(amount), count(*),
		iif(count(*) = 1, '', 's')) AS detail,
	t_ns,
	iif(2 * sum(amount) + 10 >= (SELECT total(lost_upstream + lost_downstream) FROM timeline
		WHERE capture_id = :capture AND scope = 'all'), '*', NULL) AS address, 'frame' AS filter
FROM counted
JOIN captures c ON c.id = capture_id
WHERE amount > 0
GROUP BY capture_id
HAVING sum(amount) >= :host_interface_errors AND max(amount) -- t_ns is of the worst interval
