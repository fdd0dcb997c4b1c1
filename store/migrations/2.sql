-- 2.sql: from version 1 to 2. What is added stands in schema.sql, with what it means.
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
