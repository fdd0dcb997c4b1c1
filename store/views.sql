-- views.sql: the tables for people. Made anew whenever wiretape writes the database, so they may be changed without fear.
-- Times are UTC, cut to milliseconds; durations say their unit.

-- One row per input file.
DROP VIEW IF EXISTS captures_view;
CREATE VIEW captures_view AS
SELECT id,
	path,
	strftime('%Y-%m-%dT%H:%M:%S', first_ns / 1000000000, 'unixepoch')
		|| printf('.%03dZ', first_ns / 1000000 % 1000) AS first,
	round((last_ns - first_ns) / 1e9, 3) AS seconds,
	packets,
	bytes,
	flows,
	round(capture_loss_pct, 3) AS capture_loss_pct,
	kernel_drops,
	truncated,
	error
FROM captures;

-- One row per flow, with the sums and the worse of its two directions.
DROP VIEW IF EXISTS flows_view;
CREATE VIEW flows_view AS
SELECT f.id,
	f.capture_id,
	f.protocol,
	f.client,
	f.server,
	strftime('%Y-%m-%dT%H:%M:%S', f.first_ns / 1000000000, 'unixepoch')
		|| printf('.%03dZ', f.first_ns / 1000000 % 1000) AS first,
	round((f.last_ns - f.first_ns) / 1e9, 3) AS seconds,
	f.state,
	u.packets + d.packets AS packets,
	u.bytes AS bytes_up,
	d.bytes AS bytes_down,
	round((u.new_bytes + d.new_bytes) * 8000.0 / nullif(f.last_ns - f.first_ns, 0), 3) AS mbit_per_s,
	round(f.handshake_rtt_us / 1e3, 3) AS handshake_ms,
	round((u.rtt_p50_us + d.rtt_p50_us) / 1e3, 3) AS rtt_ms,
	u.retransmitted_segments + d.retransmitted_segments AS retransmitted,
	round(100.0 * (u.retransmitted_segments - u.syn_retransmissions - u.fin_retransmissions
		+ d.retransmitted_segments - d.syn_retransmissions - d.fin_retransmissions)
		/ nullif(u.data_segments + d.data_segments, 0), 3) AS retrans_pct,
	-- What held back the side that sent more data, and for how much of the flow's time.
	iif(u.data_bytes > d.data_bytes, u.limited_by, d.limited_by) AS limited_by,
	round(iif(u.data_bytes > d.data_bytes, u.limited_pct, d.limited_pct), 1) AS limited_pct,
	-- The first of what address_names would say, read along its index; nothing is looked up where these are not asked for.
	(SELECT n.name FROM names n WHERE n.address = f.client_ip AND n.port IS NULL
		AND (n.capture_id = f.capture_id OR n.capture_id IS NULL)
		ORDER BY instr('hosts pod service dns http sni', n.source), n.port IS NULL, n.rowid LIMIT 1) AS client_name,
	(SELECT n.name FROM names n WHERE n.address = f.server_ip AND (n.port = f.server_port OR n.port IS NULL)
		AND (n.capture_id = f.capture_id OR n.capture_id IS NULL)
		ORDER BY instr('hosts pod service dns http sni', n.source), n.port IS NULL, n.rowid LIMIT 1) AS server_name
FROM flows f
JOIN flow_directions u ON u.flow_id = f.id AND u.direction = 'c2s'
JOIN flow_directions d ON d.flow_id = f.id AND d.direction = 's2c';

-- The best name of each address, and how many it has: given ones first, then what the capture itself says, the first seen of them
-- first. Rows with a port are of one service alone; the others hold for all ports.
DROP VIEW IF EXISTS address_names;
CREATE VIEW address_names AS
SELECT capture_id, address, port, name, source, names
FROM (
	SELECT capture_id, address, port, name, source, count(*) AS names,
		min((instr('hosts pod service dns http sni', source) << 48) + id) AS best -- the row whose name this is
	FROM (
		SELECT capture_id, address, port, name, source, rowid AS id FROM names WHERE capture_id IS NOT NULL
		UNION ALL
		SELECT c.id, n.address, n.port, n.name, n.source, n.rowid FROM names n, captures c WHERE n.capture_id IS NULL
	)
	GROUP BY capture_id, address, port
);

-- One row per event, with its flow.
DROP VIEW IF EXISTS events_view;
CREATE VIEW events_view AS
SELECT e.id,
	strftime('%Y-%m-%dT%H:%M:%S', e.t_ns / 1000000000, 'unixepoch')
		|| printf('.%03dZ', e.t_ns / 1000000 % 1000) AS time,
	round((e.t_ns - f.first_ns) / 1e9, 6) AS seconds, -- since the flow's first packet
	e.frame,
	e.flow_id,
	f.client_ip || CASE e.direction WHEN 'c2s' THEN ' > ' ELSE ' < ' END || f.server AS flow,
	e.kind,
	e.cause,
	e.seq,
	e.len,
	round(e.value_us / 1e3, 3) AS value_ms,
	e.evidence
FROM events e
JOIN flows f ON f.id = e.flow_id;

-- One row per interval, scope and key: what a first look needs.
DROP VIEW IF EXISTS timeline_view;
CREATE VIEW timeline_view AS
SELECT capture_id,
	strftime('%Y-%m-%dT%H:%M:%S', t_ns / 1000000000, 'unixepoch')
		|| printf('.%03dZ', t_ns / 1000000 % 1000) AS time,
	scope,
	key,
	packets,
	round(bytes * 8 / (interval_ms * 1000), 3) AS mbit_per_s,
	round(goodput_mbps, 3) AS goodput_mbps,
	round(retrans_pct, 3) AS retrans_pct,
	round(loss_pct, 3) AS loss_pct,
	round(rtt_p50_ms, 3) AS rtt_p50_ms,
	round(rtt_p95_ms, 3) AS rtt_p95_ms,
	zero_windows,
	resets,
	flows_new,
	flows_active
FROM timeline;

-- One row per segment of a ring: how much it holds, and what it lacks.
DROP VIEW IF EXISTS segments_view;
CREATE VIEW segments_view AS
SELECT sequence,
	strftime('%Y-%m-%dT%H:%M:%S', opened_ns / 1000000000, 'unixepoch')
		|| printf('.%03dZ', opened_ns / 1000000 % 1000) AS opened,
	round((closed_ns - opened_ns) / 1e9, 3) AS seconds,
	packets,
	bytes,
	file_bytes,
	round(1.0 * captured_bytes / nullif(file_bytes, 0), 1) AS compressed, -- times smaller
	kernel_drops + interface_drops + pool_drops AS drops,
	watcher_skipped,
	compress_level,
	ended_by,
	name
FROM segments;

-- One row per incident.
DROP VIEW IF EXISTS incidents_view;
CREATE VIEW incidents_view AS
SELECT strftime('%Y-%m-%dT%H:%M:%S', t_ns / 1000000000, 'unixepoch')
		|| printf('.%03dZ', t_ns / 1000000 % 1000) AS time,
	trigger,
	scope,
	key,
	round((to_ns - from_ns) / 1e9, 3) AS seconds,
	segments,
	file_bytes,
	state,
	name
FROM incidents;

-- Two rows per TCP flow, one for each end: what its socket went through (RFC 9293 3.3.2), as far as packets at the tap tell. Times that
-- never came are the largest number. A side that sends its FIN after it has acknowledged the other's is the passive one.
DROP VIEW IF EXISTS socket_times;
CREATE VIEW socket_times AS
SELECT f.capture_id,
	f.id AS flow_id,
	e.direction,
	iif(e.direction = 'c2s', f.client_ip, f.server_ip) AS address,
	iif(e.direction = 'c2s', f.client_port, f.server_port) AS port,
	f.server_ip,
	f.server_port,
	-- What comes before ESTAB: SYN-SENT, SYN-RECV. Linux gives up after 127 s, and after 63 s.
	iif(e.direction = 'c2s', f.syn_ns, f.syn_ack_ns) AS opened_ns,
	iif(e.direction = 'c2s', f.syn_ns + 127000000000, f.syn_ack_ns + 63000000000) AS given_up_ns,
	coalesce(CASE
		WHEN f.established_ns IS NULL AND (f.state IN ('unanswered', 'refused', 'syn_received')
			OR f.state = 'reset' AND coalesce(f.syn_ns, f.syn_ack_ns) IS NOT NULL) THEN NULL
		WHEN e.direction = 'c2s' THEN coalesce(f.syn_ack_ns, f.established_ns, f.first_ns)
		ELSE coalesce(f.established_ns, f.first_ns) END, 9223372036854775807) AS established_ns,
	coalesce(iif(e.direction = 'c2s', c.fin_ns, s.fin_ns), 9223372036854775807) AS fin_ns,
	coalesce(iif(e.direction = 'c2s', c.fin_acked_ns, s.fin_acked_ns), 9223372036854775807) AS fin_acked_ns,
	coalesce(iif(e.direction = 'c2s', s.fin_acked_ns, c.fin_acked_ns), 9223372036854775807) AS peer_fin_ns, -- when it had that and said so
	coalesce(f.reset_ns, iif(f.state IN ('reset', 'refused'), f.last_ns, 9223372036854775807)) AS reset_ns,
	coalesce(iif(e.direction = 'c2s', s.fin_acked_ns <= c.fin_ns, c.fin_acked_ns <= s.fin_ns), 0) AS passive
FROM flow_directions c -- each flow is looked up once, for both of its ends
JOIN flow_directions s ON s.flow_id = c.flow_id AND s.direction = 's2c'
JOIN flows f ON f.id = c.flow_id
CROSS JOIN (SELECT 'c2s' AS direction UNION ALL SELECT 's2c') e
-- Databases that were written before wiretape kept these times say nothing of what was closed.
WHERE c.direction = 'c2s' AND f.protocol = 'tcp'
	AND (f.state NOT IN ('closed', 'half_closed') OR coalesce(c.fin_ns, s.fin_ns) IS NOT NULL);

-- One row per state that a socket was in, as `ss` calls it: from when until when (NULL: for good). What is closed has no row.
DROP VIEW IF EXISTS socket_spans;
CREATE VIEW socket_spans AS
SELECT capture_id, flow_id, direction, address, port, state, from_ns, nullif(until_ns, 9223372036854775807) AS until_ns
FROM (
	SELECT t.capture_id, t.flow_id, t.direction, t.address, t.port,
		iif(s.state = 'SYN-SENT' AND t.direction = 's2c', 'SYN-RECV', s.state) AS state,
		CASE s.state
			WHEN 'SYN-SENT' THEN t.opened_ns
			WHEN 'ESTAB' THEN t.established_ns
			WHEN 'CLOSE-WAIT' THEN iif(t.passive OR t.fin_ns = 9223372036854775807, t.peer_fin_ns, NULL)
			WHEN 'LAST-ACK' THEN iif(t.passive, t.fin_ns, NULL)
			WHEN 'FIN-WAIT-1' THEN iif(t.passive, NULL, t.fin_ns)
			WHEN 'FIN-WAIT-2' THEN iif(t.passive, NULL, t.fin_acked_ns)
			WHEN 'CLOSING' THEN iif(t.passive OR t.fin_ns = 9223372036854775807, NULL, t.peer_fin_ns)
			WHEN 'TIME-WAIT' THEN iif(t.passive, NULL, max(t.fin_acked_ns, t.peer_fin_ns))
		END AS from_ns,
		CASE s.state
			WHEN 'SYN-SENT' THEN min(t.established_ns, t.reset_ns, t.given_up_ns)
			WHEN 'ESTAB' THEN min(t.fin_ns, t.peer_fin_ns, t.reset_ns)
			WHEN 'CLOSE-WAIT' THEN min(t.fin_ns, t.reset_ns)
			WHEN 'LAST-ACK' THEN min(t.fin_acked_ns, t.reset_ns)
			WHEN 'FIN-WAIT-1' THEN min(t.fin_acked_ns, t.peer_fin_ns, t.reset_ns)
			WHEN 'FIN-WAIT-2' THEN min(t.peer_fin_ns, t.reset_ns)
			WHEN 'CLOSING' THEN min(t.fin_acked_ns, t.reset_ns)
			WHEN 'TIME-WAIT' THEN min(iif(max(t.fin_acked_ns, t.peer_fin_ns) = 9223372036854775807, 0,
				max(t.fin_acked_ns, t.peer_fin_ns) + 60000000000), t.reset_ns) -- 60 s on Linux
		END AS until_ns
	FROM (SELECT * FROM socket_times LIMIT -1) t -- not flattened, so that the times are looked up once for all states
	CROSS JOIN (SELECT 'SYN-SENT' AS state UNION ALL SELECT 'ESTAB' UNION ALL SELECT 'CLOSE-WAIT' UNION ALL SELECT 'LAST-ACK'
		UNION ALL SELECT 'FIN-WAIT-1' UNION ALL SELECT 'FIN-WAIT-2' UNION ALL SELECT 'CLOSING' UNION ALL SELECT 'TIME-WAIT') s
)
WHERE from_ns < until_ns;

-- One row per TCP flow: both sockets when the capture ended. NULL: no packet says that there was one. The same rules as those of
-- socket_spans, but for one moment, and so in one pass.
DROP VIEW IF EXISTS sockets;
CREATE VIEW sockets AS
SELECT capture_id,
	flow_id,
	max(iif(direction = 'c2s', address, NULL)) AS client_ip,
	max(iif(direction = 'c2s', port, NULL)) AS client_port,
	max(iif(direction = 's2c', address, NULL)) AS server_ip,
	max(iif(direction = 's2c', port, NULL)) AS server_port,
	max(iif(direction = 'c2s', state, NULL)) AS client_state,
	max(iif(direction = 's2c', state, NULL)) AS server_state
FROM (
	SELECT t.capture_id, t.flow_id, t.direction, t.address, t.port,
		CASE
			WHEN t.opened_ns IS NULL AND t.established_ns > c.last_ns THEN NULL
			WHEN t.reset_ns <= c.last_ns THEN 'CLOSED'
			WHEN t.established_ns > c.last_ns THEN iif(t.given_up_ns <= c.last_ns, 'CLOSED',
				iif(t.direction = 'c2s', 'SYN-SENT', 'SYN-RECV'))
			WHEN t.fin_ns > c.last_ns THEN iif(t.peer_fin_ns <= c.last_ns, 'CLOSE-WAIT', 'ESTAB')
			WHEN t.passive THEN iif(t.fin_acked_ns <= c.last_ns, 'CLOSED', 'LAST-ACK')
			WHEN max(t.fin_acked_ns, t.peer_fin_ns) <= c.last_ns
				THEN iif(max(t.fin_acked_ns, t.peer_fin_ns) <= c.last_ns - 60000000000, 'CLOSED', 'TIME-WAIT')
			WHEN t.fin_acked_ns <= c.last_ns THEN 'FIN-WAIT-2'
			WHEN t.peer_fin_ns <= c.last_ns THEN 'CLOSING'
			ELSE 'FIN-WAIT-1'
		END AS state
	FROM socket_times t
	JOIN captures c ON c.id = t.capture_id
)
GROUP BY flow_id;

-- One row per TCP flow: what it took until when, in ms, as `curl -w` shows it. It begins with the SYN, and before that the look-up of the
-- server's name, if the same client got its address within 2 s before: browsers look up ahead, so the time between does not count, and
-- several connections may share one answer. NULL: not seen. HTTP is the first request.
DROP VIEW IF EXISTS exchanges;
CREATE VIEW exchanges AS
SELECT capture_id,
	flow_id,
	client,
	server,
	coalesce(host, sni, lookup_name) AS name,
	start_ns,
	round((lookup_ns - start_ns) / 1e6, 3) AS namelookup_ms,
	round((established_ns - start_ns) / 1e6, 3) AS connect_ms,
	round((secured_ns - start_ns) / 1e6, 3) AS appconnect_ms,
	round((first_byte_ns - start_ns) / 1e6, 3) AS starttransfer_ms,
	round((end_ns - start_ns) / 1e6, 3) AS total_ms, -- of HTTP: its last byte; else until the first FIN
	requests
FROM (
	SELECT f.capture_id, f.id AS flow_id,
		f.client, f.server, h.host, t.sni, q.name AS lookup_name, iif(q.answer_ns IS NULL, NULL, f.syn_ns) AS lookup_ns,
		f.syn_ns - coalesce(q.answer_ns - q.t_ns, 0) AS start_ns,
		coalesce(f.established_ns, f.syn_ack_ns) AS established_ns,
		t.finished_ns AS secured_ns,
		h.t_ns + (h.request_us + h.first_byte_us) * 1000 AS first_byte_ns,
		coalesce(h.t_ns + h.total_us * 1000,
			(SELECT min(d.fin_ns) FROM flow_directions d WHERE d.flow_id = f.id)) AS end_ns,
		(SELECT count(*) FROM http n WHERE n.flow_id = f.id) AS requests
	FROM flows f
	LEFT JOIN dns q ON q.rowid = (SELECT l.rowid FROM dns l WHERE l.address = f.server_ip AND l.client_ip = f.client_ip
		AND l.answer_ns BETWEEN f.syn_ns - 2000000000 AND f.syn_ns AND l.capture_id = f.capture_id ORDER BY l.answer_ns DESC LIMIT 1)
	LEFT JOIN tls t ON t.rowid = (SELECT l.rowid FROM tls l WHERE l.flow_id = f.id ORDER BY l.t_ns LIMIT 1)
	LEFT JOIN http h ON h.rowid = (SELECT l.rowid FROM http l WHERE l.flow_id = f.id ORDER BY l.t_ns LIMIT 1)
	WHERE f.protocol = 'tcp'
);

-- One row per flow: what people call its ends, by the names that they gave (--hosts, --pods); else their addresses.
DROP VIEW IF EXISTS flow_labels;
CREATE VIEW flow_labels AS
SELECT f.id AS flow_id,
	coalesce((SELECT n.name FROM names n WHERE n.address = f.client_ip AND (n.port = f.client_port OR n.port IS NULL)
		AND n.source IN ('hosts', 'pod', 'service') ORDER BY n.port IS NULL, n.rowid LIMIT 1) || ':' || f.client_port, f.client) AS client,
	coalesce((SELECT n.name FROM names n WHERE n.address = f.server_ip AND (n.port = f.server_port OR n.port IS NULL)
		AND n.source IN ('hosts', 'pod', 'service') ORDER BY n.port IS NULL, n.rowid LIMIT 1) || ':' || f.server_port, f.server) AS server
FROM flows f;

-- One row per direction of a flow, with who sends and who receives in it: what findings start from.
DROP VIEW IF EXISTS directions;
CREATE VIEW directions AS
SELECT f.capture_id,
	f.protocol,
	f.state,
	iif(d.direction = 'c2s', f.client_ip, f.server_ip) AS sender_ip,
	iif(d.direction = 'c2s', f.server_ip, f.client_ip) AS receiver_ip,
	f.server AS service, -- as in timeline.key
	iif(d.direction = 'c2s', f.client || ' > ' || f.server, f.server || ' > ' || f.client) AS subject,
	f.server_ip,
	f.server_port,
	d.*
FROM flow_directions d
JOIN flows f ON f.id = d.flow_id;
