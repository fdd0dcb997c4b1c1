/* way.h: what each packet of a flow shows of its way: the TTL or hop limit (another one is another route), DSCP (RFC 2474), ECN (RFC
 * 3168), the pauses between packets, and by its checksum whether it was damaged. */
#ifndef WIRETAPE_WAY_H
#define WIRETAPE_WAY_H

#include "analyze/engine/flow.h"
#include "analyze/engine/ledger.h"
#include "analyze/engine/packet.h"

/* A packet that has been counted and is no duplicate. `before_ns` is when the one before it came in this direction; NO_TIME: it is the
 * first. */
static inline void way_packet(struct ledger *ledger, struct flow *flow, enum direction direction, const struct packet *packet,
			      int64_t before_ns);
/* Counts a packet whose checksum is known; true if its receiver will drop it. A direction of which most checksums are wrong comes from
 * a host that leaves them to its interface: none of it is counted as damaged. So is what may be a super-segment. */
bool way_damaged(struct ledger *ledger, struct flow *flow, enum direction direction, const struct packet *packet,
		 struct engine_totals *totals);
/* The flow's client has proved to be the server. */
void way_swap_sides(struct flow *flow);

/* A packet that is not like the one before it. */
void way_news(struct ledger *ledger, struct flow *flow, enum direction direction, const struct packet *packet, int64_t before_ns);

static inline void way_packet(struct ledger *ledger, struct flow *flow, enum direction direction, const struct packet *packet,
			      int64_t before_ns)
{
	const struct way *way = &flow->way[direction];
	bool like = packet->ttl == way->ttl && packet->dscp == way->dscp && packet->ecn == 0;
	if (!like || before_ns == NO_TIME || packet->t_ns - before_ns > way->gap_max_ns)
		way_news(ledger, flow, direction, packet, before_ns);
}

#endif
