/* crowd.h: the flows that are alive, and when each acts next: a pool and a timing wheel over it. Every call takes
 * constant time, whatever the number of flows. */
#ifndef WIRETAPE_BENCH_CROWD_H
#define WIRETAPE_BENCH_CROWD_H

#include "tests/bench/conversation.h"

struct crowd;

/* At most `flows_max` flows at a time; none waits longer than `horizon_ns`. Only the memory of flows that live at
 * once is touched. NULL when out of memory. */
struct crowd *crowd_new(uint32_t flows_max, int64_t horizon_ns);
/* A new flow, all zero, that must crowd_wait or crowd_leave; NULL if `flows_max` are alive. */
struct conversation *crowd_join(struct crowd *crowd);
/* `flow` acts at flow->due_ns, or at the horizon if that is later. */
void crowd_wait(struct crowd *crowd, struct conversation *flow);
/* The next flow that acts before `until_ns`, no longer waiting; NULL if there is none. */
struct conversation *crowd_take(struct crowd *crowd, int64_t until_ns);
void crowd_leave(struct crowd *crowd, struct conversation *flow);
uint32_t crowd_alive(const struct crowd *crowd);
uint32_t crowd_alive_max(const struct crowd *crowd);
/* NULL is allowed. */
void crowd_free(struct crowd *crowd);

#endif
