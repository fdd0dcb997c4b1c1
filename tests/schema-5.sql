-- schema.sql: the tables. This file is a promise to everybody's SQL: add columns, never rename or drop one lightly.
-- views.sql holds the views for people, indexes.sql what is built when the rows are in.
--
-- Times (_ns) are nanoseconds since 1970-01-01 UTC; _us are microseconds, rounded; _ms are milliseconds. Counts are since
-- the start of the row's subject. NULL means that nothing is known, never zero. A frame number counts from 1 in its
-- capture, as Wireshark's frame.number. `bytes` are bytes on the wire, link header included, even if the capture was cut
-- by a snap length. A *packet* is a captured frame, a *segment* is MSS-sized: a super-segment (TSO, GRO) is one packet
-- and several segments. A direction is 'c2s' (client to server) or 's2c'. Nothing is declared NOT NULL, to
-- save the checks on each row; the comments say what can be NULL. Columns with DEFAULT 0 are zero in most rows, which are
-- then written without them.
--
-- RTT is what the tap can measure: from a data segment passing the tap to its ACK passing the tap. In direction c2s that
-- is tap -> server -> tap, in s2c it is tap -> client -> tap; the two add up to the path's RTT.

PRAGMA application_id = 2004115824; -- "wtap"
PRAGMA user_version = 5; -- see migrations/

-- One row per input file. In a ring's catalog.db: one per run of the recorder.
CREATE TABLE captures (
	id INTEGER PRIMARY KEY,		-- from 1
	path TEXT,			-- as given on the command line; '-' is standard input; catalog: the ring's folder
	host TEXT,			-- where it was recorded; NULL unknown
	interface TEXT,			-- on which interface; NULL unknown
	link_type TEXT,			-- 'ethernet', 'linux_sll2', ...; of the first interface if there are several
	format TEXT,			-- 'pcap', 'pcapng', ...; 'ring' where it was read from a tape's segments
	compression TEXT,		-- 'none', 'gzip', 'zstd', ...
	first_ns INTEGER,		-- smallest time of a frame; NULL without frames. Catalog: when the run began
	last_ns INTEGER,		-- largest time of a frame; NULL without frames. Catalog: end of its last row of timeline
	packets INTEGER,		-- all frames read
	bytes INTEGER,			-- of all frames, as on the wire
	truncated INTEGER,		-- 1: the file ends in the middle of a record
	error TEXT,			-- why reading stopped early; NULL: it did not
	error_offset INTEGER,		-- where in the (decompressed) file, bytes; NULL without error
	capture_loss_pct REAL		-- estimated loss of the tap: data segments acknowledged but never seen, of all data
		GENERATED ALWAYS AS	-- segments. Not in it: ACKs, and data whose ACK never came by. NULL without TCP data
		(100.0 * capture_gap_segments / nullif(data_segments + capture_gap_segments, 0)) VIRTUAL,
	data_segments INTEGER,		-- TCP segments with data
	capture_gap_segments INTEGER,	-- estimated: segments that were acknowledged but never seen
	kernel_drops INTEGER,		-- packets the recording kernel dropped, as the file says; NULL unknown
	interface_drops INTEGER,	-- packets the recording interface dropped, as the file says; NULL unknown
	snaplen INTEGER,		-- largest captured length the file allows, bytes; NULL unknown
	fingerprint INTEGER,		-- hash of the first frames (64 bits, signed): notices the same capture twice
	time_backwards INTEGER,		-- frames older than the one before them
	not_ip INTEGER,			-- ARP (see neighbours), LLDP, ...: in no flow
	malformed INTEGER,		-- frames with lengths or versions that cannot be
	snapped INTEGER,		-- frames whose headers were cut by the snap length
	unsupported_link INTEGER,	-- frames of a link type that is not decoded
	fragments INTEGER,		-- IP fragments
	fragments_incomplete INTEGER,	-- packets of which fragments were missing
	tap_duplicates INTEGER,		-- frames that the tap saw twice ('any', bridges, mirrored ports)
	flows INTEGER,			-- rows in flows
	flows_evicted INTEGER,		-- of these, written early because the flow table was full
	events INTEGER,			-- rows in events
	events_dropped INTEGER,		-- more events happened, but the limit was reached
	ranges_merged INTEGER,		-- times a flow had more holes than are kept apart, so that detail was lost
	memory_failures INTEGER,	-- packets not analysed for want of memory
	interval_ms REAL,		-- of timeline and flow_timeline
	flow_timeline_packets INTEGER,	-- flows with fewer packets have no rows in flow_timeline; 0: all flows have
	analysed_by TEXT,		-- 'wiretape 0.1.0'
	pool_drops INTEGER,		-- packets that the recorder received and dropped because it could not write; NULL unknown
	watcher_skipped INTEGER,	-- packets recorded that the triggers did not look at; NULL unknown
	segments INTEGER,		-- files of a tape that it was read from; NULL: a plain capture
	-- NULL from here on: written by schema 3 or older
	checksum_errors INTEGER,	-- packets damaged on the way
	checksum_offloads INTEGER,	-- packets whose checksum was left to the interface: sent by the capturing host; no error
	tunnelled INTEGER,		-- packets that came in a tunnel
	facts_dropped INTEGER		-- DNS questions, ICMP errors, hops, neighbours, names: more than are kept apart
);

-- One row per interface that frames of the capture came over. Their packets, bytes and tap_duplicates add up to the capture's.
CREATE TABLE interfaces (
	capture_id INTEGER REFERENCES captures (id),
	interface INTEGER,		-- its index on the recording host, where each frame says it: 'linux_sll2', tcpdump -i any.
					-- NULL otherwise, all frames in one row: also of a pcapng with several interfaces,
					-- since libpcap does not tell them apart; and for what is beyond 1024 interfaces
	packets INTEGER,		-- all frames
	bytes INTEGER,			-- as on the wire
	tap_duplicates INTEGER,		-- of these frames, seen before: over another interface, or mirrored twice over this one
	first_ns INTEGER,		-- smallest time of a frame
	last_ns INTEGER			-- largest time of a frame
);

-- One row per bidirectional conversation. The columns about handshake, close and response are TCP's.
CREATE TABLE flows (
	id INTEGER PRIMARY KEY,		-- in order of first packet, capture by capture
	capture_id INTEGER REFERENCES captures (id),
	protocol TEXT,			-- 'tcp', 'udp', 'icmp', 'icmpv6', ...
	client_ip TEXT,			-- sent the first SYN; without one see client_known
	client_port INTEGER,		-- ICMP: the identifier, or 0
	server_ip TEXT,
	server_port INTEGER,		-- ICMP: 0
	vlan INTEGER,			-- outermost 802.1Q id of the first packet; NULL none
	first_ns INTEGER,		-- time of the first packet
	last_ns INTEGER,		-- time of the last packet
	first_frame INTEGER,
	last_frame INTEGER,
	state TEXT,			-- 'unanswered' SYN without any answer, 'refused' SYN answered with RST,
					-- 'syn_received' the handshake's last ACK is missing, 'established' open,
					-- 'half_closed' a FIN is sent or not yet acknowledged, 'closed' both FINs are
					-- acknowledged, 'reset' ended by RST; 'none' not TCP
	ended_by TEXT,			-- why the row was written: 'capture_end', 'close' (FIN or RST), 'idle' (time-out),
					-- 'evicted' (flow table full), 'reused' (a new SYN took the same ports)
	client_known INTEGER,		-- 1: by a SYN or SYN-ACK; 0: by port: the server's is below 1024, else one of the
					-- usual services, else below 32768. Where both are alike: the client is who in the
					-- flow's first 32 packets sent after 200 ms of silence and got data as answer;
					-- else who has the higher port
	handshake_seen INTEGER,		-- 1: SYN and SYN-ACK were both seen
	established_ns INTEGER,		-- when the handshake completed; NULL not seen
	handshake_rtt_us INTEGER,	-- SYN to the ACK that completes: the whole path; NULL not seen, or ambiguous
	handshake_server_rtt_us INTEGER, -- SYN to SYN-ACK: tap -> server -> tap; NULL likewise
	handshake_client_rtt_us INTEGER, -- SYN-ACK to ACK: tap -> client -> tap; NULL likewise
	reset_by TEXT,			-- who sent the first RST: 'client', 'server'; NULL nobody
	first_fin_by TEXT,		-- who closed first: 'client', 'server'; NULL nobody
	responses INTEGER,		-- requests that were answered
	response_min_us INTEGER,	-- last byte of a request to first byte of its answer; NULL without responses
	response_mean_us INTEGER,
	response_max_us INTEGER,
	syn_ns INTEGER,			-- first SYN; NULL not seen. With the next ones, and fin_ns and fin_acked_ns of the
	syn_ack_ns INTEGER,		-- directions, each socket's state at any time: view sockets
	reset_ns INTEGER,		-- first RST; NULL none
	tunnel TEXT,			-- what its packets were wrapped in, the outermost: 'vxlan', 'geneve', 'gre', 'ipip', '6in4',
					-- 'mpls', 'pppoe'; NULL not at all
	tunnel_id INTEGER,		-- VNI, GRE's key, MPLS's label, PPPoE's session; NULL none
	tunnel_client_ip TEXT,		-- the tunnel's end on the client's side; NULL none
	tunnel_server_ip TEXT,		-- on the server's side
	client TEXT GENERATED ALWAYS AS	-- address and port as people write them: '10.0.0.1:40000', '[2001:db8::1]:40000'
		(CASE WHEN client_ip LIKE '%:%' THEN '[' || client_ip || ']' ELSE client_ip END || ':' || client_port) VIRTUAL,
	server TEXT GENERATED ALWAYS AS	-- likewise; as in timeline.key of scope 'service'
		(CASE WHEN server_ip LIKE '%:%' THEN '[' || server_ip || ']' ELSE server_ip END || ':' || server_port) VIRTUAL
);

-- Two rows per flow, one for each direction: what one side sent, and what it announced. Tap duplicates are not in any
-- other count. The columns from data_segments on are TCP's; for other protocols they are 0 or NULL, but for data_bytes.
CREATE TABLE flow_directions (
	flow_id INTEGER REFERENCES flows (id),
	direction TEXT,			-- 'c2s', 's2c'
	packets INTEGER,
	bytes INTEGER,			-- as on the wire, link header included
	data_segments INTEGER,		-- segments with data, retransmissions included
	data_bytes INTEGER,		-- payload, all that was sent
	new_bytes INTEGER,		-- payload, each byte counted once: the goodput
	acked_bytes INTEGER,		-- of new_bytes, acknowledged by the other side
	rtt_samples INTEGER,		-- segments whose ACK gave an RTT (Karn's rule); without, all rtt_ are NULL
	rtt_min_us INTEGER,
	rtt_mean_us INTEGER,
	rtt_p50_us INTEGER,		-- percentiles: exact up to 6 samples, then within 3 per cent
	rtt_p95_us INTEGER,
	rtt_p99_us INTEGER,
	rtt_max_us INTEGER,
	rtt_mdev_us INTEGER,		-- smoothed mean deviation at the end (RFC 6298 RTTVAR)
	retransmitted_segments INTEGER DEFAULT 0,	-- data, SYN and FIN sent again: what the kernel counts as RetransSegs
	retransmitted_bytes INTEGER DEFAULT 0,	-- payload sent again
	fast_retransmissions INTEGER DEFAULT 0,	-- cause: SACK or duplicate ACKs reported the loss (RFC 6675, RFC 8985)
	timeout_retransmissions INTEGER DEFAULT 0, -- cause: the retransmission timer expired (RFC 6298)
	slow_start_retransmissions INTEGER DEFAULT 0, -- cause: more of what a time-out declared lost
	tail_loss_probes INTEGER DEFAULT 0,	-- cause: tail loss probe (RFC 8985 7)
	unknown_retransmissions INTEGER DEFAULT 0, -- cause: no evidence decides. These five causes and SYNs add up
	syn_retransmissions INTEGER DEFAULT 0,	-- SYN or SYN-ACK; part of retransmitted_segments
	fin_retransmissions INTEGER DEFAULT 0,	-- FIN without data; part of retransmitted_segments, and has a cause
	spurious_retransmissions INTEGER DEFAULT 0, -- proved needless: nothing was lost
	reordered_segments INTEGER DEFAULT 0,	-- sent before packets that overtook them
	unknown_segments INTEGER DEFAULT 0,	-- retransmission or reordered: no evidence decides
	network_duplicates INTEGER DEFAULT 0,	-- one packet delivered twice by the network: seen, or reported by a DSACK
	tap_duplicates INTEGER DEFAULT 0,		-- frames that the tap saw twice
	keep_alives INTEGER DEFAULT 0,		-- keep-alive probes (RFC 9293 3.8.4)
	zero_window_probes INTEGER DEFAULT 0,	-- probes of the other side's closed window (RFC 9293 3.8.6.1)
	lost_upstream INTEGER DEFAULT 0,		-- segments lost between their sender and the tap, each time that they were
					-- sent: by the hole that they left; retransmissions and the ends of bursts leave none, and
					-- are known only if the sender numbers its packets (IP ID), or sends past a loss it has heard of
	lost_downstream INTEGER DEFAULT 0,	-- segments seen at the tap and lost after it
	capture_gap_segments INTEGER DEFAULT 0,	-- acknowledged but never seen: lost by the tap, not the network; estimated by MSS
	capture_gap_bytes INTEGER DEFAULT 0,
	duplicate_acks INTEGER DEFAULT 0,		-- sent by this side
	dsacks INTEGER DEFAULT 0,			-- sent by this side (RFC 2883)
	zero_windows INTEGER DEFAULT 0,		-- times this side closed its receive window
	zero_window_ms REAL DEFAULT 0,		-- how long it was closed in all
	window_full INTEGER DEFAULT 0,		-- segments of this side that filled the other side's window; NULL: the size of
						-- that window is not known (see window_scale)
	window_min INTEGER,		-- receive window announced by this side, scaled, bytes; NULL none seen
	window_max INTEGER,		-- likewise
	window_scale INTEGER,		-- shift announced in the SYN; -1 the SYN had none; NULL no SYN seen. Windows are known if
					-- both SYNs were seen, or one of them had no shift; those of the server also with its
					-- SYN-ACK alone (RFC 7323 2.2). A scale is never guessed
	mss INTEGER,			-- announced in the SYN, bytes; NULL not seen
	segment_bytes INTEGER,		-- payload of a full segment of this side, as far as known; NULL unknown
	in_flight_max INTEGER,		-- largest number of bytes sent and not acknowledged
	syns INTEGER,			-- packets with the flag
	fins INTEGER,
	resets INTEGER,
	ce_marks INTEGER,		-- packets marked Congestion Experienced (RFC 3168)
	ece_marks INTEGER,		-- packets with the ECE flag
	cwr_marks INTEGER,		-- packets with the CWR flag
	ttl_min INTEGER,		-- TTL or hop limit; NULL without packets
	ttl_max INTEGER,
	sack_permitted INTEGER,		-- 1: this side's SYN permitted SACK
	timestamps INTEGER,		-- 1: this side uses timestamps (RFC 7323)
	first_ns INTEGER,		-- NULL: no packet in this direction
	last_ns INTEGER,
	-- What held this side's sending back, for how long. The six add up to the time from the flow's first packet to its
	-- last; where several hold, the first in this order counts: handshake, zero window, repair, application, receive
	-- window, smaller window after a repair, network. Time is told as the sender saw it: where the tap is far from it,
	-- an ACK counts only after the round trip from the tap to the sender and back (shortest RTT or, where timestamps
	-- show that it takes longer, that). So both ends name the same cause, but for these: without handshake, timestamps
	-- and data of the receiver to take an RTT from, the receiver's end can't know that trip and tells too much
	-- application; where a queue before it delays data by much more than the shortest RTT, or the RTT is below the
	-- timestamps' step (Linux: 1 ms), it may tell network for receive window or recovery. Both directions must be
	-- captured. Where windows are unknown, their time is in network.
	limited_application_us INTEGER,	-- nothing in flight; or for longer than RTT + 200 ms no full segment was sent
	limited_receive_window_us INTEGER, -- the newest data filled the other side's window. NULL if windows are unknown
	limited_zero_window_us INTEGER,	-- the other side's window was closed
	limited_recovery_us INTEGER,	-- repairing a loss: a retransmission timer's wait; from the first retransmission until
					-- all that was then in flight is acknowledged; then as long as less is in flight than
					-- when the repair began, unless the sender pauses for longer than an RTT, its data
					-- fills the receive window, it sends no full segments (application), or more round
					-- trips go by than there were segments in flight
	limited_network_us INTEGER,	-- data in flight and none of the others: congestion window or path, clocked by ACKs
	ttl_changes INTEGER DEFAULT 0,	-- times the TTL or hop limit was another than before: routes change (RST apart)
	dscp_changes INTEGER DEFAULT 0,
	checksum_errors INTEGER DEFAULT 0, -- packets damaged on the way: IPv4 header, TCP, UDP, ICMP
	ect_packets INTEGER DEFAULT 0,	-- marked as ECN-capable (RFC 3168), those with CE included
	dscp INTEGER,			-- of the first packet (RFC 2474); NULL without packets
	gap_max_us INTEGER,		-- longest time between two packets of this direction; NULL: fewer than two
	gap_end_ns INTEGER,		-- when it was over
	gap_end_frame INTEGER,
	fin_ns INTEGER,			-- first FIN; NULL none
	fin_acked_ns INTEGER,		-- when the other side acknowledged it; NULL not
	limited_handshake_us INTEGER,	-- from the first SYN to the end of the handshake, or for good if it has none; in both
					-- directions. 0 if the capture began later; NULL: written by schema 1
	limited_by TEXT			-- the largest of these shares: 'handshake', 'application', 'receive_window', 'zero_window',
		GENERATED ALWAYS AS	-- 'recovery', 'network'; NULL if all are 0
		(CASE max(coalesce(limited_handshake_us, 0), limited_application_us,
				coalesce(limited_receive_window_us, 0), limited_zero_window_us, limited_recovery_us, limited_network_us)
			WHEN 0 THEN NULL
			WHEN limited_network_us THEN 'network'
			WHEN limited_recovery_us THEN 'recovery'
			WHEN limited_receive_window_us THEN 'receive_window'
			WHEN limited_zero_window_us THEN 'zero_window'
			WHEN limited_application_us THEN 'application'
			ELSE 'handshake' END) VIRTUAL,
	limited_pct REAL		-- how much of the time that was
		GENERATED ALWAYS AS
		(100.0 * max(coalesce(limited_handshake_us, 0), limited_application_us,
				coalesce(limited_receive_window_us, 0), limited_zero_window_us, limited_recovery_us, limited_network_us)
			/ nullif(coalesce(limited_handshake_us, 0) + limited_application_us
				+ coalesce(limited_receive_window_us, 0) + limited_zero_window_us + limited_recovery_us + limited_network_us, 0)) VIRTUAL
);

-- What happened to a flow, one packet at a time. At most engine's max_events per capture: see captures.events_dropped.
CREATE TABLE events (
	id INTEGER PRIMARY KEY,
	flow_id INTEGER REFERENCES flows (id),
	t_ns INTEGER,			-- time of the frame
	frame INTEGER,			-- its number
	direction TEXT,			-- of the frame's sender, or of the data that it speaks of (spurious, capture_gap)
	kind TEXT,			-- 'retransmission', 'syn_retransmission', 'spurious', 'reordered', 'unknown',
					-- 'network_duplicate', 'capture_gap', 'keep_alive', 'zero_window_probe',
					-- 'zero_window', 'zero_window_end', 'window_full', 'refused', 'reset',
					-- 'ttl_change' (seq: the old one, len: the new), 'checksum_error'
	cause TEXT,			-- of a retransmission: 'fast', 'timeout', 'slow_start', 'tail_loss_probe',
					-- 'unknown'; NULL for other kinds
	seq INTEGER,			-- sequence number as on the wire
	len INTEGER,			-- bytes
	evidence TEXT,			-- what the decision rests on, separated by commas: 'seen_before', 'ip_id',
					-- 'timestamp', 'rtt', 'sack', 'dsack', 'duplicate_acks', 'acked', 'timer',
					-- 'tsecr', 'rack', 'ack_beyond'; NULL none needed
	value_us INTEGER		-- zero_window_end: how long it was closed; retransmission: since last sent; NULL for
					-- other kinds
);

-- One row per interval and scope. The vocabulary of triggers, charts and metrics.
CREATE TABLE timeline (
	capture_id INTEGER REFERENCES captures (id),
	t_ns INTEGER,			-- start of the interval, a multiple of its length
	interval_ms REAL,		-- its length
	scope TEXT,			-- 'all', 'service' (server address and port), 'peer' (the client's address)
	key TEXT,			-- all: ''; service: '192.0.2.1:443', '[2001:db8::1]:443', 'udp/192.0.2.1:53';
					-- peer: '192.0.2.7'; '(other)' sums all keys that have no row of their own
	rest_keys INTEGER,		-- how many keys '(other)' sums; 0 for the other rows
	packets INTEGER,		-- all protocols
	bytes INTEGER,
	tap_duplicates INTEGER,		-- frames that the tap saw twice; in no other count
	data_segments INTEGER,		-- TCP from here on, each as in flow_directions, both directions together
	data_bytes INTEGER,
	new_bytes INTEGER,		-- payload, each byte counted once
	goodput_mbps REAL		-- of new_bytes, Mbit/s
		GENERATED ALWAYS AS (new_bytes * 8 / (interval_ms * 1000)) VIRTUAL,
	retransmitted_segments INTEGER,
	retransmitted_bytes INTEGER,
	fast_retransmissions INTEGER,
	timeout_retransmissions INTEGER,
	slow_start_retransmissions INTEGER,
	tail_loss_probes INTEGER,
	unknown_retransmissions INTEGER,
	syn_retransmissions INTEGER,
	fin_retransmissions INTEGER,
	spurious_retransmissions INTEGER,
	retrans_pct REAL		-- data segments sent again, of all data segments; NULL without data
		GENERATED ALWAYS AS (100.0 * (retransmitted_segments - syn_retransmissions - fin_retransmissions)
			/ nullif(data_segments, 0)) VIRTUAL,
	lost_upstream INTEGER,
	lost_downstream INTEGER,
	loss_pct REAL			-- segments lost, less the retransmissions proved needless, of all that were sent;
		GENERATED ALWAYS AS	-- NULL without data
		(100.0 * max(lost_upstream + lost_downstream - spurious_retransmissions, 0)
			/ nullif(data_segments + lost_upstream, 0)) VIRTUAL,
	reordered_segments INTEGER,
	unknown_segments INTEGER,
	network_duplicates INTEGER,
	duplicate_acks INTEGER,
	capture_gap_segments INTEGER,
	capture_gap_bytes INTEGER,
	capture_loss_pct REAL		-- as in captures; NULL without data
		GENERATED ALWAYS AS
		(100.0 * capture_gap_segments / nullif(data_segments + capture_gap_segments, 0)) VIRTUAL,
	keep_alives INTEGER,
	zero_window_probes INTEGER,
	zero_windows INTEGER,
	window_full INTEGER,
	syns INTEGER,			-- SYNs without ACK
	unanswered INTEGER,		-- handshakes given up or timed out without an answer
	refused INTEGER,		-- SYNs answered with RST
	resets INTEGER,			-- packets with RST, of which one connection may get many: see flows_reset
	fins INTEGER,
	flows_new INTEGER,		-- all protocols: flows whose first packet fell into the interval
	flows_closed INTEGER,
	flows_active INTEGER,		-- with at least one packet in the interval
	flows_reset INTEGER,		-- of flows_closed, by a RST; NULL: written by schema 1 or 2
	ce_marks INTEGER,		-- ECN
	ece_marks INTEGER,
	udp_packets INTEGER,
	udp_bytes INTEGER,
	icmp_packets INTEGER,
	icmp_unreachable INTEGER,
	icmp_fragmentation_needed INTEGER, -- or ICMPv6 packet too big
	icmp_time_exceeded INTEGER,
	rtt_samples INTEGER,		-- RTT of the far side of the tap: for each flow the direction with the larger
	rtt_min_ms REAL,		-- minimum. Without samples, all rtt_ are NULL
	rtt_mean_ms REAL,
	rtt_p50_ms REAL,
	rtt_p95_ms REAL,
	rtt_p99_ms REAL,
	rtt_max_ms REAL,
	rtt_jitter_ms REAL,		-- mean difference of successive samples of one flow
	rtt_baseline_ms REAL,		-- what is usual: median of rtt_p95_ms of the 60 rows of this scope and key before this one
					-- that have samples; NULL: there are not yet 10. 30 rows of a spike don't move it
	responses INTEGER,		-- requests answered in the interval; without, all response_ are NULL
	response_min_ms REAL,
	response_mean_ms REAL,
	response_p50_ms REAL,
	response_p95_ms REAL,
	response_max_ms REAL,
	dns_queries INTEGER,		-- questions sent, repeats included. The columns from here to ttl_changes are NULL if written
	dns_answers INTEGER,		-- by schema 3 or older
	dns_failures INTEGER,		-- of the answers, those that say SERVFAIL, REFUSED, ...: neither NOERROR nor NXDOMAIN
	dns_nxdomain INTEGER,		-- of the answers
	dns_unanswered INTEGER,		-- questions given up, in the interval when that was known
	dns_mean_ms REAL,		-- question to answer; without answers, all are NULL
	dns_p50_ms REAL,
	dns_p95_ms REAL,
	dns_max_ms REAL,
	http_requests INTEGER,		-- HTTP/1 in the clear
	http_answers INTEGER,
	http_errors INTEGER,		-- of these, status 500 and more
	tls_handshakes INTEGER,		-- that were begun
	tls_failures INTEGER,		-- ended by an alert, or with the connection
	echo_requests INTEGER,		-- pings
	echo_replies INTEGER,
	echo_lost INTEGER,
	echo_mean_ms REAL,		-- RTT of pings; without replies, NULL
	echo_max_ms REAL,
	arp_requests INTEGER,		-- who has an address? ARP and neighbour discovery. Scope 'all' only; 0 for the others
	arp_unanswered INTEGER,
	checksum_errors INTEGER,
	ttl_changes INTEGER,
	-- What the recorder and its host counted in this interval. NULL where it is not known: captures that were not recorded live,
	-- and all scopes but 'all'. host_counters has more.
	kernel_drops INTEGER,		-- packets the kernel dropped because the recorder did not take them in time
	capture_interface_drops INTEGER, -- packets the interface or its driver dropped, as the capture library says
	pool_drops INTEGER,		-- packets received, and dropped because the disk did not take them
	watcher_skipped INTEGER,	-- packets recorded that this table does not know of
	interface_rx_drops INTEGER,	-- /proc/net/dev, the interface that is recorded (any: all together)
	interface_tx_drops INTEGER,
	interface_rx_errors INTEGER,
	softnet_drops INTEGER,		-- packets dropped because the kernel's backlog of a processor was full
	listen_overflows INTEGER,	-- connections that a full accept queue on this host turned away
	host_retransmitted_segments INTEGER -- all that this host's TCP sent again, whether it was recorded or not
);

-- One row per interval and direction of the flows that are large enough (captures.flow_timeline_packets); both
-- directions have one when either was active.
CREATE TABLE flow_timeline (
	flow_id INTEGER REFERENCES flows (id),
	t_ns INTEGER,			-- start of the interval
	interval_ms REAL,		-- a flow's first row may span several: all up to when the flow had enough packets
	direction TEXT,			-- 'c2s', 's2c'
	packets INTEGER,		-- each as in flow_directions
	bytes INTEGER,
	data_segments INTEGER,
	data_bytes INTEGER,
	new_bytes INTEGER,
	goodput_mbps REAL		-- of new_bytes, Mbit/s
		GENERATED ALWAYS AS (new_bytes * 8 / (interval_ms * 1000)) VIRTUAL,
	acked_bytes INTEGER,		-- of this direction's bytes, acknowledged in this interval
	retransmitted_segments INTEGER,
	reordered_segments INTEGER,
	duplicate_acks INTEGER,
	lost_upstream INTEGER,
	lost_downstream INTEGER,
	window_full INTEGER,
	rtt_samples INTEGER,		-- without, all rtt_ are NULL
	rtt_min_ms REAL,
	rtt_mean_ms REAL,
	rtt_max_ms REAL,
	in_flight_max INTEGER,		-- bytes of this direction sent and not acknowledged
	window_min INTEGER,		-- receive window that this side announced, scaled, bytes; NULL none seen
	-- What held this side's sending back, as in flow_directions: the time since the flow's row before this one, or since
	-- its first packet, so that a silence is told by the row after it; and up to where it is certain. How a wait ends
	-- says what it was: what an interval's end leaves open, mostly less than an RTT, is in the flow's next row, and if
	-- none follows in one without packets in the interval after its last. So a flow's rows add up to flow_directions,
	-- and each row is of the time from first_ns + the sum of all six before it. NULL: not TCP, or written by schema 4
	limited_handshake_us INTEGER,
	limited_application_us INTEGER,
	limited_receive_window_us INTEGER, -- NULL also if windows are not known
	limited_zero_window_us INTEGER,
	limited_recovery_us INTEGER,
	limited_network_us INTEGER
);

-- The tables from here to udp_streams say what was learned beside TCP. Texts from packets are as they came; bytes that are no
-- printable ASCII are written \xNN. flow_id NULL: the flow is not known.

-- One row per DNS question; one that is sent again is the same question.
CREATE TABLE dns (
	capture_id INTEGER REFERENCES captures (id),
	flow_id INTEGER REFERENCES flows (id),
	t_ns INTEGER,			-- first query
	frame INTEGER,
	client_ip TEXT,
	client_port INTEGER,
	server_ip TEXT,
	server_port INTEGER,
	protocol TEXT,			-- 'udp', 'tcp'
	dns_id INTEGER,			-- of the message
	name TEXT,			-- that was asked for; lower case, without the last dot; the root is '.'
	type TEXT,			-- 'A', 'AAAA', ...; 'TYPE1234'
	queries INTEGER,		-- 1 + how often it was sent again; 0: only the answer was seen
	answer_ns INTEGER,		-- NULL: no answer was seen
	answer_frame INTEGER,
	rcode TEXT,			-- 'NOERROR', 'NXDOMAIN', 'SERVFAIL', ..., 'RCODE23'; NULL: no answer
	answers INTEGER,		-- records in the answer
	truncated INTEGER,		-- 1: the answer did not fit, to be asked again over TCP
	open_end INTEGER,		-- 1: no answer, but the capture ended before one could be said to be missing
	address TEXT,			-- first A or AAAA of the answer; NULL none
	latency_us INTEGER		-- from the latest query to the answer; NULL without
);

-- Names for addresses: given by --hosts and --pods (capture_id NULL), and seen in the capture. view address_names chooses one.
CREATE TABLE names (
	capture_id INTEGER REFERENCES captures (id),
	address TEXT,
	port INTEGER,			-- of a service; NULL: all
	name TEXT,
	source TEXT,			-- 'hosts', 'pod' (namespace/name), 'service' (namespace/name), 'dns', 'sni', 'http'
	t_ns INTEGER,			-- first seen; NULL: given
	frame INTEGER
);

-- One row per TLS handshake.
CREATE TABLE tls (
	capture_id INTEGER REFERENCES captures (id),
	flow_id INTEGER REFERENCES flows (id),
	t_ns INTEGER,			-- ClientHello
	frame INTEGER,
	server_hello_ns INTEGER,	-- NULL: none was seen
	finished_ns INTEGER,		-- the client has sent its Finished, as far as that shows from outside; NULL: not
	handshake_us INTEGER,		-- ClientHello to finished_ns; NULL not finished
	version TEXT,			-- 'TLS 1.3', 'TLS 1.2', ..., as the server chose; NULL: no ServerHello
	offered_version TEXT,		-- the highest of the ClientHello
	cipher INTEGER,			-- IANA's number, as the server chose
	sni TEXT,			-- server name; NULL none
	alpn TEXT,			-- as the server chose; NULL: none, or hidden (TLS 1.3)
	alpn_offered TEXT,		-- separated by commas
	resumed INTEGER,		-- 1: by ticket, session id or pre-shared key
	retry INTEGER,			-- 1: HelloRetryRequest
	alert_by TEXT,			-- 'client', 'server'; NULL: no alert in the clear
	alert TEXT,			-- 'unknown_ca', 'handshake_failure', ...
	alert_level TEXT,		-- 'warning', 'fatal'
	alert_ns INTEGER,
	alert_frame INTEGER
);

-- One row per HTTP/1 request.
CREATE TABLE http (
	capture_id INTEGER REFERENCES captures (id),
	flow_id INTEGER REFERENCES flows (id),
	t_ns INTEGER,			-- first byte of the request
	frame INTEGER,
	method TEXT,
	host TEXT,			-- NULL: no Host header
	path TEXT,			-- without query
	status INTEGER,			-- NULL: no answer
	ended TEXT,			-- 'complete', 'cut' (the connection ended in its middle), 'unanswered', 'open' (the capture ended, or missed it)
	request_bytes INTEGER,		-- headers and body
	answer_bytes INTEGER,
	answer_frame INTEGER,
	first_byte_us INTEGER,		-- end of the request to first byte of the answer; NULL without
	total_us INTEGER,		-- first byte of the request to last byte of the answer; NULL without
	request_us INTEGER		-- first byte of the request to its last
);

-- One row per flow of pings (ICMP echo) that somebody sent.
CREATE TABLE echoes (
	flow_id INTEGER REFERENCES flows (id),
	requests INTEGER,
	replies INTEGER,
	duplicates INTEGER,
	lost INTEGER,			-- not answered within 5 s
	lost_run_max INTEGER,		-- most in a row
	loss_pct REAL
		GENERATED ALWAYS AS (100.0 * lost / nullif(replies + lost, 0)) VIRTUAL,
	rtt_min_us INTEGER,		-- without replies, NULL
	rtt_mean_us INTEGER,
	rtt_p95_us INTEGER,
	rtt_max_us INTEGER,
	jitter_us INTEGER,		-- mean difference of successive RTTs
	first_lost_ns INTEGER,
	first_lost_frame INTEGER
);

-- ICMP errors: one row per kind, reporter and conversation that it speaks of.
CREATE TABLE icmp_errors (
	capture_id INTEGER REFERENCES captures (id),
	protocol TEXT,			-- 'icmp', 'icmpv6'
	type INTEGER,
	code INTEGER,
	kind TEXT,			-- 'host_unreachable', 'port_unreachable', 'administratively_prohibited', 'fragmentation_needed',
					-- 'packet_too_big', 'time_exceeded', 'redirect', ..., 'other'
	mtu INTEGER,			-- smallest that was told; NULL none
	packets INTEGER,
	first_ns INTEGER,
	last_ns INTEGER,
	first_frame INTEGER,
	reporter_ip TEXT,		-- who says so
	receiver_ip TEXT,		-- to whom
	about_protocol TEXT,		-- of the packet that it quotes
	about_source_ip TEXT,
	about_source_port INTEGER,	-- 0 where it has none
	about_destination_ip TEXT,
	about_destination_port INTEGER,
	about_flow_id INTEGER REFERENCES flows (id)
);

-- Hops of a traceroute or mtr that was seen: one row per TTL and router that answered.
CREATE TABLE hops (
	capture_id INTEGER REFERENCES captures (id),
	source_ip TEXT,
	destination_ip TEXT,
	protocol TEXT,			-- of the probes
	ttl INTEGER,			-- of the probes as sent: the hop's number
	address TEXT,			-- who answered; NULL nobody
	reached INTEGER,		-- 1: it is the destination
	probes INTEGER,			-- of this TTL
	replies INTEGER,		-- of this router
	rtt_min_us INTEGER,		-- without replies, NULL
	rtt_mean_us INTEGER,
	rtt_max_us INTEGER,
	first_ns INTEGER,
	first_frame INTEGER
);

-- Who says to have which address: ARP and neighbour discovery.
CREATE TABLE neighbours (
	capture_id INTEGER REFERENCES captures (id),
	protocol TEXT,			-- 'arp', 'nd'
	address TEXT,
	mac TEXT,
	vlan INTEGER,			-- NULL none
	claims INTEGER,			-- packets that say so
	gratuitous INTEGER,		-- of these, unasked
	replies INTEGER,		-- of these, answers to somebody
	first_ns INTEGER,
	last_ns INTEGER,
	first_frame INTEGER
);

-- Who asks for whom.
CREATE TABLE neighbour_requests (
	capture_id INTEGER REFERENCES captures (id),
	protocol TEXT,			-- 'arp', 'nd'
	source_ip TEXT,			-- NULL: a probe, or duplicate address detection
	source_mac TEXT,
	vlan INTEGER,
	address TEXT,			-- that is asked for
	requests INTEGER,
	answered INTEGER,		-- of these, within a second
	target_seen INTEGER,		-- 1: somebody claimed the address at some time of the capture
	first_ns INTEGER,
	last_ns INTEGER,
	first_frame INTEGER,
	latency_max_us INTEGER		-- NULL: no answer
);

-- Directions of UDP flows whose packets are numbered.
CREATE TABLE udp_streams (
	flow_id INTEGER REFERENCES flows (id),
	direction TEXT,
	kind TEXT,			-- 'rtp', 'iperf3'
	ssrc INTEGER,			-- RTP; NULL for iperf3
	payload_type INTEGER,		-- RTP; NULL for iperf3
	packets INTEGER,
	lost INTEGER,
	reordered INTEGER,
	duplicates INTEGER,
	lost_run_max INTEGER,		-- most in a row
	loss_pct REAL
		GENERATED ALWAYS AS (100.0 * lost / nullif(packets - duplicates + lost, 0)) VIRTUAL,
	jitter_us INTEGER,		-- RFC 3550 6.4.1, at the end; NULL unknown
	jitter_max_us INTEGER,
	first_ns INTEGER,
	last_ns INTEGER,
	first_frame INTEGER,
	first_lost_ns INTEGER,		-- of the packet after the first gap; NULL none
	first_lost_frame INTEGER
);

-- What is wrong, and why: made by findings/*.sql, worst first. One row per capture and code; its flow_id, t_ns, frame, value and
-- threshold are those of its worst evidence.
CREATE TABLE findings (
	id INTEGER PRIMARY KEY,
	capture_id INTEGER REFERENCES captures (id),
	code TEXT,			-- the file's name without .sql
	severity TEXT,			-- 'critical', 'warning', 'note'
	layer TEXT,			-- 'L2', 'L3', 'L4', 'L7', 'host', 'capture'
	title TEXT,			-- in plain words
	flow_id INTEGER REFERENCES flows (id), -- NULL: not about one flow
	t_ns INTEGER,
	frame INTEGER,			-- NULL: no single frame shows it
	value REAL,
	threshold REAL,			-- that it passed; NULL: none, once is enough
	unit TEXT,			-- of both
	evidence INTEGER,		-- rows in evidence, and those beyond the most that are kept
	explanation TEXT,		-- what it means
	advice TEXT,			-- the next step
	explained_by TEXT		-- code of the finding that all of its evidence comes from; such a one is a 'note'
);

-- What a finding rests on, worst first.
CREATE TABLE evidence (
	finding_id INTEGER REFERENCES findings (id),
	rank INTEGER,			-- from 1
	subject TEXT,			-- who it is about: '10.0.0.1:40000 > 192.0.2.1:80', a host, a name
	flow_id INTEGER REFERENCES flows (id),
	t_ns INTEGER,
	frame INTEGER,
	value REAL,
	threshold REAL,
	unit TEXT,
	detail TEXT,			-- one sentence with the numbers
	display_filter TEXT,		-- for Wireshark
	explained_by TEXT		-- code of the finding that explains this row; NULL none
);

-- The thresholds that the findings were made with; `wiretape findings --set NAME=VALUE` tries others.
CREATE TABLE thresholds (
	name TEXT PRIMARY KEY,
	value REAL,
	standard REAL,			-- the value unless set
	unit TEXT,
	about TEXT			-- in words
) WITHOUT ROWID;

-- The next three are filled in a ring's catalog.db. One row per segment: what its JSON file says.
CREATE TABLE segments (
	name TEXT,			-- of its file in ring/
	sequence INTEGER,		-- from 1, never used twice in a ring
	host TEXT,			-- where it was recorded
	interface TEXT,
	filter TEXT,			-- BPF expression; NULL none
	slice TEXT,			-- 'smart', 'headers', 'full': what was kept of each packet
	link_type INTEGER,		-- LINKTYPE_ (https://www.tcpdump.org/linktypes.html)
	snaplen INTEGER,
	opened_ns INTEGER,		-- the recorder's clock
	closed_ns INTEGER,
	first_ns INTEGER,		-- smallest time of a packet; NULL without packets
	last_ns INTEGER,		-- largest
	packets INTEGER,
	bytes INTEGER,			-- as on the wire
	captured_bytes INTEGER,		-- what was kept of them
	file_bytes INTEGER,		-- compressed
	kernel_drops INTEGER,		-- packets the kernel dropped meanwhile; NULL unknown (repaired after a crash)
	interface_drops INTEGER,	-- the interface; NULL likewise
	pool_drops INTEGER,		-- received, and dropped because nothing could be written
	watcher_skipped INTEGER,	-- written, but not looked at by the triggers
	compress_level INTEGER,		-- the lowest that was used; negative ones are the fast ones
	ended_by TEXT			-- 'time', 'size', 'request' (SIGHUP, an incident), 'link' (its type changed), 'clock' (it was set),
					-- 'level' (the writer fell behind), 'stop', 'error' (it could not be written any more), 'repaired' (the recorder died)
);

-- One row per incident: a trigger fired, or somebody asked (SIGUSR1), and the tape around it was saved. In flows.db: whose
-- packets were analysed.
CREATE TABLE incidents (
	name TEXT,			-- of its folder in incidents/
	trigger TEXT,			-- the rule's name; 'manual'
	scope TEXT,			-- of the row that fired, as in timeline; NULL: manual
	key TEXT,			-- likewise
	t_ns INTEGER,			-- start of the interval that fired
	from_ns INTEGER,		-- of the tape that it asks for
	to_ns INTEGER,
	state TEXT,			-- 'recording', 'saved' (packets complete), 'analysed', 'interrupted', 'failed'
	segments INTEGER,		-- files saved
	file_bytes INTEGER,		-- of all its files
	row_json TEXT			-- the row of timeline that fired; NULL: none
);

-- One row per interval: what the host counted itself, from /proc. Of that interval alone, but for the last five columns,
-- which are as of its end. NULL: /proc does not say, or the first interval.
CREATE TABLE host_counters (
	capture_id INTEGER REFERENCES captures (id),
	t_ns INTEGER,			-- start of the interval
	interval_ms REAL,
	interface_rx_packets INTEGER,	-- /proc/net/dev of the interface that is recorded; any: of all together
	interface_rx_bytes INTEGER,
	interface_rx_errors INTEGER,
	interface_rx_drops INTEGER,
	interface_tx_packets INTEGER,
	interface_tx_bytes INTEGER,
	interface_tx_errors INTEGER,
	interface_tx_drops INTEGER,
	tcp_in_segments INTEGER,	-- /proc/net/snmp: Tcp InSegs; this and all below: the whole network namespace
	tcp_out_segments INTEGER,	-- Tcp OutSegs
	tcp_retransmitted_segments INTEGER, -- Tcp RetransSegs
	tcp_resets_sent INTEGER,	-- Tcp OutRsts
	tcp_attempt_fails INTEGER,	-- Tcp AttemptFails: handshakes that failed
	tcp_in_errors INTEGER,		-- Tcp InErrs
	udp_receive_buffer_errors INTEGER, -- Udp RcvbufErrors
	ip_in_discards INTEGER,		-- Ip InDiscards
	listen_overflows INTEGER,	-- /proc/net/netstat: TcpExt ListenOverflows
	listen_drops INTEGER,		-- TcpExt ListenDrops
	tcp_timeouts INTEGER,		-- TcpExt TCPTimeouts
	tcp_lost_retransmissions INTEGER, -- TcpExt TCPLostRetransmit
	tcp_backlog_drops INTEGER,	-- TcpExt TCPBacklogDrop
	tcp_receive_queue_drops INTEGER, -- TcpExt TCPRcvQDrop
	tcp_memory_pressures INTEGER,	-- TcpExt TCPMemoryPressures
	softnet_drops INTEGER,		-- /proc/net/softnet_stat, all processors: the backlog was full
	softnet_squeezed INTEGER,	-- there was more work than the budget allowed
	tcp_sockets INTEGER,		-- /proc/net/sockstat: TCP inuse
	tcp_orphans INTEGER,		-- TCP orphan
	tcp_time_wait INTEGER,		-- TCP tw
	tcp_memory_pages INTEGER,	-- TCP mem
	udp_sockets INTEGER		-- UDP inuse
);
