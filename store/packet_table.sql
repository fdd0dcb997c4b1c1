-- The packets of one flow, read back from its capture for charts (plots/README.md).
CREATE TEMP TABLE IF NOT EXISTS packets (
	frame INTEGER PRIMARY KEY,	-- as in events
	t_ns INTEGER,
	direction TEXT,			-- 'c2s', 's2c'
	seq INTEGER,			-- relative: 0 is the SYN, or what comes before the first packet; does not wrap
	len INTEGER,			-- bytes of payload
	ack INTEGER,			-- relative to the other direction; NULL: not one
	window INTEGER,			-- bytes; NULL: the scale is not known
	syn INTEGER,			-- 1: the flag is set
	fin INTEGER,
	rst INTEGER
);
CREATE TEMP TABLE IF NOT EXISTS sacks (
	frame INTEGER,			-- the packet's, one row per block
	t_ns INTEGER,
	direction TEXT,			-- of the packet; the block is of the other direction's bytes
	left_edge INTEGER,		-- relative; RFC 2018
	right_edge INTEGER		-- the first byte behind the block
);
CREATE TEMP TABLE IF NOT EXISTS packets_read ( -- one row if they were asked for
	flow_id INTEGER,
	from_ns INTEGER,		-- what was asked for; NULL open
	to_ns INTEGER,
	path TEXT,			-- where they were looked for
	problem TEXT,			-- why there are none; NULL: they were read
	left_out INTEGER,		-- packets beyond what is kept
	tap_duplicates INTEGER		-- packets left out because the tap saw them twice
);
DELETE FROM temp.packets;
DELETE FROM temp.sacks;
DELETE FROM temp.packets_read;
