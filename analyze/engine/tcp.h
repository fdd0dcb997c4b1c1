/* tcp.h: TCP analysis of one flow, packet by packet (RFC 9293). */
#ifndef WIRETAPE_TCP_H
#define WIRETAPE_TCP_H

#include "analyze/engine/flow.h"
#include "analyze/engine/interfaces.h"
#include "analyze/engine/ledger.h"
#include "analyze/engine/packet.h"
#include "analyze/engine/shared_ids.h"

struct tcp {
	struct ledger *ledger;
	struct arena *arena;
	struct interfaces *interfaces; /* copies are counted there too */
	struct shared_ids *shared_ids;
	int64_t before_ns; /* the last packet before this one that its side sent; NO_TIME none. The caller sets it */
	uint64_t ranges_merged; /* scoreboards that had to lose detail */
	uint64_t memory_limit;	/* arena bytes past which scoreboards are kept short */
	uint64_t memory_failures;
};

/* Takes in one packet of a flow; duplicates of the tap and of the network have been sorted out, ledger_packet has
 * counted it. */
void tcp_packet(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet);
/* A packet that its receiver drops for its checksum: only what it shows of the sender's sequence space is taken in. */
void tcp_damaged(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet);
/* A packet that the network delivered twice has been counted: its receiver may report it by DSACK. */
void tcp_note_copy(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet);
/* A SYN-ACK for each of the SYNs that the network delivered twice: both were sent, if they look alike too. */
bool tcp_answers_copy(const struct flow *flow, enum direction direction, const struct packet *packet);
/* A SYN that can't belong to this connection: the flow is over, another begins with the same addresses and ports. */
bool tcp_starts_anew(const struct flow *flow, enum direction direction, const struct packet *packet);
enum flow_state tcp_state(const struct flow *flow);
/* The flow has ended at its last packet: closes what is open in its accounts. */
void tcp_end(struct tcp *tcp, struct flow *flow);
/* A flow as tcp_end would leave it, beside the one that goes on. It holds pointers into itself, and others that belong
 * to the flow. */
struct tcp_preview {
	struct flow flow;
	struct trouble trouble[2];
	struct acks_under_way acks_under_way[2];
};
void tcp_preview(const struct flow *flow, struct tcp_preview *preview);
/* Shortest round trip between the two ends, as far as known; 0 unknown. */
int64_t tcp_path_rtt(const struct flow *flow);
/* Wire segments that `bytes` of this direction's payload make; at least 1. */
uint64_t tcp_segments(const struct flow *flow, enum direction direction, uint64_t bytes);

/* Says to the processor that what the flow points at is needed soon; the flow itself should be at hand. */
void tcp_prefetch(const struct flow *flow);

#endif
