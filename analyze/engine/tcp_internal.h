/* tcp_internal.h: what the tcp_*.c files share; for nobody else. */
#ifndef WIRETAPE_TCP_INTERNAL_H
#define WIRETAPE_TCP_INTERNAL_H

#include "analyze/engine/sequence.h"
#include "analyze/engine/tcp.h"

/* tcp_data.c: a packet that occupies sequence space, or might be a probe. */
void tcp_data(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet);

/* tcp_evidence.c */
enum segment_class {
	SEGMENT_NEW,
	SEGMENT_RETRANSMISSION,
	SEGMENT_REORDERED,
	SEGMENT_NETWORK_DUPLICATE,
	SEGMENT_TAP_DUPLICATE,
	SEGMENT_UNKNOWN,
};
/* Notes the packet's IP ID, to learn whether this sender's IDs count up. For packets in sequence order. */
void tcp_note_ip_id(struct side *side, const struct packet *packet);
/* A segment that fills `hole`: was it sent before or after what jumped over the hole? */
enum segment_class tcp_judge_hole(const struct flow *flow, enum direction direction, const struct packet *packet,
				  const struct range *hole, uint32_t *evidence);
/* A segment of bytes that were `seen`: sent again, or a copy, or the original coming late? */
enum segment_class tcp_judge_seen(const struct flow *flow, enum direction direction, const struct packet *packet,
				  const struct range *seen, uint32_t *evidence);

/* tcp_cause.c: why the segment up to `end` was sent again; `sent_ns` is when it was last sent. Adds to `evidence` and
 * moves the sender's recovery state on. */
enum cause tcp_cause(struct tcp *tcp, struct flow *flow, enum direction direction, uint32_t start, uint32_t end,
		     int64_t sent_ns, int64_t now_ns, uint32_t *evidence);

/* tcp_ack.c: the packet's ACK and SACK of what the other direction has sent. */
void tcp_ack(struct tcp *tcp, struct flow *flow, enum direction acker, const struct packet *packet);
/* The first byte seen is not the first that was sent: what was in flight when the capture began, or was missed by the tap
 * right after the other side's SYN, is a hole before it. */
void tcp_before_capture(struct tcp *tcp, struct flow *flow, enum direction direction);
/* Data follow what the tap missed: that was not the FIN. */
void tcp_missed_no_fin(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet);
/* One retransmission of each range in the block has proved needless; with EVIDENCE_ACKED, of those that are acknowledged. */
void tcp_mark_spurious(struct tcp *tcp, struct flow *flow, enum direction direction, struct sack_block block,
		       const struct packet *proof, uint32_t evidence);

/* tcp_window.c */
void tcp_window(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet);
void tcp_window_full(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet,
		     uint32_t end, uint64_t segments);
/* From now on the sides' time is attributed to what holds each back. */
void tcp_limits_begin(struct flow *flow, int64_t now_ns);
/* After each packet: what holds them back from now on? */
void tcp_limits_update(struct flow *flow, int64_t now_ns);
void tcp_limits_end(struct flow *flow);

/* Room for a few more ranges, at the price of detail if need be. */
void tcp_scoreboard_reserve(struct tcp *tcp, struct side *side);

#define MIN_RTO_NS 200000000 /* the shortest retransmission time-out in common use: Linux, TCP_RTO_MIN */

static inline uint32_t tcp_in_flight(const struct side *side)
{
	return side->started && side->una_known && seq_before(side->una, side->max) ? side->max - side->una : 0;
}

#endif
