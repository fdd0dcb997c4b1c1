/* tcp_internal.h: what the tcp_*.c files share; for nobody else. */
#ifndef WIRETAPE_TCP_INTERNAL_H
#define WIRETAPE_TCP_INTERNAL_H

#include "analyze/engine/sequence.h"
#include "analyze/engine/tcp.h"

/* tcp_ip_id.c: what a packet's IP ID tells. */
struct ip_id_news {
	uint32_t missing;   /* packets of this side that were sent just before and never came by, beside those that left a hole */
	uint32_t explained; /* packets that were missing earlier, and now turn out to have left a hole */
	bool late;	    /* sent before a packet that has come by */
};
/* Takes note of the IP ID of each packet, before anything else does of the packet. */
void tcp_ip_id(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet, struct ip_id_news *news);
/* How long this side has sent nothing although it might have: nothing came that lets it send. Such a silence ends by a timer or by
 * the application. */
int64_t tcp_idle(const struct tcp *tcp, const struct side *side, const struct packet *packet);
/* True if the order of this side's IDs is the order in which it sent. */
bool tcp_ip_ids_count_up(const struct side *side);

/* tcp_data.c: a packet that occupies sequence space, or might be a probe. */
void tcp_data(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet,
	      const struct ip_id_news *ip_id);

/* tcp_evidence.c */
enum segment_class {
	SEGMENT_NEW,
	SEGMENT_RETRANSMISSION,
	SEGMENT_REORDERED,
	SEGMENT_NETWORK_DUPLICATE,
	SEGMENT_TAP_DUPLICATE,
	SEGMENT_UNKNOWN,
};
/* A segment that fills `hole`: was it sent before or after what jumped over the hole? */
enum segment_class tcp_judge_hole(const struct flow *flow, enum direction direction, const struct packet *packet,
				  const struct range *hole, uint32_t *evidence);
/* A segment of bytes that were `seen`: sent again, or a copy, or the original coming late? */
enum segment_class tcp_judge_seen(const struct flow *flow, enum direction direction, const struct packet *packet,
				  const struct range *seen, uint32_t *evidence);

/* A segment that continues what was sent, after a silence: do missing IP IDs prove that it was sent before, and lost? The
 * last segments of a burst leave no hole when they are lost. */
bool tcp_judge_fresh(const struct tcp *tcp, const struct flow *flow, enum direction direction, const struct packet *packet,
		     const struct ip_id_news *ip_id, uint32_t *evidence);
/* How many more segments than this one were lost with it, and are not sent again yet. */
uint32_t tcp_tail_left(const struct flow *flow, enum direction direction, const struct packet *packet, uint32_t missing);
/* Something below the highest byte acknowledged or seen is missing. */
bool tcp_has_hole(const struct side *side);
/* So many retransmissions have not been lost upstream, as was thought. */
void tcp_repeats_found(struct tcp *tcp, struct flow *flow, enum direction direction, uint64_t segments);

/* A segment that is sent again now, and when it was last sent. */
struct repeat {
	uint32_t start, end;
	int64_t sent_ns, now_ns;
};
/* tcp_cause.c: why it was sent again. Adds to `evidence` and moves the sender's recovery state on. */
enum cause tcp_cause(struct tcp *tcp, struct flow *flow, enum direction direction, const struct repeat *repeat, uint32_t *evidence);

/* tcp_ack.c: the packet's ACK and SACK of what the other direction has sent. */
void tcp_ack(struct tcp *tcp, struct flow *flow, enum direction acker, const struct packet *packet);
/* The first byte seen is not the first that was sent: what was in flight when the capture began, or was missed by the tap
 * right after the other side's SYN, is a hole before it. */
void tcp_before_capture(struct tcp *tcp, struct flow *flow, enum direction direction);
/* Data follow what the tap missed: that was not the FIN. */
void tcp_missed_no_fin(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet);
/* One retransmission of each range in the block has proved needless; with EVIDENCE_ACKED, of those that the other side had
 * reported. False if there was none. */
bool tcp_mark_spurious(struct tcp *tcp, struct flow *flow, enum direction direction, struct sack_block block,
		       const struct packet *proof, uint32_t evidence);

/* tcp_window.c */
void tcp_window(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet);
void tcp_window_full(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet,
		     uint32_t end, uint64_t segments);

/* tcp_limits.c: each side's time is attributed to what holds its sending back, from the flow's first packet on. */
void tcp_limits_begin(struct flow *flow, const struct packet *packet);
/* Before each packet: what has happened since the last one. */
void tcp_limits_before(struct flow *flow, enum direction direction, const struct packet *packet);
/* The side has sent something that was never sent before. */
void tcp_limits_sent(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet);
/* The side has waited from `since_ns` to `now_ns` for the timer that made it send again. */
void tcp_limits_waited(struct side *side, int64_t since_ns, int64_t now_ns);
/* After each packet: what holds them back from now on? */
void tcp_limits_after(struct flow *flow, const struct packet *packet);
/* Accounts for the time up to the flow's last packet; nothing may follow. */
void tcp_limits_close(struct flow *flow);
/* The window edge that the sender knew when it sent what passes the tap now. */
uint32_t tcp_sender_edge(const struct side *side);

/* Room for a few more ranges, at the price of detail if need be. */
void tcp_scoreboard_reserve(struct tcp *tcp, struct side *side);

#define MIN_RTO_NS 200000000 /* the shortest retransmission time-out in common use: Linux, TCP_RTO_MIN */

#define RTT_MAX_NS 3600000000000 /* one hour */

#define BEFORE_NS 500000000 /* after this time nothing is under way any more that was sent before the capture began */

/* What now turns out not to have come by may have been in flight when the capture began, in the middle of the flow. */
static inline bool tcp_maybe_before(const struct flow *flow, int64_t now_ns)
{
	return !flow->side[C2S].syns && !flow->side[S2C].syns && now_ns - flow->first_ns < BEFORE_NS;
}

/* A round trip, no longer than can be: forged times must not overflow what is made of it. */
static inline int64_t tcp_bounded(int64_t rtt_ns)
{
	return rtt_ns < RTT_MAX_NS ? rtt_ns : RTT_MAX_NS;
}

static inline uint32_t tcp_in_flight(const struct side *side)
{
	return side->started && side->una_known && seq_before(side->una, side->max) ? side->max - side->una : 0;
}

#endif
