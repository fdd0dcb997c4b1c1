-- title: Connections open only after their SYN was repeated
-- severity: warning
-- layer: L4
-- rank: 32
-- explanation: The first SYN or its answer was lost, or the server ignored it. Each such connection opens a second late,
-- explanation: or three. Programs see it as a rare delay of exactly 1 s or 3 s.
-- advice: Where the SYN was repeated: is it lost on the way (loss, a policer, a full conntrack table: `conntrack -S`,
-- advice: `dmesg`), or does the server drop it (`nstat -az TcpExtListenDrops TcpExtListenOverflows
-- advice: TcpExtTCPReqQFullDrop`)?
-- threshold: late_handshakes 3 connections to one service that opened late
-- threshold: late_handshakes_pct 3 % of the service's connections in the capture
-- Where data is lost as well, SYNs are lost with it: that is loss, unless handshakes suffer much more.
WITH late AS (
	SELECT d.service, d.server_ip, d.flow_id, d.direction, d.syn_retransmissions AS repeats
	FROM directions d
	WHERE d.retransmitted_segments > 0 AND d.syn_retransmissions > 0 AND d.state NOT IN ('unanswered', 'refused')
		AND d.capture_id = :capture
), services AS (
	SELECT service, server_ip, flow_id, max(repeats) AS most, count(DISTINCT flow_id) AS flows,
		sum(iif(direction = 'c2s', repeats, 0)) AS syns, sum(iif(direction = 's2c', repeats, 0)) AS answers
	FROM late
	GROUP BY service
	HAVING count(DISTINCT flow_id) >= :late_handshakes
)
SELECT service AS subject, flows AS value,
	printf('%,d connection%s opened late: %,d SYN%s and %,d SYN-ACK%s repeated.', flows,
		iif(flows = 1, '', 's'), syns, iif(syns = 1, '', 's'), answers, iif(answers = 1, '', 's')) AS detail,
	flow_id, server_ip AS address,
	(SELECT t_ns FROM events e WHERE e.flow_id = services.flow_id AND kind = 'syn_retransmission' ORDER BY t_ns LIMIT 1)
		AS t_ns,
	(SELECT frame FROM events e WHERE e.flow_id = services.flow_id AND kind = 'syn_retransmission'
		ORDER BY t_ns LIMIT 1) AS frame
FROM services
WHERE 100.0 * flows >= :late_handshakes_pct * (SELECT sum(flows_new) FROM timeline
		WHERE capture_id = :capture AND scope = 'service' AND key = service)
	AND 1.0 * flows >= 5.0 * (SELECT sum(flows_new) * (sum(lost_upstream) + sum(lost_downstream)) / max(1,
		sum(data_segments)) FROM timeline
		WHERE capture_id = :capture AND scope = 'service' AND key = service)
ORDER BY value DESC
