-- title: A receiver closed its window: its program does not read
-- severity: warning
-- layer: L4
-- rank: 20
-- explanation: The receiving host's buffer was full because its program did not take the data in time, so the sender had
-- explanation: to stop. The network is not at fault.
-- advice: On the receiver see which program it is and what it waits for: `ss -tnpm` (Recv-Q stays high), `top`, `strace
-- advice: -p PID`, its garbage collector, its disk; a larger receive buffer (`net.ipv4.tcp_rmem`) bridges only short
-- advice: pauses.
-- threshold: zero_window_ms 200 ms that windows were closed; less is a note
-- threshold: zero_window_dead_ms 5000 ms closed to the end of the flow: it died of it
-- explains: small_window tail_loss slow_server slow_client spurious_retransmissions half_open reset bufferbloat jitter
WITH seen AS ( -- nothing is read where there is nothing
	SELECT 1 FROM timeline WHERE capture_id = :capture AND scope = 'all' GROUP BY capture_id HAVING sum(zero_windows) > 0
), closed AS (
	SELECT subject, sender_ip, flow_id, direction, zero_windows, zero_window_ms,
		(SELECT kind = 'zero_window' FROM events e WHERE e.flow_id = directions.flow_id
			AND e.direction = directions.direction
			AND kind IN ('zero_window', 'zero_window_end') ORDER BY id DESC LIMIT 1) AS for_good
	FROM seen
	CROSS JOIN directions
	WHERE zero_windows > 0 AND capture_id = :capture
)
SELECT subject, zero_window_ms AS value,
	printf('%s closed its window %s, for %s in all%s.', sender_ip, iif(zero_windows = 1, 'once',
		printf('%,d times', zero_windows)),
		iif(zero_window_ms < 1e4, printf('%.0f ms', zero_window_ms), printf('%.1f s', zero_window_ms / 1e3)),
		iif(for_good, ', and did not open it again', '')) AS detail,
	CASE WHEN for_good AND zero_window_ms >= :zero_window_dead_ms THEN 'critical'
		WHEN zero_window_ms >= :zero_window_ms THEN 'warning' ELSE 'note' END AS severity,
	flow_id,
	(SELECT t_ns FROM events e WHERE e.flow_id = closed.flow_id AND e.direction = closed.direction
		AND kind = 'zero_window' ORDER BY t_ns LIMIT 1) AS t_ns,
	(SELECT frame FROM events e WHERE e.flow_id = closed.flow_id AND e.direction = closed.direction
		AND kind = 'zero_window' ORDER BY t_ns LIMIT 1) AS frame
FROM closed
ORDER BY value DESC
