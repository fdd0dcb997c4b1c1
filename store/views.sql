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
	CASE WHEN f.client_ip LIKE '%:%' THEN '[' || f.client_ip || ']' ELSE f.client_ip END || ':' || f.client_port
		AS client,
	CASE WHEN f.server_ip LIKE '%:%' THEN '[' || f.server_ip || ']' ELSE f.server_ip END || ':' || f.server_port
		AS server,
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
	round(iif(u.data_bytes > d.data_bytes, u.limited_pct, d.limited_pct), 1) AS limited_pct
FROM flows f
JOIN flow_directions u ON u.flow_id = f.id AND u.direction = 'c2s'
JOIN flow_directions d ON d.flow_id = f.id AND d.direction = 's2c';

-- One row per event, with its flow.
DROP VIEW IF EXISTS events_view;
CREATE VIEW events_view AS
SELECT e.id,
	strftime('%Y-%m-%dT%H:%M:%S', e.t_ns / 1000000000, 'unixepoch')
		|| printf('.%03dZ', e.t_ns / 1000000 % 1000) AS time,
	round((e.t_ns - f.first_ns) / 1e9, 6) AS seconds, -- since the flow's first packet
	e.frame,
	e.flow_id,
	f.client_ip || CASE e.direction WHEN 'c2s' THEN ' > ' ELSE ' < ' END || f.server_ip || ':' || f.server_port AS flow,
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

-- One row per direction of a flow, with who sends and who receives in it: what findings start from.
DROP VIEW IF EXISTS directions;
CREATE VIEW directions AS
SELECT f.capture_id,
	f.protocol,
	f.state,
	iif(d.direction = 'c2s', f.client_ip, f.server_ip) AS sender_ip,
	iif(d.direction = 'c2s', f.server_ip, f.client_ip) AS receiver_ip,
	CASE WHEN f.server_ip LIKE '%:%' THEN '[' || f.server_ip || ']' ELSE f.server_ip END || ':' || f.server_port
		AS service, -- as in timeline.key
	CASE d.direction WHEN 'c2s' THEN
		CASE WHEN f.client_ip LIKE '%:%' THEN '[' || f.client_ip || ']' ELSE f.client_ip END || ':' || f.client_port
		|| ' > ' || CASE WHEN f.server_ip LIKE '%:%' THEN '[' || f.server_ip || ']' ELSE f.server_ip END || ':' || f.server_port
	ELSE
		CASE WHEN f.server_ip LIKE '%:%' THEN '[' || f.server_ip || ']' ELSE f.server_ip END || ':' || f.server_port
		|| ' > ' || CASE WHEN f.client_ip LIKE '%:%' THEN '[' || f.client_ip || ']' ELSE f.client_ip END || ':' || f.client_port
	END AS subject,
	f.server_ip,
	f.server_port,
	d.*
FROM flow_directions d
JOIN flows f ON f.id = d.flow_id;
