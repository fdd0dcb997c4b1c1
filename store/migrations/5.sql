-- 5.sql: from version 4 to 5. What is added stands in schema.sql, with what it means.
ALTER TABLE flow_timeline ADD COLUMN limited_handshake_us INTEGER;
ALTER TABLE flow_timeline ADD COLUMN limited_application_us INTEGER;
ALTER TABLE flow_timeline ADD COLUMN limited_receive_window_us INTEGER;
ALTER TABLE flow_timeline ADD COLUMN limited_zero_window_us INTEGER;
ALTER TABLE flow_timeline ADD COLUMN limited_recovery_us INTEGER;
ALTER TABLE flow_timeline ADD COLUMN limited_network_us INTEGER;
PRAGMA user_version = 5;
