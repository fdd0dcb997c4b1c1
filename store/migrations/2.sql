-- 2.sql: from version 1 to 2. What is added stands in schema.sql, with what it means.
ALTER TABLE flow_directions ADD COLUMN limited_handshake_us INTEGER;
ALTER TABLE flow_directions ADD COLUMN limited_by TEXT
	GENERATED ALWAYS AS
		(CASE max(coalesce(limited_handshake_us, 0), limited_application_us,
				coalesce(limited_receive_window_us, 0), limited_zero_window_us, limited_recovery_us, limited_network_us)
			WHEN 0 THEN NULL
			WHEN limited_network_us THEN 'network'
			WHEN limited_recovery_us THEN 'recovery'
			WHEN limited_receive_window_us THEN 'receive_window'
			WHEN limited_zero_window_us THEN 'zero_window'
			WHEN limited_application_us THEN 'application'
			ELSE 'handshake' END) VIRTUAL;
ALTER TABLE flow_directions ADD COLUMN limited_pct REAL
	GENERATED ALWAYS AS
		(100.0 * max(coalesce(limited_handshake_us, 0), limited_application_us,
				coalesce(limited_receive_window_us, 0), limited_zero_window_us, limited_recovery_us, limited_network_us)
			/ nullif(coalesce(limited_handshake_us, 0) + limited_application_us
				+ coalesce(limited_receive_window_us, 0) + limited_zero_window_us + limited_recovery_us + limited_network_us, 0)) VIRTUAL;
CREATE TABLE interfaces (
	capture_id INTEGER REFERENCES captures (id),
	interface INTEGER,
	packets INTEGER,
	bytes INTEGER,
	tap_duplicates INTEGER,
	first_ns INTEGER,
	last_ns INTEGER
);
-- Of captures analysed before nothing is known of interfaces but the sum.
INSERT INTO interfaces SELECT id, NULL, packets, bytes, tap_duplicates, first_ns, last_ns FROM captures WHERE packets > 0;
PRAGMA user_version = 2;
