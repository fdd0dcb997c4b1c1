-- 4.sql: from version 3 to 4. What is added stands in schema.sql, with what it means.
ALTER TABLE captures ADD COLUMN checksum_errors INTEGER;
ALTER TABLE captures ADD COLUMN checksum_offloads INTEGER;
ALTER TABLE captures ADD COLUMN tunnelled INTEGER;
ALTER TABLE captures ADD COLUMN facts_dropped INTEGER;
ALTER TABLE flows ADD COLUMN syn_ns INTEGER;
ALTER TABLE flows ADD COLUMN syn_ack_ns INTEGER;
ALTER TABLE flows ADD COLUMN reset_ns INTEGER;
ALTER TABLE flows ADD COLUMN tunnel TEXT;
ALTER TABLE flows ADD COLUMN tunnel_id INTEGER;
ALTER TABLE flows ADD COLUMN tunnel_client_ip TEXT;
ALTER TABLE flows ADD COLUMN tunnel_server_ip TEXT;
ALTER TABLE flows ADD COLUMN client TEXT GENERATED ALWAYS AS
	(CASE WHEN client_ip LIKE '%:%' THEN '[' || client_ip || ']' ELSE client_ip END || ':' || client_port) VIRTUAL;
ALTER TABLE flows ADD COLUMN server TEXT GENERATED ALWAYS AS
	(CASE WHEN server_ip LIKE '%:%' THEN '[' || server_ip || ']' ELSE server_ip END || ':' || server_port) VIRTUAL;
ALTER TABLE flow_directions ADD COLUMN ttl_changes INTEGER DEFAULT 0;
ALTER TABLE flow_directions ADD COLUMN dscp_changes INTEGER DEFAULT 0;
ALTER TABLE flow_directions ADD COLUMN checksum_errors INTEGER DEFAULT 0;
ALTER TABLE flow_directions ADD COLUMN ect_packets INTEGER DEFAULT 0;
ALTER TABLE flow_directions ADD COLUMN dscp INTEGER;
ALTER TABLE flow_directions ADD COLUMN gap_max_us INTEGER;
ALTER TABLE flow_directions ADD COLUMN gap_end_ns INTEGER;
ALTER TABLE flow_directions ADD COLUMN gap_end_frame INTEGER;
ALTER TABLE flow_directions ADD COLUMN fin_ns INTEGER;
ALTER TABLE flow_directions ADD COLUMN fin_acked_ns INTEGER;
ALTER TABLE timeline ADD COLUMN dns_queries INTEGER;
ALTER TABLE timeline ADD COLUMN dns_answers INTEGER;
ALTER TABLE timeline ADD COLUMN dns_failures INTEGER;
ALTER TABLE timeline ADD COLUMN dns_nxdomain INTEGER;
ALTER TABLE timeline ADD COLUMN dns_unanswered INTEGER;
ALTER TABLE timeline ADD COLUMN dns_mean_ms REAL;
ALTER TABLE timeline ADD COLUMN dns_p50_ms REAL;
ALTER TABLE timeline ADD COLUMN dns_p95_ms REAL;
ALTER TABLE timeline ADD COLUMN dns_max_ms REAL;
ALTER TABLE timeline ADD COLUMN http_requests INTEGER;
ALTER TABLE timeline ADD COLUMN http_answers INTEGER;
ALTER TABLE timeline ADD COLUMN http_errors INTEGER;
ALTER TABLE timeline ADD COLUMN tls_handshakes INTEGER;
ALTER TABLE timeline ADD COLUMN tls_failures INTEGER;
ALTER TABLE timeline ADD COLUMN echo_requests INTEGER;
ALTER TABLE timeline ADD COLUMN echo_replies INTEGER;
ALTER TABLE timeline ADD COLUMN echo_lost INTEGER;
ALTER TABLE timeline ADD COLUMN echo_mean_ms REAL;
ALTER TABLE timeline ADD COLUMN echo_max_ms REAL;
ALTER TABLE timeline ADD COLUMN arp_requests INTEGER;
ALTER TABLE timeline ADD COLUMN arp_unanswered INTEGER;
ALTER TABLE timeline ADD COLUMN checksum_errors INTEGER;
ALTER TABLE timeline ADD COLUMN ttl_changes INTEGER;
CREATE TABLE dns (
	capture_id INTEGER REFERENCES captures (id),
	flow_id INTEGER REFERENCES flows (id),
	t_ns INTEGER,
	frame INTEGER,
	client_ip TEXT,
	client_port INTEGER,
	server_ip TEXT,
	server_port INTEGER,
	protocol TEXT,
	dns_id INTEGER,
	name TEXT,
	type TEXT,
	queries INTEGER,
	answer_ns INTEGER,
	answer_frame INTEGER,
	rcode TEXT,
	answers INTEGER,
	truncated INTEGER,
	open_end INTEGER,
	address TEXT,
	latency_us INTEGER
);
CREATE TABLE names (
	capture_id INTEGER REFERENCES captures (id),
	address TEXT,
	port INTEGER,
	name TEXT,
	source TEXT,
	t_ns INTEGER,
	frame INTEGER
);
CREATE TABLE tls (
	capture_id INTEGER REFERENCES captures (id),
	flow_id INTEGER REFERENCES flows (id),
	t_ns INTEGER,
	frame INTEGER,
	server_hello_ns INTEGER,
	finished_ns INTEGER,
	handshake_us INTEGER,
	version TEXT,
	offered_version TEXT,
	cipher INTEGER,
	sni TEXT,
	alpn TEXT,
	alpn_offered TEXT,
	resumed INTEGER,
	retry INTEGER,
	alert_by TEXT,
	alert TEXT,
	alert_level TEXT,
	alert_ns INTEGER,
	alert_frame INTEGER
);
CREATE TABLE http (
	capture_id INTEGER REFERENCES captures (id),
	flow_id INTEGER REFERENCES flows (id),
	t_ns INTEGER,
	frame INTEGER,
	method TEXT,
	host TEXT,
	path TEXT,
	status INTEGER,
	ended TEXT,
	request_bytes INTEGER,
	answer_bytes INTEGER,
	answer_frame INTEGER,
	first_byte_us INTEGER,
	total_us INTEGER,
	request_us INTEGER
);
CREATE TABLE echoes (
	flow_id INTEGER REFERENCES flows (id),
	requests INTEGER,
	replies INTEGER,
	duplicates INTEGER,
	lost INTEGER,
	lost_run_max INTEGER,
	loss_pct REAL GENERATED ALWAYS AS (100.0 * lost / nullif(replies + lost, 0)) VIRTUAL,
	rtt_min_us INTEGER,
	rtt_mean_us INTEGER,
	rtt_p95_us INTEGER,
	rtt_max_us INTEGER,
	jitter_us INTEGER,
	first_lost_ns INTEGER,
	first_lost_frame INTEGER
);
CREATE TABLE icmp_errors (
	capture_id INTEGER REFERENCES captures (id),
	protocol TEXT,
	type INTEGER,
	code INTEGER,
	kind TEXT,
	mtu INTEGER,
	packets INTEGER,
	first_ns INTEGER,
	last_ns INTEGER,
	first_frame INTEGER,
	reporter_ip TEXT,
	receiver_ip TEXT,
	about_protocol TEXT,
	about_source_ip TEXT,
	about_source_port INTEGER,
	about_destination_ip TEXT,
	about_destination_port INTEGER,
	about_flow_id INTEGER REFERENCES flows (id)
);
CREATE TABLE hops (
	capture_id INTEGER REFERENCES captures (id),
	source_ip TEXT,
	destination_ip TEXT,
	protocol TEXT,
	ttl INTEGER,
	address TEXT,
	reached INTEGER,
	probes INTEGER,
	replies INTEGER,
	rtt_min_us INTEGER,
	rtt_mean_us INTEGER,
	rtt_max_us INTEGER,
	first_ns INTEGER,
	first_frame INTEGER
);
CREATE TABLE neighbours (
	capture_id INTEGER REFERENCES captures (id),
	protocol TEXT,
	address TEXT,
	mac TEXT,
	vlan INTEGER,
	claims INTEGER,
	gratuitous INTEGER,
	replies INTEGER,
	first_ns INTEGER,
	last_ns INTEGER,
	first_frame INTEGER
);
CREATE TABLE neighbour_requests (
	capture_id INTEGER REFERENCES captures (id),
	protocol TEXT,
	source_ip TEXT,
	source_mac TEXT,
	vlan INTEGER,
	address TEXT,
	requests INTEGER,
	answered INTEGER,
	target_seen INTEGER,
	first_ns INTEGER,
	last_ns INTEGER,
	first_frame INTEGER,
	latency_max_us INTEGER
);
CREATE TABLE udp_streams (
	flow_id INTEGER REFERENCES flows (id),
	direction TEXT,
	kind TEXT,
	ssrc INTEGER,
	payload_type INTEGER,
	packets INTEGER,
	lost INTEGER,
	reordered INTEGER,
	duplicates INTEGER,
	lost_run_max INTEGER,
	loss_pct REAL GENERATED ALWAYS AS (100.0 * lost / nullif(packets - duplicates + lost, 0)) VIRTUAL,
	jitter_us INTEGER,
	jitter_max_us INTEGER,
	first_ns INTEGER,
	last_ns INTEGER,
	first_frame INTEGER,
	first_lost_ns INTEGER,
	first_lost_frame INTEGER
);
CREATE TABLE findings (
	id INTEGER PRIMARY KEY,
	capture_id INTEGER REFERENCES captures (id),
	code TEXT,
	severity TEXT,
	layer TEXT,
	title TEXT,
	flow_id INTEGER REFERENCES flows (id),
	t_ns INTEGER,
	frame INTEGER,
	value REAL,
	threshold REAL,
	unit TEXT,
	evidence INTEGER,
	explanation TEXT,
	advice TEXT,
	explained_by TEXT
);
CREATE TABLE evidence (
	finding_id INTEGER REFERENCES findings (id),
	rank INTEGER,
	subject TEXT,
	flow_id INTEGER REFERENCES flows (id),
	t_ns INTEGER,
	frame INTEGER,
	value REAL,
	threshold REAL,
	unit TEXT,
	detail TEXT,
	display_filter TEXT,
	explained_by TEXT
);
CREATE TABLE thresholds (
	name TEXT PRIMARY KEY,
	value REAL,
	standard REAL,
	unit TEXT,
	about TEXT
) WITHOUT ROWID;
PRAGMA user_version = 4;
