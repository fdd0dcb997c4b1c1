-- check.sql: one scenario's databases against its truth. `check` has attached the databases as snd and rcv (and clean,
-- which without rcv_clean.pcap is rcv again) and stands in the scenario's folder.
-- Says `line<TAB>TEXT` for people, `fail<TAB>TEXT` for each failed check, and last `passed<TAB>N`.

-- The truth ---------------------------------------------------------------------------------------------------------

CREATE TEMP TABLE truth AS SELECT CAST(readfile('truth.json') AS TEXT) AS json;
CREATE TEMP TABLE scenario AS
SELECT json ->> '$.scenario' AS name, json ->> '$.rtt_us' AS rtt_us, -- of all frames the one that the wire handed on too late by most:
	max(json ->> '$.wire.forward.counts.lateness_max_us', json ->> '$.wire.backward.counts.lateness_max_us') AS lateness_us FROM truth;

-- s is the host called sender, r the receiver; a host's own tap is the one at its end.
CREATE TEMP TABLE hosts AS
SELECT 's' AS host, 'snd' AS tap, json -> '$.sender' AS json, json ->> '$.sender.address' AS address FROM truth
UNION ALL SELECT 'r', 'rcv', json -> '$.receiver', json ->> '$.receiver.address' FROM truth;

-- What nstat leaves out is zero.
CREATE TEMP TABLE counters AS
SELECT host, tap, coalesce(json ->> '$.counters.TcpRetransSegs', 0) AS retransmitted,
	coalesce(json ->> '$.counters.TcpExtTCPFastRetrans', 0) AS fast,
	coalesce(json ->> '$.counters.TcpExtTCPSlowStartRetrans', 0) AS slow_start,
	coalesce(json ->> '$.counters.TcpExtTCPTimeouts', 0) AS timeouts,
	coalesce(json ->> '$.counters.TcpExtTCPLossProbes', 0) AS probes,
	coalesce(json ->> '$.counters.TcpExtTCPDSACKRecv', 0) AS dsacks,
	coalesce(json ->> '$.counters.TcpExtTCPToZeroWindowAdv', 0) AS zero_windows,
	json ->> '$.interface.tx.packets' AS tx_packets, json ->> '$.interface.tx.bytes' AS tx_bytes,
	json ->> '$.interface.rx.packets' AS rx_packets, json ->> '$.interface.rx.bytes' AS rx_bytes
FROM hosts;

-- A flow is known by the port at the sender (s_port) and the port at the receiver (r_port).
CREATE TEMP TABLE connections AS
SELECT host, tap, iif(host = 's', local_port, remote_port) AS s_port, iif(host = 's', remote_port, local_port) AS r_port,
	outcome, sent_bytes, stall_end_ns, read_on_ns, connect_us, bytes_sent, bytes_retrans, data_segs_out, busy_us, rwnd_limited_us
FROM (SELECT host, tap, value ->> '$.local_port' AS local_port, value ->> '$.remote_port' AS remote_port,
		value ->> '$.outcome' AS outcome, value ->> '$.sent_bytes' AS sent_bytes,
		value ->> '$.stall_end_ns' AS stall_end_ns, value ->> '$.read_on_ns' AS read_on_ns,
		(value ->> '$.connected_ns') / 1000 - (value ->> '$.start_ns') / 1000 AS connect_us,
		value ->> '$.tcp_info.bytes_sent' AS bytes_sent,
		value ->> '$.tcp_info.bytes_retrans' AS bytes_retrans,
		value ->> '$.tcp_info.data_segs_out' AS data_segs_out,
		value ->> '$.tcp_info.busy_time_us' AS busy_us,
		value ->> '$.tcp_info.rwnd_limited_us' AS rwnd_limited_us
	FROM hosts, json_each(hosts.json, '$.connections'));

CREATE TEMP TABLE log (action TEXT, arrival_ns INTEGER, release_ns INTEGER, direction TEXT, why TEXT, src_port INTEGER,
	dst_port INTEGER, ip_id INTEGER, flags TEXT, seq INTEGER, ack INTEGER, window INTEGER, payload INTEGER,
	segments INTEGER, tsval INTEGER, tsecr INTEGER, frame_bytes INTEGER);
.import --csv --skip 1 wire.log log

-- Frames in and out of the wire: at the tap of its sender a frame is seen once at arrival_ns, whatever became of it; at the
-- other one each copy that was forwarded, at release_ns.
CREATE TEMP TABLE frames AS
SELECT log.rowid AS line, iif(direction = 'forward', 's', 'r') AS origin,
	iif(direction = 'forward', src_port, dst_port) AS s_port, iif(direction = 'forward', dst_port, src_port) AS r_port,
	action = 'forwarded' AS forwarded, why LIKE '%duplicate%' AS is_copy, why LIKE '%overtaken%' AS overtaken,
	flags LIKE '%S%' AS syn, flags LIKE '%S%' AND flags NOT LIKE '%A%' AS opens, flags LIKE '%R%' AS resets, arrival_ns,
	nullif(release_ns, '') AS release_ns, seq, ack, payload, payload + (flags LIKE '%S%') + (flags LIKE '%F%') AS length,
	max(segments, flags LIKE '%S%' OR flags LIKE '%F%') AS segments, frame_bytes
FROM log WHERE action NOT IN ('zero_window', 'window_open');

CREATE TEMP TABLE sightings AS
SELECT iif(origin = 's', 'snd', 'rcv') AS tap, arrival_ns AS t_ns, * FROM frames WHERE NOT is_copy
UNION ALL
SELECT iif(origin = 's', 'rcv', 'snd'), release_ns, * FROM frames WHERE forwarded;

-- Sent before: all of it ends at or below what this direction had sent already.
CREATE TEMP TABLE repeats AS
SELECT * FROM (
	SELECT frames.*, (seq - isn & 0xffffffff) + length <= max((seq - isn & 0xffffffff) + length) OVER (
		PARTITION BY origin, s_port, r_port ORDER BY arrival_ns, line
		ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS sent_before
	FROM frames JOIN (SELECT origin, s_port, r_port, min(seq) AS isn FROM frames WHERE syn GROUP BY 1, 2, 3)
		USING (origin, s_port, r_port)
	WHERE length > 0 AND NOT is_copy)
WHERE sent_before;

-- The databases -----------------------------------------------------------------------------------------------------

CREATE TEMP TABLE found_flows AS
SELECT tap, s_port, r_port, found.*
FROM (SELECT 'snd' AS tap, iif(client_ip = address, client_port, server_port) AS s_port,
		iif(client_ip = address, server_port, client_port) AS r_port,
		iif(client_ip = address, 'snd', 'rcv') AS client_tap, flows.*
	FROM snd.flows, hosts WHERE host = 's' AND protocol = 'tcp'
	UNION ALL
	SELECT 'rcv', iif(client_ip = address, client_port, server_port), iif(client_ip = address, server_port, client_port),
		iif(client_ip = address, 'snd', 'rcv'), flows.*
	FROM rcv.flows, hosts WHERE host = 's' AND protocol = 'tcp'
	UNION ALL
	SELECT 'clean', iif(client_ip = address, client_port, server_port), iif(client_ip = address, server_port, client_port),
		iif(client_ip = address, 'snd', 'rcv'), flows.*
	FROM clean.flows, hosts WHERE host = 's' AND protocol = 'tcp') AS found;

CREATE TEMP TABLE found AS
SELECT tap, iif((direction = 'c2s') = (client_tap = 'snd'), 's', 'r') AS origin, s_port, r_port, directions.*
FROM found_flows AS flows JOIN (
	SELECT 'snd' AS tap, * FROM snd.flow_directions UNION ALL SELECT 'rcv', * FROM rcv.flow_directions
	UNION ALL SELECT 'clean', * FROM clean.flow_directions) AS directions
	USING (tap) WHERE directions.flow_id = flows.id;

CREATE TEMP TABLE sums AS
SELECT tap, origin, sum(packets) AS packets, sum(bytes) AS bytes, sum(data_segments) AS data_segments,
	sum(retransmitted_segments) AS retransmitted, sum(fast_retransmissions) AS fast,
	sum(slow_start_retransmissions) AS slow_start,
	-- TCPTimeouts has the client's SYNs in it; of SYN-ACKs only some, see below.
	sum(timeout_retransmissions + iif((direction = 'c2s'), syn_retransmissions, 0)) AS timeouts,
	sum(iif(direction = 's2c', syn_retransmissions, 0)) AS syn_acks,
	sum(tail_loss_probes) AS probes,
	sum(spurious_retransmissions) AS spurious, sum(reordered_segments) AS reordered,
	sum(network_duplicates) AS doubled, sum(lost_upstream) AS lost_upstream, sum(lost_downstream) AS lost_downstream,
	sum(zero_windows) AS zero_windows, sum(zero_window_ms) AS zero_window_ms,
	sum(capture_gap_segments) AS capture_gap, sum(unknown_segments) AS unknown, sum(tap_duplicates) AS tap_duplicates
FROM found GROUP BY 1, 2;

-- The checks: found is right within the tolerance of expected ------------------------------------------------------------------

CREATE TEMP TABLE checks (tap TEXT, what TEXT, found, expected, tolerance DEFAULT 0, nullable DEFAULT 0);

-- Retransmissions, each host's at its own tap. By cause where the counter means the same: TCPFastRetrans and
-- TCPSlowStartRetrans count segments, TCPTimeouts counts expiries, of which each sends one segment; whether a repeated
-- SYN-ACK is one depends on the kernel and on what made it repeat.
INSERT INTO checks
SELECT tap, host || ': retransmitted segments (TcpRetransSegs)', sums.retransmitted, counters.retransmitted,
	max(1, counters.retransmitted * 0.01), 0
FROM counters LEFT JOIN sums USING (tap) WHERE origin = host
UNION ALL SELECT tap, host || ': fast retransmissions (TCPFastRetrans)', sums.fast, counters.fast,
	max(2, counters.fast * 0.03), 0 FROM counters JOIN sums USING (tap) WHERE origin = host
UNION ALL SELECT tap, host || ': slow start retransmissions (TCPSlowStartRetrans)', sums.slow_start, counters.slow_start,
	max(2, counters.slow_start * 0.03), 0 FROM counters JOIN sums USING (tap) WHERE origin = host
UNION ALL SELECT tap, host || ': time-outs with SYNs (TCPTimeouts)', sums.timeouts, counters.timeouts,
	max(2, counters.timeouts * 0.03) + sums.syn_acks, 0 FROM counters JOIN sums USING (tap) WHERE origin = host
-- TCPLossProbes has the probes with new data in it, which are no retransmissions: an upper bound.
UNION ALL SELECT tap, host || ': tail loss probes beyond TCPLossProbes', max(0, sums.probes - counters.probes), 0, 0, 0
FROM counters JOIN sums USING (tap) WHERE origin = host;

-- The interface counts all protocols, the capture too; in ipv6 it has sent some before the tape ran.
INSERT INTO checks
SELECT tap, 'frames in the capture (interface rx + tx)', packets, rx_packets + tx_packets, 0, 0
FROM counters JOIN (SELECT 'snd' AS tap, packets FROM snd.captures UNION ALL SELECT 'rcv', packets FROM rcv.captures)
	USING (tap), scenario
WHERE name <> 'ipv6' AND (tap = 'snd' OR name NOT IN ('any_bridge', 'capture_gap'))
UNION ALL
SELECT tap, 'bytes in the capture (interface rx + tx)', bytes,
	rx_bytes + tx_bytes + iif(name = 'vlan', 4 * (rx_packets + tx_packets), 0), 0, 0 -- the mirror's tag
FROM counters JOIN (SELECT 'snd' AS tap, bytes FROM snd.captures UNION ALL SELECT 'rcv', bytes FROM rcv.captures)
	USING (tap), scenario
WHERE name <> 'ipv6' AND (tap = 'snd' OR name NOT IN ('any_bridge', 'capture_gap'))
UNION ALL
SELECT tap, host || ': packets (interface tx)', packets, tx_packets, 0, 0
FROM counters JOIN sums USING (tap), scenario
WHERE origin = host AND name NOT IN ('ipv6', 'web') -- web: DNS, too
UNION ALL
SELECT tap, host || ': bytes (interface tx)', bytes, tx_bytes + iif(name = 'vlan', 4 * tx_packets, 0), 0, 0
FROM counters JOIN sums USING (tap), scenario
WHERE origin = host AND name NOT IN ('ipv6', 'web', 'any_bridge') OR origin = host AND name = 'any_bridge' AND tap = 'snd';

-- Frames of each flow as they passed the wire at this end.
INSERT INTO checks
SELECT tap, printf('%s %d-%d: packets (wire.log)', origin, s_port, r_port), found.packets, passed.packets, 0, 0
FROM (SELECT tap, origin, s_port, r_port, count(*) AS packets FROM sightings GROUP BY 1, 2, 3, 4) AS passed
LEFT JOIN found USING (tap, origin, s_port, r_port), scenario
WHERE tap = 'snd' OR name <> 'capture_gap' OR origin = 'r'
UNION ALL
SELECT tap, printf('%s %d-%d: bytes (wire.log)', origin, s_port, r_port), found.bytes,
	passed.bytes + passed.packets * iif(name = 'vlan', 4, 0), 0, 0
FROM (SELECT tap, origin, s_port, r_port, count(*) AS packets, sum(frame_bytes) AS bytes FROM sightings
	GROUP BY 1, 2, 3, 4) AS passed
LEFT JOIN found USING (tap, origin, s_port, r_port), scenario
WHERE tap = 'snd' OR name NOT IN ('capture_gap', 'any_bridge') OR origin = 'r' AND name = 'capture_gap';

-- `any` sees a frame several times; what counts is what the bridge's port saw. The link header of `any` (SLL2) has 20 bytes,
-- Ethernet's 14.
INSERT INTO checks
SELECT 'rcv', printf('%s %d-%d: packets (rcv_clean)', origin, s_port, r_port), rcv.packets, clean.packets, 0, 0
FROM found AS clean LEFT JOIN found AS rcv USING (origin, s_port, r_port), scenario
WHERE clean.tap = 'clean' AND rcv.tap = 'rcv' AND name = 'any_bridge'
UNION ALL
SELECT 'rcv', printf('%s %d-%d: bytes (rcv_clean)', origin, s_port, r_port), rcv.bytes, clean.bytes + 6 * clean.packets,
	0, 0
FROM found AS clean LEFT JOIN found AS rcv USING (origin, s_port, r_port), scenario
WHERE clean.tap = 'clean' AND rcv.tap = 'rcv' AND name = 'any_bridge';

-- Of the two interfaces each has seen every frame, and each frame but the first sighting is a copy. Elsewhere the file does not
-- tell interfaces.
INSERT INTO checks
SELECT 'rcv', 'interfaces', count(*), 2, 0, 0 FROM rcv.interfaces, scenario WHERE name = 'any_bridge' GROUP BY name
UNION ALL
SELECT 'rcv', printf('interface %d: frames (rcv_clean)', i.interface), i.packets, c.packets, 0, 0
FROM rcv.interfaces AS i, clean.captures AS c, scenario WHERE name = 'any_bridge'
UNION ALL
SELECT 'rcv', 'copies over all interfaces (rcv_clean)', sum(i.tap_duplicates), c.packets, 0, 0
FROM rcv.interfaces AS i, clean.captures AS c, scenario WHERE name = 'any_bridge' GROUP BY name
UNION ALL
SELECT 'snd', 'frames over an interface that is not known', sum(iif(i.interface IS NULL, i.packets, 0)), c.packets, 0, 0
FROM snd.interfaces AS i, snd.captures AS c;

-- TCP_INFO of each connection at its own tap. It counts payload only, no FIN, and each repetition.
INSERT INTO checks
SELECT tap, printf('%s %d-%d: %s', host, s_port, r_port, what), found, expected, 0, 0
FROM (
	SELECT tap, host, s_port, r_port, 'data_bytes (bytes_sent)' AS what, data_bytes AS found, bytes_sent AS expected
	FROM connections LEFT JOIN found USING (tap, s_port, r_port) WHERE origin = host
	UNION ALL SELECT tap, host, s_port, r_port, 'data_segments (data_segs_out)', data_segments, data_segs_out
	FROM connections LEFT JOIN found USING (tap, s_port, r_port) WHERE origin = host
	UNION ALL SELECT tap, host, s_port, r_port, 'retransmitted_bytes (bytes_retrans)', retransmitted_bytes, bytes_retrans
	FROM connections LEFT JOIN found USING (tap, s_port, r_port) WHERE origin = host
	UNION ALL SELECT tap, host, s_port, r_port, 'new_bytes (bytes_sent - bytes_retrans)', new_bytes,
		bytes_sent - bytes_retrans
	FROM connections LEFT JOIN found USING (tap, s_port, r_port) WHERE origin = host
	UNION ALL SELECT tap, host, s_port, r_port, 'new_bytes (sent_bytes)', new_bytes, sent_bytes
	FROM connections LEFT JOIN found USING (tap, s_port, r_port) WHERE origin = host AND outcome = 'ok'
	UNION ALL SELECT tap, host, s_port, r_port, 'acked_bytes (sent_bytes)', acked_bytes, sent_bytes
	FROM connections LEFT JOIN found USING (tap, s_port, r_port) WHERE origin = host AND outcome = 'ok');

-- Handshake: from SYN to SYN-ACK and from SYN-ACK to the client's next frame, as they passed the wire at this end; so a
-- machine that stood still meanwhile is in both numbers, and the wait for a lost SYN-ACK's time-out in neither. A SYN that
-- waited for the wire is excused by the time that the program waited for connect(), less a second for each repeated SYN. What
-- was sent twice may stay unknown. The tape that misses frames may miss one of these. A wire that hands frames on too late gets them that
-- much later than the tap has seen them.
CREATE TEMP TABLE handshakes AS
SELECT tap, s_port, r_port, syn_ack_ns, syn_ack_ns
	- (SELECT max(t_ns) FROM sightings AS syn WHERE syn.tap = answer.tap AND syn.s_port = answer.s_port
		AND syn.r_port = answer.r_port AND opens AND forwarded AND t_ns < syn_ack_ns)
	+ ack_ns
	- (SELECT max(t_ns) FROM sightings AS again WHERE again.tap = answer.tap AND again.s_port = answer.s_port
		AND again.r_port = answer.r_port AND syn AND NOT opens AND t_ns < ack_ns) AS rtt_ns, repeated,
	(SELECT count(*) FROM frames WHERE frames.s_port = answer.s_port AND frames.r_port = answer.r_port AND opens) AS syns
FROM (SELECT tap, s_port, r_port, min(t_ns) AS syn_ack_ns,
		(SELECT min(t_ns) FROM sightings AS ack WHERE ack.tap = sightings.tap AND ack.s_port = sightings.s_port
			AND ack.r_port = sightings.r_port AND ack.origin <> sightings.origin AND NOT ack.syn) AS ack_ns,
		(SELECT count(*) FROM frames WHERE frames.s_port = sightings.s_port
			AND frames.r_port = sightings.r_port AND frames.syn) > 2 AS repeated
	FROM sightings WHERE syn AND NOT opens GROUP BY 1, 2, 3) AS answer;

INSERT INTO checks
SELECT tap, printf('%d-%d: handshake_rtt_us (wire.log)', s_port, r_port), handshake_rtt_us, rtt_ns / 1000,
	1000 + lateness_us + max(0, coalesce(connect_us - (syns - 1) * 1000000 - rtt_ns / 1000, 0)),
	repeated
FROM handshakes LEFT JOIN found_flows USING (tap, s_port, r_port)
LEFT JOIN connections USING (tap, s_port, r_port), scenario
WHERE rtt_ns IS NOT NULL AND state NOT IN ('refused', 'unanswered') AND NOT (tap = 'rcv' AND name = 'capture_gap')
UNION ALL
SELECT tap, printf('%d-%d: handshake_rtt_us below the path''s', s_port, r_port),
	max(0, rtt_us - handshake_rtt_us), 0, 0, repeated
FROM handshakes LEFT JOIN found_flows USING (tap, s_port, r_port), scenario
WHERE rtt_ns IS NOT NULL AND state NOT IN ('refused', 'unanswered') AND NOT (tap = 'rcv' AND name = 'capture_gap');

-- Minimum RTT of the sender's data at its tap: from the segment into the wire to the first ACK of it out of the wire, of
-- what was sent once. Queues, jitter and machines that stood still are in both numbers. A SACK may have come earlier than the
-- ACK. With few samples all of them may have been late for the wire.
CREATE TEMP TABLE acks AS
SELECT frames.s_port, frames.r_port, frames.ack - isn & 0xffffffff AS offset, release_ns
FROM frames JOIN (SELECT s_port, r_port, min(seq) AS isn FROM frames WHERE origin = 's' AND syn GROUP BY 1, 2)
	USING (s_port, r_port)
WHERE origin = 'r' AND forwarded AND NOT resets AND NOT opens;
CREATE INDEX temp.acks_index ON acks (s_port, r_port, offset, release_ns);

CREATE TEMP TABLE round_trips AS
SELECT s_port, r_port, min(ack_ns - arrival_ns) / 1000 AS rtt_us
FROM (SELECT s_port, r_port, arrival_ns, (SELECT release_ns FROM acks
			WHERE acks.s_port = sent.s_port AND acks.r_port = sent.r_port
				AND offset >= (sent.seq - isn & 0xffffffff) + payload
			ORDER BY offset, release_ns LIMIT 1) AS ack_ns
	FROM frames AS sent JOIN (SELECT s_port, r_port, min(seq) AS isn FROM frames WHERE origin = 's' AND syn GROUP BY 1, 2)
		USING (s_port, r_port)
	WHERE origin = 's' AND forwarded AND NOT is_copy AND payload > 0
		AND (s_port, r_port, seq) NOT IN (SELECT s_port, r_port, seq FROM repeats WHERE origin = 's'))
GROUP BY 1, 2;

INSERT INTO checks
SELECT 'snd', printf('%d-%d: rtt_min_us (wire.log)', s_port, r_port), rtt_min_us,
	min(round_trips.rtt_us, max(rtt_min_us, scenario.rtt_us)), 1000 + iif(rtt_samples < 30, lateness_us, 0), 0
FROM round_trips JOIN found USING (s_port, r_port), scenario WHERE tap = 'snd' AND origin = 's' AND rtt_samples > 0
	AND round_trips.rtt_us IS NOT NULL
UNION ALL
SELECT 'snd', printf('%d-%d: rtt_min_us below the path''s', s_port, r_port), max(0, scenario.rtt_us - rtt_min_us), 0, 0, 0
FROM found, scenario WHERE tap = 'snd' AND origin = 's' AND rtt_samples > 0;

-- Zero windows: how many, how long, and that the window opened when the program read on: between the end of its pause and the end of
-- its first read. A wire that was late made the closed window longer or shorter by that.
INSERT INTO checks
SELECT sums.tap, host || ': zero windows (TCPToZeroWindowAdv)', sums.zero_windows, counters.zero_windows, 0, 0
FROM counters JOIN sums ON origin = host
WHERE sums.tap = 'rcv' OR sums.tap = 'snd'
UNION ALL
SELECT tap, 'r: zero_window_ms (wire.log)', zero_window_ms, (SELECT sum(iif(action = 'window_open', 1, -1) * arrival_ns)
	FROM log WHERE action IN ('zero_window', 'window_open')) / 1e6,
	10 + lateness_us / 1e3, 0
FROM sums, scenario WHERE origin = 'r' AND tap IN ('snd', 'rcv') AND name = 'zero_window'
UNION ALL
SELECT 'rcv', 'ms between the program''s first read after its pause and the window''s opening',
	max(stall_end_ns - t_ns, t_ns - read_on_ns, 0) / 1e6, 0, 1, 0
FROM connections, rcv.events WHERE stall_end_ns IS NOT NULL AND kind = 'zero_window_end';

-- What held the sender back. All shares together are the flow's time, but for rounding.
INSERT INTO checks
SELECT tap, printf('%s %d-%d: us of all that limited it', origin, s_port, r_port), limited_handshake_us
	+ limited_application_us + coalesce(limited_receive_window_us, 0) + limited_zero_window_us + limited_recovery_us
	+ limited_network_us, (flows.last_ns - flows.first_ns) / 1000, 6, 0
FROM found JOIN found_flows AS flows USING (tap, s_port, r_port);

-- The largest share of all flows together is the cause that the scenario has by its making. At the receiver's end too,
-- but for loss_fast, where the round trip is shorter than a timestamp's millisecond, and loss_20ms, whose eight flows fill
-- the link when the machine is busy.
CREATE TEMP TABLE shares AS
SELECT tap, sum(limited_handshake_us) AS handshake, sum(limited_application_us) AS application,
	sum(limited_receive_window_us) AS receive_window, sum(limited_zero_window_us) AS zero_window,
	sum(limited_recovery_us) AS recovery, sum(limited_network_us) AS network
FROM found WHERE origin = 's' GROUP BY tap;

INSERT INTO checks
SELECT tap, printf('s: pct of the time %s, the largest share (of %s)', cause, json), 100.0 * (json ->> cause) / total,
	100.0 * largest / total, 0, 0
FROM (SELECT tap, max(handshake, application, receive_window, zero_window, recovery, network) AS largest,
		handshake + application + receive_window + zero_window + recovery + network AS total,
		json_object('handshake', handshake, 'application', application, 'receive_window', receive_window,
			'zero_window', zero_window, 'recovery', recovery, 'network', network) AS json FROM shares),
	(SELECT CASE name WHEN 'window_limited' THEN 'receive_window' WHEN 'bufferbloat' THEN 'network'
			WHEN 'slow_writer' THEN 'application' WHEN 'zero_window' THEN 'zero_window'
			WHEN 'syn_filtered' THEN 'handshake'
			WHEN 'loss_20ms' THEN 'recovery' WHEN 'loss_fast' THEN 'recovery' WHEN 'loss_bbr' THEN 'recovery'
		END AS cause, name
	FROM scenario)
WHERE cause IS NOT NULL AND tap IN ('snd', 'rcv') AND NOT (name IN ('loss_fast', 'loss_20ms') AND tap = 'rcv');

-- TCP_INFO's own accounts of bulk senders: busy is while anything is unacknowledged; rwnd_limited, which has closed
-- windows in it, counts in ticks of 4 ms, and also what the sender holds back to send more at once (TSO).
INSERT INTO checks
SELECT tap, printf('%s %d-%d: us not limited by the application (busy_time)', host, s_port, r_port),
	coalesce(limited_receive_window_us, 0) + limited_zero_window_us + limited_recovery_us + limited_network_us, busy_us,
	max(60000, busy_us * 0.1), 0
FROM connections JOIN found USING (tap, s_port, r_port), scenario
WHERE origin = host AND bytes_sent > 100000 AND name IN ('window_limited', 'bufferbloat', 'slow_writer', 'loss_20ms',
	'loss_fast', 'loss_bbr', 'zero_window', 'healthy', 'request_response', 'burst_loss')
UNION ALL
SELECT tap, printf('%s %d-%d: us limited by the window, open or closed (rwnd_limited)', host, s_port, r_port),
	limited_receive_window_us + limited_zero_window_us, rwnd_limited_us, max(150000, rwnd_limited_us * 0.1), 0
FROM connections JOIN found USING (tap, s_port, r_port), scenario
WHERE origin = host AND bytes_sent > 100000 AND name IN ('window_limited', 'bufferbloat', 'slow_writer', 'loss_20ms',
	'loss_fast', 'loss_bbr', 'zero_window', 'healthy', 'request_response', 'burst_loss');

-- States.
INSERT INTO checks
SELECT tap, printf('flows in state %s%s', expected_state, coalesce(' by the ' || expected_reset_by, '')),
	sum((state = expected_state OR state = other_state) AND reset_by IS coalesce(expected_reset_by, reset_by)), flows, 0, 0
FROM (SELECT tap, count(DISTINCT s_port || '-' || r_port) AS flows FROM sightings WHERE opens GROUP BY tap)
LEFT JOIN found_flows USING (tap),
	(SELECT CASE name WHEN 'refused' THEN 'refused' WHEN 'syn_filtered' THEN 'unanswered'
			WHEN 'server_reset' THEN 'reset' WHEN 'dead_path' THEN 'reset'
			WHEN 'mtu_black_hole' THEN 'reset' WHEN 'half_open' THEN 'reset' ELSE 'closed' END AS expected_state,
		iif(name IN ('iperf3', 'web'), 'reset', NULL) AS other_state, -- close with data still to be read
		CASE name WHEN 'server_reset' THEN 'server' WHEN 'dead_path' THEN 'server' END AS expected_reset_by, name
	FROM scenario)
WHERE tap = 'snd' OR name <> 'capture_gap' -- the last ACK may be among what the tape missed
GROUP BY tap;

-- Where nothing is wrong nothing is found; unless the machine stood still for so long that the kernel sent something again.
INSERT INTO checks
SELECT tap, printf('%s: %s where nothing is wrong', origin, key), value, 0, 0, 0
FROM (SELECT tap, origin, json_object('retransmissions', retransmitted, 'segments lost upstream', lost_upstream,
		'segments lost downstream', lost_downstream, 'zero windows', zero_windows, 'reordered segments', reordered,
		'segments missed by the tap', capture_gap, 'unknown segments', unknown, 'duplicates of the network', doubled,
		'duplicates of the tap', tap_duplicates) AS counts
	FROM sums, scenario WHERE tap IN ('snd', 'rcv')
		AND name IN ('healthy', 'slow_writer', 'request_response', 'window_limited', 'bufferbloat')
		AND NOT (SELECT max(counters.retransmitted) FROM counters)), json_each(counts);

-- Damaged is what the wire has damaged, where all of it was captured whole, and nothing else; no route changes here.
INSERT INTO checks
SELECT tap, 'damaged packets', errors, iif(tap = 'rcv' AND name = 'corrupt',
	(SELECT json ->> '$.wire.forward.counts.corrupted' FROM truth), 0), 0, 0
FROM (SELECT 'snd' AS tap, sum(checksum_errors) AS errors FROM snd.flow_directions
	UNION ALL SELECT 'rcv', sum(checksum_errors) FROM rcv.flow_directions), scenario
UNION ALL
SELECT tap, 'changes of the TTL', changes, 0, 0, 0
FROM (SELECT 'snd' AS tap, sum(ttl_changes) AS changes FROM snd.flow_directions
	UNION ALL SELECT 'rcv', sum(ttl_changes) FROM rcv.flow_directions);

-- The overlay is what it was made as.
INSERT INTO checks
SELECT tap, 'flows in the tunnel', flows, 4, 0, 0
FROM (SELECT 'snd' AS tap, count(*) AS flows FROM snd.flows
		WHERE tunnel = 'vxlan' AND tunnel_id = 42 AND tunnel_client_ip IS NOT NULL
	UNION ALL SELECT 'rcv', count(*) FROM rcv.flows WHERE tunnel = 'vxlan' AND tunnel_id = 42), scenario
WHERE name = 'vxlan';

-- Late is not lost.
INSERT INTO checks
SELECT tap, origin || ': segments lost where all were only late', lost_upstream + lost_downstream, 0, 1, 0
FROM sums, scenario WHERE tap IN ('snd', 'rcv') AND name IN ('reorder', 'reorder_far');

-- What the tape misses is the tape's fault.
INSERT INTO checks
SELECT 'rcv', 's: segments missed by the tap (rcv_clean)', rcv.capture_gap, clean.data_segments - rcv.data_segments,
	(clean.data_segments - rcv.data_segments) * 0.2, 0
FROM sums AS rcv, sums AS clean, scenario
WHERE rcv.tap = 'rcv' AND clean.tap = 'clean' AND rcv.origin = 's' AND clean.origin = 's' AND name = 'capture_gap';

-- What is said ------------------------------------------------------------------------------------------------------

SELECT 'line', printf('%-16s snd  again %d/%d  fast %d/%d  timer %d/%d  slow %d/%d  probe %d/%d  dsack %d/%d', name,
	sums.retransmitted, counters.retransmitted, sums.fast, counters.fast, sums.timeouts, counters.timeouts,
	sums.slow_start, counters.slow_start, sums.probes, counters.probes, sums.spurious, counters.dsacks)
FROM scenario, counters LEFT JOIN sums USING (tap) WHERE tap = 'snd' AND origin = 's';

-- At the far end nothing is promised of the sender's segments: the numbers are for people.
SELECT 'line', printf('%-16s rcv  again %d/%d  from afar: again %d/%d  late %d/%d  doubled %d/%d  lost %d/%d', name,
	own.retransmitted, counters.retransmitted, far.retransmitted,
	(SELECT coalesce(sum(segments), 0) FROM repeats WHERE origin = 's' AND forwarded),
	far.reordered, (SELECT count(*) FROM frames WHERE origin = 's' AND overtaken AND payload > 0 AND NOT is_copy
		AND line NOT IN (SELECT line FROM repeats)),
	far.doubled, (SELECT count(*) FROM frames WHERE origin = 's' AND is_copy AND forwarded AND payload > 0),
	far.lost_upstream, (SELECT coalesce(sum(segments), 0) FROM frames
		WHERE origin = 's' AND NOT forwarded AND payload > 0))
FROM scenario, counters JOIN sums AS own USING (tap) JOIN sums AS far USING (tap)
WHERE tap = 'rcv' AND own.origin = 'r' AND far.origin = 's';

-- A number that is missing is wrong.
CREATE TEMP TABLE verdicts AS
SELECT *, coalesce(abs(found - expected) <= tolerance, nullable AND found IS NULL) AS passed FROM checks;
SELECT 'fail', printf('%s: %s: found %s, expected %s%s', tap, what, coalesce(found, 'nothing'), coalesce(expected, 'nothing'),
	iif(tolerance > 0, printf(', tolerance %.10g', tolerance), ''))
FROM verdicts WHERE NOT passed;
SELECT 'passed', coalesce(sum(passed), 0) FROM verdicts;
