-- 6.sql: from version 5 to 6. timeline.loss_pct is computed in another way. Views that ask for it, ours and other people's,
-- would not let it go, even for a moment, if they were looked at.
PRAGMA legacy_alter_table = ON;
ALTER TABLE timeline DROP COLUMN loss_pct;
ALTER TABLE timeline ADD COLUMN loss_pct REAL
	GENERATED ALWAYS AS
		(100.0 * (lost_upstream + max(lost_downstream - spurious_retransmissions, 0))
			/ nullif(data_segments + lost_upstream, 0)) VIRTUAL;
PRAGMA legacy_alter_table = OFF;
PRAGMA user_version = 6;
