/* limit_account.h: how long each limit has held a side's sending back, and what of that the rows of flow_timeline have told. */
#ifndef WIRETAPE_LIMIT_ACCOUNT_H
#define WIRETAPE_LIMIT_ACCOUNT_H

#include "analyze/engine/arena.h"
#include "analyze/engine/facts.h"
#include "analyze/engine/flow.h"

#define LIMIT_TRY_SEGMENTS 256 /* a side that has sent so many will not be found to be far from the tap any more */

/* The time since the last account goes to `limit`. */
void limit_account(struct side *side, enum limit limit, int64_t now_ns);
/* `limit` holds from the last account on. */
void limit_begin(struct side *side, enum limit limit);
/* Accounts for the time that no later packet can attribute otherwise, and puts into the facts what no row has told yet. False: out of
 * memory, and the next row will tell it. */
bool limit_tell(struct flow *flow, enum direction direction, struct arena *arena, struct flow_interval_facts *facts);
/* Some of what is accounted has been told in no row. */
bool limit_is_untold(const struct flow *flow);
/* The flow is over. */
void limit_forget(struct flow *flow, struct arena *arena);

#endif
