/* expiry.h: which flow is due when. A wheel of one-second slots; a packet doesn't touch it: a flow that falls due
 * although it was active is put back by the caller, at its new time. */
#ifndef WIRETAPE_EXPIRY_H
#define WIRETAPE_EXPIRY_H

#include "analyze/engine/flow_table.h"

#define EXPIRY_SLOTS 8192 /* seconds; what is due later comes up early, to be put back */

struct expiry;

/* Borrows the table. NULL when out of memory. */
struct expiry *expiry_new(const struct flow_table *table);
/* Puts the flow where it falls due, first taking it from where it was. New flows need wheel_slot NO_FLOW. */
void expiry_schedule(struct expiry *expiry, struct flow *flow, int64_t due_ns);
void expiry_cancel(struct expiry *expiry, struct flow *flow);
/* Takes out one flow whose slot has passed at `now_ns`; NULL when there is none left. The first call sets the wheel's
 * time, so it comes before the first expiry_schedule. */
struct flow *expiry_due(struct expiry *expiry, int64_t now_ns);
/* Takes out the flow that would fall due first; NULL when there is none at all. */
struct flow *expiry_first(struct expiry *expiry);
void expiry_free(struct expiry *expiry);

#endif
