/* way.h: what each packet of a flow shows of its way: the TTL or hop limit (another one is another route), DSCP (RFC 2474), ECN (RFC
 * 3168), the pauses between packets, and by its checksum whether it was damaged. */
#ifndef WIRETAPE_WAY_H
#define WIRETAPE_WAY_H

#include "analyze/engine/flow.h"
#include "analyze/engine/ledger.h"
#include "analyze/engine/packet.h"

/* A packet that has been counted and is no duplicate. `before_ns` is when the one before it came in this direction; NO_TIME: it is the
 * first. */
void way_packet(struct ledger *ledger, struct flow *flow, enum direction direction, const struct packet *packet,
		int64_t before_ns);
/* Counts a packet whose checksum is known; true if its receiver will drop it. A direction of which most checksums are wrong comes from
 * a host that leaves them to its interface: none of it is counted as damaged. So is what may be a super-segment. */
bool way_damaged(struct ledger *ledger, struct flow *flow, enum direction direction, const struct packet *packet,
		 struct engine_totals *totals);
/* The flow's client has proved to be the server. */
void way_swap_sides(struct flow *flow);

#endif
