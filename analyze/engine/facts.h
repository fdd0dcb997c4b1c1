/* facts.h: what the engine learns, as plain data. The sinks get these; they own no memory and hold no pointers,
 * so that a sink may copy them and hand them to another thread. Times are ns since the epoch (UTC).
 *
 * RTT here is what the tap can measure: from a data segment passing the tap to its ACK passing the tap. In direction
 * c2s that is tap -> server -> tap, in s2c it is tap -> client -> tap; the two add up to the path's RTT. */
#ifndef WIRETAPE_FACTS_H
#define WIRETAPE_FACTS_H

#include "analyze/engine/protocol_facts.h"

enum direction { C2S, S2C }; /* from client to server; from server to client */

/* What a flow's packets were wrapped in: the outermost. */
#define TUNNEL_LIST(X)                                                                                  \
	X(TUNNEL_NONE, NULL, "not at all")                                                              \
	X(TUNNEL_VXLAN, "vxlan", "RFC 7348; id is the VNI")                                             \
	X(TUNNEL_GENEVE, "geneve", "RFC 8926; id is the VNI")                                           \
	X(TUNNEL_GRE, "gre", "RFC 2784, RFC 2890; id is the key, 0 none")                               \
	X(TUNNEL_IPIP, "ipip", "IPv4 in IPv4 (RFC 2003), or in IPv6")                                   \
	X(TUNNEL_6IN4, "6in4", "IPv6 in IPv4 (RFC 4213), or in IPv6")                                   \
	X(TUNNEL_MPLS, "mpls", "RFC 3032; id is the outermost label")                                   \
	X(TUNNEL_PPPOE, "pppoe", "RFC 2516; id is the session's")

enum tunnel_kind {
#define TUNNEL_NAME(name, text, meaning) name,
	TUNNEL_LIST(TUNNEL_NAME)
#undef TUNNEL_NAME
};

enum protocol { PROTOCOL_ICMP = 1, PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, PROTOCOL_ICMPV6 = 58 }; /* else: IANA's number */

/* A TCP flow's state when its row was written; FLOW_NONE for other protocols. */
#define FLOW_STATE_LIST(X)                                                                              \
	X(FLOW_NONE, "none", "not TCP")                                                                 \
	X(FLOW_UNANSWERED, "unanswered", "SYN without any answer")                                      \
	X(FLOW_REFUSED, "refused", "SYN answered with RST")                                             \
	X(FLOW_SYN_RECEIVED, "syn_received", "SYN and SYN-ACK seen, the handshake's last ACK not")      \
	X(FLOW_ESTABLISHED, "established", "open, or seen only in the middle")                          \
	X(FLOW_HALF_CLOSED, "half_closed", "one side has sent FIN, or a FIN is not yet acknowledged")   \
	X(FLOW_CLOSED, "closed", "both sides have sent FIN and both are acknowledged")                  \
	X(FLOW_RESET, "reset", "ended by RST")

enum flow_state {
#define FLOW_STATE_NAME(name, text, meaning) name,
	FLOW_STATE_LIST(FLOW_STATE_NAME)
#undef FLOW_STATE_NAME
};

/* Why a flow's row was written. */
#define FLOW_END_LIST(X)                                                                                \
	X(FLOW_END_CAPTURE, "capture_end", "the capture ended")                                         \
	X(FLOW_END_CLOSE, "close", "closed by FIN or RST, and quiet since")                             \
	X(FLOW_END_IDLE, "idle", "no packet for the idle time-out")                                     \
	X(FLOW_END_EVICTED, "evicted", "the flow table was full")                                       \
	X(FLOW_END_REUSED, "reused", "a new SYN took the same addresses and ports")

enum flow_end {
#define FLOW_END_NAME(name, text, meaning) name,
	FLOW_END_LIST(FLOW_END_NAME)
#undef FLOW_END_NAME
};

/* What can happen to a flow, one packet at a time. */
#define EVENT_LIST(X)                                                                                   \
	X(EVENT_RETRANSMISSION, "retransmission", "data or FIN sent again; see cause")                  \
	X(EVENT_SYN_RETRANSMISSION, "syn_retransmission", "SYN or SYN-ACK sent again")                  \
	X(EVENT_SPURIOUS, "spurious", "a retransmission proved needless; the frame is the proof")       \
	X(EVENT_REORDERED, "reordered", "sent before packets that overtook it")                         \
	X(EVENT_UNKNOWN, "unknown", "retransmission or reordered: no evidence decides")                 \
	X(EVENT_NETWORK_DUPLICATE, "network_duplicate", "one packet delivered twice by the network")    \
	X(EVENT_CAPTURE_GAP, "capture_gap", "bytes acknowledged that the tap never saw")                \
	X(EVENT_KEEP_ALIVE, "keep_alive", "keep-alive probe (RFC 9293 3.8.4)")                          \
	X(EVENT_ZERO_WINDOW_PROBE, "zero_window_probe", "probe of a closed window (RFC 9293 3.8.6.1)")  \
	X(EVENT_ZERO_WINDOW, "zero_window", "this side announced a receive window of zero")             \
	X(EVENT_ZERO_WINDOW_END, "zero_window_end", "this side opened its window again")                \
	X(EVENT_WINDOW_FULL, "window_full", "bytes in flight reached the other side's window")          \
	X(EVENT_REFUSED, "refused", "RST in answer to a SYN")                                           \
	X(EVENT_RESET, "reset", "RST on an open connection")                                            \
	X(EVENT_TTL_CHANGE, "ttl_change", "the TTL or hop limit is another: another route; len: the new one, seq: the old") \
	X(EVENT_CHECKSUM_ERROR, "checksum_error", "damaged on the way: its receiver drops it")

enum event_kind {
#define EVENT_NAME(name, text, meaning) name,
	EVENT_LIST(EVENT_NAME)
#undef EVENT_NAME
	EVENT_KINDS
};

/* Why a segment was sent again. */
#define CAUSE_LIST(X)                                                                                   \
	X(CAUSE_NONE, "none", "not a retransmission")                                                   \
	X(CAUSE_FAST, "fast", "SACK or duplicate ACKs reported the loss (RFC 6675, RFC 8985)")          \
	X(CAUSE_TIMEOUT, "timeout", "the retransmission timer expired (RFC 6298)")                      \
	X(CAUSE_SLOW_START, "slow_start", "more of what a time-out declared lost")                      \
	X(CAUSE_TAIL_LOSS_PROBE, "tail_loss_probe", "tail loss probe (RFC 8985 7)")                     \
	X(CAUSE_UNKNOWN, "unknown", "no evidence decides")

enum cause {
#define CAUSE_NAME(name, text, meaning) name,
	CAUSE_LIST(CAUSE_NAME)
#undef CAUSE_NAME
};

/* What a decision rests on; events carry a set of these. */
#define EVIDENCE_LIST(X)                                                                                \
	X(EVIDENCE_SEEN, 0, "seen_before", "the same bytes passed the tap before")                      \
	X(EVIDENCE_IP_ID, 1, "ip_id", "order of the sender's IP IDs")                                   \
	X(EVIDENCE_TIMESTAMP, 2, "timestamp", "order of the sender's TSval (RFC 7323)")                 \
	X(EVIDENCE_RTT, 3, "rtt", "time since the hole appeared, against the flow's RTT")               \
	X(EVIDENCE_SACK, 4, "sack", "SACK blocks of the other side (RFC 2018)")                         \
	X(EVIDENCE_DSACK, 5, "dsack", "duplicate SACK of the other side (RFC 2883)")                    \
	X(EVIDENCE_DUPLICATE_ACKS, 6, "duplicate_acks", "duplicate ACKs of the other side")             \
	X(EVIDENCE_ACKED, 7, "acked", "the bytes were acknowledged already")                            \
	X(EVIDENCE_TIMER, 8, "timer", "silence before it that fits a retransmission timer")             \
	X(EVIDENCE_TSECR, 9, "tsecr", "TSecr of an ACK echoes the original (RFC 3522)")                 \
	X(EVIDENCE_RACK, 11, "rack", "something sent later has been delivered (RFC 8985)")              \
	X(EVIDENCE_ACK_BEYOND, 10, "ack_beyond", "an ACK covers bytes that the tap never saw")

enum evidence {
#define EVIDENCE_NAME(name, bit, text, meaning) name = 1 << (bit),
	EVIDENCE_LIST(EVIDENCE_NAME)
#undef EVIDENCE_NAME
};

/* One direction of one flow. Segments are MSS-sized wire segments, packets are captured frames; both without
 * tap duplicates, which are counted on their own. */
struct direction_facts {
	uint64_t packets;
	uint64_t bytes; /* as on the wire, link header included */
	uint64_t data_segments;
	uint64_t data_bytes; /* TCP payload, all that was sent; UDP and ICMP: payload */
	uint64_t new_bytes;  /* TCP payload, each byte counted once */
	uint64_t acked_bytes; /* of these, acknowledged by the other side */
	uint64_t retransmitted_segments; /* data, SYN and FIN: what the kernel counts as RetransSegs */
	uint64_t retransmitted_bytes;
	uint64_t fast_retransmissions; /* these five add up to retransmitted_segments without SYNs: causes */
	uint64_t timeout_retransmissions;
	uint64_t slow_start_retransmissions;
	uint64_t tail_loss_probes;
	uint64_t unknown_retransmissions;
	uint64_t syn_retransmissions; /* SYN or SYN-ACK; part of retransmitted_segments */
	uint64_t fin_retransmissions; /* FIN without data; part of retransmitted_segments, and has a cause */
	uint64_t spurious_retransmissions;
	uint64_t reordered_segments;
	uint64_t unknown_segments;
	uint64_t network_duplicates;
	uint64_t tap_duplicates; /* frames */
	uint64_t keep_alives;
	uint64_t zero_window_probes;
	uint64_t lost_upstream;   /* segments lost before the tap */
	uint64_t lost_downstream; /* segments seen at the tap and lost after it */
	uint64_t capture_gap_segments; /* estimated: bytes by MSS */
	uint64_t capture_gap_bytes;
	uint64_t duplicate_acks; /* sent by this side */
	uint64_t dsacks;         /* sent by this side */
	uint64_t zero_windows;   /* episodes: times this side closed its receive window */
	int64_t zero_window_ns;
	uint64_t window_full; /* segments of this side that filled the other side's window; UINT64_MAX: that is not known */
	uint64_t window_min;  /* receive window announced by this side, bytes, scaled, SYN and RST
			      * apart; UINT64_MAX: none seen, or its scale is not known */
	uint64_t window_max;
	int32_t window_scale; /* shift announced; -1 not seen, -2 the SYN had none */
	uint32_t mss;	      /* announced in SYN, 0 not seen */
	uint32_t segment_bytes; /* payload of a full wire segment, as far as known */
	uint64_t in_flight_max; /* bytes sent and not acknowledged */
	uint64_t syns, fins, resets; /* packets with the flag */
	uint64_t ce_marks, ece_marks, cwr_marks; /* ECN (RFC 3168) */
	uint8_t ttl_min, ttl_max; /* TTL or hop limit; 0 where nothing was seen */
	uint64_t ttl_changes;	  /* between packets that are not RST or ICMP: routes changed */
	uint64_t dscp_changes;	  /* likewise */
	uint8_t dscp;		  /* of the first packet (RFC 2474) */
	uint64_t ect_packets;	  /* marked as ECN-capable (RFC 3168), CE included */
	uint64_t checksum_errors; /* IPv4 header, TCP, UDP, ICMP; what offload has left open is none */
	int64_t gap_max_ns;	  /* longest time between two packets of this direction; NO_TIME: fewer than two */
	int64_t gap_end_ns;	  /* when it ended */
	uint64_t gap_end_frame;
	int64_t fin_ns;		  /* first FIN; NO_TIME none */
	int64_t fin_acked_ns;	  /* when that was acknowledged; NO_TIME not */
	bool sack_permitted, timestamps;
	int64_t first_ns, last_ns; /* NO_TIME: no packet in this direction */
	uint64_t rtt_samples;
	int64_t rtt_min_ns, rtt_mean_ns, rtt_p50_ns, rtt_p95_ns, rtt_p99_ns, rtt_max_ns; /* valid if rtt_samples */
	int64_t rtt_mdev_ns; /* smoothed mean deviation at the end (RFC 6298 RTTVAR) */
	/* How long this side's sending was held back by what; together the time of the flow (see store/schema.sql). */
	int64_t limited_handshake_ns;
	int64_t limited_application_ns;
	int64_t limited_receive_window_ns; /* NO_TIME: the window is not known */
	int64_t limited_zero_window_ns;
	int64_t limited_recovery_ns;
	int64_t limited_network_ns;
};

/* One bidirectional flow. The engine's ids count from 1 in order of first packet. */
struct flow_facts {
	uint64_t id;
	uint8_t protocol; /* enum protocol */
	struct address client, server;
	uint16_t client_port, server_port; /* ICMP: identifier or 0, and 0 */
	uint16_t vlan;			   /* outermost 802.1Q id of the first packet, 0 none */
	enum flow_state state;
	enum flow_end end;
	int64_t first_ns, last_ns;
	uint64_t first_frame, last_frame; /* counted from 1, as Wireshark's frame.number */
	bool handshake_seen;	  /* SYN and SYN-ACK both seen */
	bool client_known;	  /* by a SYN or SYN-ACK; otherwise a guess, see client.h */
	int64_t handshake_rtt_ns; /* SYN to the ACK that completes, unambiguous ones only; NO_TIME otherwise */
	int64_t handshake_server_rtt_ns; /* SYN to SYN-ACK */
	int64_t handshake_client_rtt_ns; /* SYN-ACK to ACK */
	int64_t established_ns;		 /* when the handshake completed */
	int64_t syn_ns, syn_ack_ns;	 /* first of each; NO_TIME not seen */
	int64_t reset_ns;		 /* first RST; NO_TIME none */
	enum tunnel_kind tunnel;	 /* of the first packet that came in one */
	uint32_t tunnel_id;
	bool tunnel_has_ends;		 /* two addresses: not PPPoE, not MPLS */
	struct address tunnel_client, tunnel_server; /* the end on the client's side, and on the server's */
	int8_t reset_by;		 /* enum direction that sent the first RST; -1 none */
	int8_t first_fin_by;		 /* enum direction; -1 none */
	uint64_t responses;		 /* last byte of a request to first byte of its answer */
	int64_t response_min_ns, response_mean_ns, response_max_ns; /* valid if responses */
	struct direction_facts direction[2];			    /* by enum direction */
};

struct event_facts {
	uint64_t flow_id;
	int64_t t_ns;
	uint64_t frame;
	enum direction direction; /* of the frame's sender, or of the data it speaks of (spurious, capture_gap) */
	enum event_kind kind;
	enum cause cause;  /* retransmissions only */
	uint32_t evidence; /* set of enum evidence */
	uint32_t seq;	   /* as on the wire */
	uint32_t len;	   /* bytes */
	int64_t value_ns;  /* zero_window_end: duration; retransmission: since last sent, 0 not known; else 0 */
};

enum scope { SCOPE_ALL, SCOPE_SERVICE, SCOPE_PEER }; /* service: server address and port; peer: the client's address */

/* One interval of one scope and key. Rates and percentages are the store's to compute. */
struct interval_facts {
	int64_t t_ns; /* start; a multiple of interval_ns */
	int64_t interval_ns;
	enum scope scope;
	bool rest;		/* the row sums all keys that have no row of their own */
	uint32_t rest_keys;	/* how many, if rest */
	struct address address; /* service: server; peer: client */
	uint16_t port;		/* service */
	uint8_t protocol;	/* service */
	uint64_t packets, bytes, tap_duplicates;
	uint64_t data_segments, data_bytes, new_bytes; /* TCP; new_bytes is the goodput */
	uint64_t retransmitted_segments, retransmitted_bytes;
	uint64_t fast_retransmissions, timeout_retransmissions, slow_start_retransmissions, tail_loss_probes,
		unknown_retransmissions;
	uint64_t syn_retransmissions, fin_retransmissions, spurious_retransmissions;
	uint64_t lost_upstream, lost_downstream;
	uint64_t reordered_segments, unknown_segments, network_duplicates, duplicate_acks;
	uint64_t capture_gap_segments, capture_gap_bytes;
	uint64_t keep_alives, zero_window_probes, zero_windows, window_full;
	uint64_t syns, unanswered, refused, resets, fins;
	uint64_t flows_new, flows_closed, flows_active;
	uint64_t flows_reset; /* of flows_closed, by RST; resets counts packets, of which one connection may get many */
	uint64_t ce_marks, ece_marks;
	uint64_t udp_packets, udp_bytes, icmp_packets;
	uint64_t icmp_unreachable, icmp_fragmentation_needed, icmp_time_exceeded;
	/* RTT of the far side of the tap: for each flow the direction with the larger minimum RTT. */
	uint64_t rtt_samples;
	int64_t rtt_min_ns, rtt_mean_ns, rtt_p50_ns, rtt_p95_ns, rtt_p99_ns, rtt_max_ns; /* valid if rtt_samples */
	int64_t rtt_jitter_ns; /* mean difference of successive samples of one flow */
	int64_t rtt_baseline_ns; /* what is usual for this scope and key: median of rtt_p95_ns of its 60 rows with samples before
				  * this one; NO_TIME: there were not 10 */
	uint64_t responses;
	int64_t response_min_ns, response_mean_ns, response_p50_ns, response_p95_ns, response_max_ns;
	uint64_t dns_queries;	 /* questions sent, repeats included */
	uint64_t dns_answers;	 /* first answers */
	uint64_t dns_failures;	 /* of these, SERVFAIL, REFUSED, ...: rcode other than NOERROR and NXDOMAIN */
	uint64_t dns_nxdomain;	 /* of these */
	uint64_t dns_unanswered; /* questions given up, in the interval in which that was known */
	int64_t dns_mean_ns, dns_p50_ns, dns_p95_ns, dns_max_ns; /* valid if dns_answers */
	uint64_t http_requests, http_answers, http_errors; /* errors: answers with status 500 and more */
	uint64_t tls_handshakes, tls_failures; /* failures: ended by an alert, or by the connection's end */
	uint64_t echo_requests, echo_replies, echo_lost;
	int64_t echo_mean_ns, echo_max_ns; /* valid if echo_replies */
	uint64_t arp_requests, arp_unanswered; /* of scope all only; ND included */
	uint64_t checksum_errors, ttl_changes;
};

/* One interval of one direction of one flow: both directions are written when either was active. */
struct flow_interval_facts {
	uint64_t flow_id;
	int64_t t_ns, interval_ns;
	enum direction direction;
	uint32_t packets;
	uint64_t bytes;
	uint32_t data_segments;
	uint64_t data_bytes, new_bytes;
	uint64_t acked_bytes; /* of this direction's bytes, acknowledged in this interval */
	uint32_t retransmitted_segments, reordered_segments, duplicate_acks, lost_upstream, lost_downstream, window_full;
	uint32_t rtt_samples;
	int64_t rtt_min_ns, rtt_mean_ns, rtt_max_ns; /* valid if rtt_samples */
	uint64_t in_flight_max;		    /* bytes of this direction sent and not acknowledged */
	uint64_t window_min;		    /* receive window that this side announced, scaled; UINT64_MAX none seen */
	/* What held this side's sending back since its row before, or since the flow began, as far as that is certain: see
	 * store/schema.sql. Whole microseconds; a flow's rows add up to its direction_facts. NO_TIME: not TCP, or not known there. */
	int64_t limited_handshake_ns, limited_application_ns, limited_receive_window_ns, limited_zero_window_ns,
		limited_recovery_ns, limited_network_ns;
};

/* What came over one interface. */
struct interface_facts {
	uint32_t interface; /* its number; 0: the capture doesn't say, or of more interfaces than are kept apart */
	uint64_t packets, bytes; /* all frames, wire bytes */
	uint64_t tap_duplicates; /* of these, seen before: mostly over another interface */
	int64_t first_ns, last_ns; /* smallest and largest */
};

/* Totals of one engine, for the capture's row. */
struct engine_totals {
	uint64_t frames, bytes;		  /* all frames, wire bytes */
	int64_t first_ns, last_ns;	  /* NO_TIME without frames; smallest and largest */
	uint64_t time_backwards;	  /* frames older than the one before them */
	uint64_t flows, flows_live, flows_live_max, flows_evicted;
	uint64_t unsupported_link;	  /* frames of a link type that is not decoded */
	uint64_t not_ip;		  /* ARP, LLDP, ...: in no flow */
	uint64_t malformed;		  /* lengths or versions that cannot be */
	uint64_t snapped;		  /* frames whose headers were cut by the snap length */
	uint64_t fragments;
	uint64_t fragments_incomplete;	  /* packets that never became whole */
	uint64_t fragments_unused;	  /* frames of those packets */
	uint64_t tap_duplicates;
	uint64_t events, events_dropped;  /* dropped: over engine_options.max_events */
	uint64_t data_segments, capture_gap_segments; /* for the estimate of capture loss */
	uint64_t ranges_merged;		  /* scoreboards that reached their cap and lost detail */
	uint64_t memory_failures;	  /* packets not analysed for want of memory */
	uint64_t checksum_errors;	  /* packets damaged on the way */
	uint64_t checksum_offloads;	  /* packets whose checksum was left to the interface: sent by the capturing host */
	uint64_t tunnelled;		  /* packets that came in a tunnel */
	uint64_t facts_dropped;		  /* DNS questions, ICMP errors, hops, ...: more than are kept apart */
	uint64_t memory_bytes;		  /* held by the engine now */
};

/* Names of the enum values above; static storage, never NULL. */
const char *protocol_name(uint8_t protocol); /* "tcp", "udp", "icmp", "icmpv6", ..., or "other" where there is no name */
const char *flow_state_name(enum flow_state state);
const char *flow_end_name(enum flow_end end);
const char *event_kind_name(enum event_kind kind);
const char *cause_name(enum cause cause);
const char *tunnel_name(enum tunnel_kind kind); /* NULL: none */
/* Writes the set as "ip_id,timestamp"; returns `text`. EVIDENCE_TEXT_MAX bytes always suffice. */
#define EVIDENCE_TEXT_MAX 160
char *evidence_text(uint32_t evidence, char *text);
/* Writes "192.0.2.1" or "2001:db8::1"; returns `text`. */
#define ADDRESS_TEXT_MAX 46
char *address_text(const struct address *address, char *text);
const char *scope_name(enum scope scope); /* "all", "service", "peer" */
/* Writes what stands in timeline.key: "", "192.0.2.1:443", "udp/[2001:db8::1]:53", "192.0.2.7", "(other)"; returns `text`. */
#define KEY_TEXT_MAX 96
char *key_text(const struct interval_facts *facts, char *text);

#endif
