-- From schema 1 to 2: what held senders back has a name.
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
PRAGMA user_version = 2;
