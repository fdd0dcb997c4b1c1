-- 3.sql: from version 2 to 3. What is added stands in schema.sql, with what it means.
ALTER TABLE captures ADD COLUMN pool_drops INTEGER;
ALTER TABLE captures ADD COLUMN watcher_skipped INTEGER;
ALTER TABLE captures ADD COLUMN segments INTEGER;
ALTER TABLE timeline ADD COLUMN flows_reset INTEGER;
ALTER TABLE timeline ADD COLUMN rtt_baseline_ms REAL;
ALTER TABLE timeline ADD COLUMN kernel_drops INTEGER;
ALTER TABLE timeline ADD COLUMN capture_interface_drops INTEGER;
ALTER TABLE timeline ADD COLUMN pool_drops INTEGER;
ALTER TABLE timeline ADD COLUMN watcher_skipped INTEGER;
ALTER TABLE timeline ADD COLUMN interface_rx_drops INTEGER;
ALTER TABLE timeline ADD COLUMN interface_tx_drops INTEGER;
ALTER TABLE timeline ADD COLUMN interface_rx_errors INTEGER;
ALTER TABLE timeline ADD COLUMN softnet_drops INTEGER;
ALTER TABLE timeline ADD COLUMN listen_overflows INTEGER;
ALTER TABLE timeline ADD COLUMN host_retransmitted_segments INTEGER;
CREATE TABLE segments (
	name TEXT,
	sequence INTEGER,
	host TEXT,
	interface TEXT,
	filter TEXT,
	slice TEXT,
	link_type INTEGER,
	snaplen INTEGER,
	opened_ns INTEGER,
	closed_ns INTEGER,
	first_ns INTEGER,
	last_ns INTEGER,
	packets INTEGER,
	bytes INTEGER,
	captured_bytes INTEGER,
	file_bytes INTEGER,
	kernel_drops INTEGER,
	interface_drops INTEGER,
	pool_drops INTEGER,
	watcher_skipped INTEGER,
	compress_level INTEGER,
	ended_by TEXT
);
CREATE TABLE incidents (
	name TEXT,
	trigger TEXT,
	scope TEXT,
	key TEXT,
	t_ns INTEGER,
	from_ns INTEGER,
	to_ns INTEGER,
	state TEXT,
	segments INTEGER,
	file_bytes INTEGER,
	row_json TEXT
);
CREATE TABLE host_counters (
	capture_id INTEGER REFERENCES captures (id),
	t_ns INTEGER,
	interval_ms REAL,
	interface_rx_packets INTEGER,
	interface_rx_bytes INTEGER,
	interface_rx_errors INTEGER,
	interface_rx_drops INTEGER,
	interface_tx_packets INTEGER,
	interface_tx_bytes INTEGER,
	interface_tx_errors INTEGER,
	interface_tx_drops INTEGER,
	tcp_in_segments INTEGER,
	tcp_out_segments INTEGER,
	tcp_retransmitted_segments INTEGER,
	tcp_resets_sent INTEGER,
	tcp_attempt_fails INTEGER,
	tcp_in_errors INTEGER,
	udp_receive_buffer_errors INTEGER,
	ip_in_discards INTEGER,
	listen_overflows INTEGER,
	listen_drops INTEGER,
	tcp_timeouts INTEGER,
	tcp_lost_retransmissions INTEGER,
	tcp_backlog_drops INTEGER,
	tcp_receive_queue_drops INTEGER,
	tcp_memory_pressures INTEGER,
	softnet_drops INTEGER,
	softnet_squeezed INTEGER,
	tcp_sockets INTEGER,
	tcp_orphans INTEGER,
	tcp_time_wait INTEGER,
	tcp_memory_pages INTEGER,
	udp_sockets INTEGER
);
PRAGMA user_version = 3;
