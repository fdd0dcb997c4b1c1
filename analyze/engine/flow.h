/* flow.h: what the engine remembers of one flow while it lives. */
#ifndef WIRETAPE_FLOW_H
#define WIRETAPE_FLOW_H

#include "analyze/engine/facts.h"
#include "analyze/engine/rtt.h"
#include "analyze/engine/scoreboard.h"

#include <stddef.h>

/* Both ends in a fixed order, so that both directions give the same key. No padding: compared as bytes. */
struct flow_key {
	struct address low, high;
	uint16_t low_port, high_port;
	uint32_t protocol : 8;
	uint32_t network : 24; /* 0, unless other users of these addresses and ports were there first: see tenants.h */
};

/* What is rare enough to be counted one by one, for the flow, its interval and its scopes at once. */
enum counter {
	COUNT_RETRANSMITTED_SEGMENTS,
	COUNT_REORDERED,
	COUNT_DUPLICATE_ACKS,
	COUNT_LOST_UPSTREAM,
	COUNT_LOST_DOWNSTREAM,
	COUNT_WINDOW_FULL,
	COUNTERS_PER_INTERVAL, /* those before are in flow_timeline too */
	COUNT_RETRANSMITTED_BYTES = COUNTERS_PER_INTERVAL,
	COUNT_FAST,
	COUNT_TIMEOUT,
	COUNT_SLOW_START,
	COUNT_TAIL_LOSS_PROBE,
	COUNT_UNKNOWN_CAUSE,
	COUNT_SYN_RETRANSMISSIONS,
	COUNT_FIN_RETRANSMISSIONS,
	COUNT_SPURIOUS,
	COUNT_UNKNOWN_SEGMENTS,
	COUNT_NETWORK_DUPLICATES,
	COUNT_TAP_DUPLICATES,
	COUNT_KEEP_ALIVES,
	COUNT_ZERO_WINDOW_PROBES,
	COUNT_CAPTURE_GAP_SEGMENTS,
	COUNT_CAPTURE_GAP_BYTES,
	COUNT_DSACKS,
	COUNT_ZERO_WINDOWS,
	COUNT_CE,
	COUNT_ECE,
	COUNT_CWR,
	COUNT_TTL_CHANGES,
	COUNT_DSCP_CHANGES,
	COUNT_CHECKSUM_ERRORS,
	COUNTERS_PER_FLOW, /* those after are for scopes only */
	COUNT_SYNS = COUNTERS_PER_FLOW,
	COUNT_FINS,
	COUNT_RESETS,
	COUNT_UNANSWERED,
	COUNT_REFUSED,
	COUNT_FLOWS_NEW,
	COUNT_FLOWS_CLOSED,
	COUNT_FLOWS_RESET,
	COUNT_ICMP_UNREACHABLE,
	COUNT_ICMP_FRAGMENTATION_NEEDED,
	COUNT_ICMP_TIME_EXCEEDED,
	COUNT_DNS_QUERIES,
	COUNT_DNS_FAILURES,
	COUNT_DNS_NXDOMAIN,
	COUNT_DNS_UNANSWERED,
	COUNT_HTTP_REQUESTS,
	COUNT_HTTP_ANSWERS,
	COUNT_HTTP_ERRORS,
	COUNT_TLS_HANDSHAKES,
	COUNT_TLS_FAILURES,
	COUNT_ECHO_REQUESTS,
	COUNT_ECHO_LOST,
	COUNT_ARP_REQUESTS,
	COUNT_ARP_UNANSWERED,
	COUNTERS,
};

enum recovery { RECOVERY_NONE, RECOVERY_FAST, RECOVERY_LOSS };

#define SACK_CACHE 4

/* A side that has had any trouble has one of these; most flows never do. */
struct trouble {
	uint64_t counter[COUNTERS_PER_FLOW];
	struct sack_range {
		uint32_t start, end;
	} sacked[SACK_CACHE]; /* reported and marked already, newest first */
	uint32_t highest_sacked;
	uint32_t recovery_point; /* highest byte sent when recovery began */
	uint32_t probe_end;	 /* what a tail loss probe has probed for, if has_probe */
	uint32_t duplicate_acks; /* in a row, for the data of this side */
	uint32_t tail_left;	 /* segments lost behind a lost tail's first, not sent again yet */
	uint32_t repeats_lost;	 /* retransmissions that were counted as lost because they never came by */
	uint32_t repeats_here, repeats_una; /* of these, while this was the first byte missing */
	uint32_t reported_una;	 /* the first byte missing when the other side had reported enough above it, if has_reported .. */
	uint32_t reported_tsval; /* .. with this timestamp */
	uint32_t copies;	 /* network duplicates seen here that no DSACK has reported yet */
	uint32_t needless;	 /* retransmissions proved needless, likewise */
	uint32_t damaged_seq, damaged_end; /* the last segment with a wrong checksum; alike: none */
	enum recovery recovery;
	bool has_sacked, has_probe, has_reported;
	int64_t zero_window_start_ns, zero_window_ns;
	int64_t rack_ns; /* when the latest of what has been delivered was sent (RFC 8985 5.2, RACK.xmit_ts) */
	/* A loss has cut what the sender has in flight. */
	bool cut;
	uint32_t cut_point;	/* recovery_point of then */
	uint32_t cut_in_flight; /* as it was when recovery began */
	int64_t cut_ns;		/* recovery was not over yet */
	int64_t limited_ns;	/* LIMIT_RECOVERY */
};

/* What holds a side's sending back; network is the rest of the time. */
enum limit {
	LIMIT_HANDSHAKE,
	LIMIT_APPLICATION,
	LIMIT_RECEIVE_WINDOW,
	LIMIT_ZERO_WINDOW,
	LIMIT_NETWORK,
	LIMITS,
	LIMIT_RECOVERY = LIMITS, /* its time is in the trouble that it presumes */
};

/* ACKs that have passed the tap and not yet reached the sender, oldest first; close ones are put together. */
#define ACKS_UNDER_WAY 16
struct acks_under_way {
	struct ack_under_way {
		int64_t t_ns;
		uint32_t una, window_edge, tsval;
	} ack[ACKS_UNDER_WAY], arrived; /* arrived: what the sender knows */
	unsigned first, count;
	uint32_t window_edge_before; /* that the sender knew one ACK earlier */
	int64_t delay_ns;	     /* from the tap to the sender and back, as it is now */
};

/* With many flows a packet's cost is the number of cache lines that it touches; hence the order of the fields. */
#define CACHE_LINE 64

/* One side of a flow: what it sends. For TCP also what is known of its sequence space. */
struct side {
	/* Touched by every packet of either side. */
	_Alignas(CACHE_LINE) uint64_t packets;
	uint64_t bytes;
	int64_t last_ns;
	uint32_t una;	      /* acknowledged by the other side up to here */
	uint32_t max;	      /* highest sequence number sent + 1 */
	uint32_t window_edge; /* this side may send up to here: the other side's ACK + window */
	uint32_t window_min, window_max; /* announced by this side, scaled, in bytes */
	uint16_t window_raw;	/* as in its last header */
	uint16_t segment_bytes; /* largest payload of one wire segment, as far as known */
	uint8_t ttl_min, ttl_max;
	int8_t window_scale; /* -1 not seen, -2 none announced */
	uint8_t limit;	     /* enum limit that holds now */
	bool started : 1;    /* base and max are known */
	bool una_known : 1;
	bool window_known : 1;
	bool window_edge_known : 1;
	bool window_full : 1;
	bool zero_window : 1;
	bool fin_seen : 1;
	bool fin_acked : 1;
	bool fin_missed : 1; /* perhaps: the tap missed what came last, up to fin_end */
	bool syn_ack_sent : 1;
	bool sack_permitted : 1;
	bool timestamps : 1;
	bool tsval_known : 1;
	bool ip_id_known : 1;
	bool dry : 1; /* the newest data was less than a full segment */
	bool far : 1; /* from the tap: it has acks_under_way */
	uint16_t ip_id_next; /* that of the next packet, if this side numbers them one by one */
	struct trouble *trouble; /* NULL: none so far */

	/* Touched by this side's data. */
	struct scoreboard board;
	uint64_t data_segments, data_bytes, new_bytes;
	int64_t data_last_ns; /* last segment with data or FIN; 0 none so far */
	uint32_t in_flight_max;
	/* How far the sender's IP IDs can be trusted: steps forward and back; after a pause, exact ones and others. */
	uint8_t ip_id_in_order, ip_id_out_of_order, ip_id_quiet_exact, ip_id_quiet_gaps;

	/* Touched by the ACKs of this side's data. */
	struct rtt rtt;
	int64_t rtt_last_ns; /* last sample, for jitter */
	uint64_t acked_bytes;
	int64_t ack_last_ns; /* last ACK of the other side that brought news */
	uint32_t base;	     /* first sequence number after the SYN, or the first seen */
	uint32_t tsval_last; /* of the newest data in order */

	/* Touched now and then. */
	int64_t room_ns; /* when a window that had no room for a full segment got some; 0 never */
	uint8_t ip_id_unexplained; /* IDs left out that nothing of this connection can have had */
	int64_t limit_since_ns; /* limits are accounted up to here; NO_TIME: not yet */
	int64_t limited_ns[LIMITS];
	int64_t limit_begun_ns; /* `limit` holds since then */
	struct acks_under_way *acks_under_way;
	struct limits_told *told; /* what rows of flow_timeline have told; NULL: nothing */
	int64_t first_ns;
	uint32_t isn;
	uint32_t fin_end;
	uint32_t link_identity; /* of the first packet */
	uint32_t dry_since_ms;	/* from the flow's first packet; valid if dry */
	uint16_t syns, fins, resets;
	uint16_t mss;
};

_Static_assert(offsetof(struct side, board) == CACHE_LINE, "the first line holds what every packet touches");
_Static_assert(offsetof(struct side, rtt) == 2 * CACHE_LINE, "the second line holds what data touches");

/* What the packets of one direction show of their way; touched by every packet. */
struct way {
	int64_t gap_max_ns, gap_end_ns; /* gap_max_ns: 0 none */
	uint64_t gap_end_frame;
	uint8_t ttl; /* of the newest packet that counts, 0 none */
	uint8_t dscp, first_dscp; /* valid if ttl */
	uint8_t ttl_events;
};

/* One direction's end, and what is counted where there is any. */
struct ends {
	int64_t fin_ns, fin_acked_ns; /* NO_TIME: not seen */
	uint32_t ect_packets;
	uint32_t right_checksums; /* packets; no more than UINT32_MAX */
};

/* What the packets of a flow came in. */
struct flow_tunnel {
	enum tunnel_kind kind;
	uint32_t id;
	bool has_ends;
	struct address end[2];	/* the outermost tunnel's, by the direction that it sends */
	uint32_t network[2][2]; /* by direction: where packets came from, NETWORK_SEEN added; 0 none yet */
};

#define NETWORK_SEEN ((uint32_t)1 << 31)

#define NO_FLOW UINT32_MAX

struct flow {
	/* Touched by every packet. */
	struct flow_key key;
	int64_t last_ns;
	struct flow_activity *activity; /* in the interval activity_epoch */
	uint32_t activity_epoch;
	bool client_is_low : 1;
	bool client_known : 1;
	bool established : 1;
	bool handshake_seen : 1;
	bool refused : 1;
	bool reset : 1;
	bool closed : 1;
	bool waits_for_response : 1;
	bool handshake_ambiguous : 1; /* a SYN or SYN-ACK was sent twice, and timestamps don't tell which was answered */
	bool timeline_written : 1;
	bool server_rtt_known : 1; /* syn_ns to syn_ack_ns is one */
	bool client_rtt_known : 1; /* syn_ack_ns to established_ns is one */
	bool client_guessed : 1; /* by ports that are alike: who asks and who answers may yet tell */
	bool asked : 1;		 /* a side has sent after a silence; asked_by_server: which */
	bool asked_by_server : 1;
	bool tunnelled : 1; /* it has a tunnel */

	uint64_t last_frame;
	int64_t request_ns; /* last byte of the last request */
	uint64_t id; /* 0: not in use */
	int64_t first_ns;
	uint32_t hash; /* low half */
	uint32_t index; /* its own, in the flow table */
	uint32_t wheel_next, wheel_previous, wheel_slot;
	uint32_t responses;
	uint32_t response_min_us, response_max_us;

	/* Touched at the beginning and at the end. */
	int64_t response_sum_ns;
	int64_t syn_ns, syn_ack_ns, established_ns;
	uint64_t first_frame;
	uint32_t syn_tsval, syn_ack_tsval;
	uint32_t reset_seq; /* what was sent before the RST ends here or before; valid if reset */
	uint16_t vlan;
	int8_t reset_by, first_fin_by;
	union { /* what is spoken above it; NULL: nothing known */
		struct stream_application *application; /* TCP */
		struct udp_streams *streams;		/* UDP */
		struct echo *echo;			/* ICMP */
	} above;

	struct way way[2];
	struct flow_tunnel *tunnel; /* NULL: no packet came in one */
	int64_t reset_ns; /* first RST; NO_TIME none */
	struct ends ends[2];

	struct side side[2]; /* by enum direction: C2S is what the client sends */
};

/* The handshake's halves: tap to server and back, tap to client and back; NO_TIME unknown. */
static inline int64_t flow_server_rtt(const struct flow *flow)
{
	if (!flow->server_rtt_known)
		return NO_TIME;
	return flow->syn_ack_ns > flow->syn_ns ? flow->syn_ack_ns - flow->syn_ns : 0; /* clocks may be set back meanwhile */
}

static inline int64_t flow_client_rtt(const struct flow *flow)
{
	if (!flow->client_rtt_known)
		return NO_TIME;
	return flow->established_ns > flow->syn_ack_ns ? flow->established_ns - flow->syn_ack_ns : 0;
}

/* Says to the processor that the flow is needed soon; all of it: a line left out costs more than it saves. */
static inline void flow_prefetch(const struct flow *flow)
{
	for (unsigned i = 0; i < sizeof *flow; i += CACHE_LINE)
		__builtin_prefetch((const char *)flow + i, 1);
}

#endif
