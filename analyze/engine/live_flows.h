/* live_flows.h: which flow a packet belongs to; when flows begin, and when they end: idle, closed, evicted. */
#ifndef WIRETAPE_LIVE_FLOWS_H
#define WIRETAPE_LIVE_FLOWS_H

#include "analyze/engine/application/application.h"
#include "analyze/engine/expiry.h"
#include "analyze/engine/flow_table.h"
#include "analyze/engine/control/icmp.h"
#include "analyze/engine/outlet.h"
#include "analyze/engine/tcp.h"
#include "analyze/engine/waiting_line.h"

struct live_flows {
	struct flow_table *table;
	struct expiry *expiry;
	uint64_t next_id;
	uint32_t apart; /* flows whose key has a network */

	/* Borrowed. */
	const struct engine_options *options;
	const struct outlet *outlet;
	struct tcp *tcp;
	struct application *application;
	struct icmp *icmp;
};

/* Leaves alone what it borrows: that is set before the first packet. False when out of memory; live_flows_free all the
 * same. */
bool live_flows_init(struct live_flows *flows);
/* They should have ended. */
void live_flows_free(struct live_flows *flows);

/* The flow of a packet that comes at `now_ns`, and was captured before if it is a `copy`; NULL when out of memory. The key
 * in `waiting` becomes that of the flow that it begins, if it does. Others may end for it: the one before it with the same
 * key, or, where there are too many, any. */
struct flow *live_flows_of(struct live_flows *flows, struct waiting *waiting, bool copy, int64_t now_ns);
/* That of a packet like those of the capture, if it lives; NULL. */
const struct flow *live_flows_find(const struct live_flows *flows, const struct packet *packet);
/* The client is the other side than was guessed. Nothing has been told of the flow yet. */
void live_flows_swap_sides(struct live_flows *flows, struct flow *flow);
/* The flow has just been closed: it waits only a little for stragglers. */
void live_flows_linger(struct live_flows *flows, struct flow *flow);
/* Ends those that have been idle for too long at `now_ns`. */
void live_flows_expire(struct live_flows *flows, int64_t now_ns);
/* The capture ends at `now_ns`. */
void live_flows_end(struct live_flows *flows, int64_t now_ns);

static inline bool flow_is_over(const struct flow *flow)
{
	return flow->closed || flow->reset || flow->refused;
}

#endif
