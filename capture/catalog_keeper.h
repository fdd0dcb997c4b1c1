/* catalog_keeper.h: the catalog, for a watcher that nothing may stop: a catalog that fails is said once, opened again every ten seconds,
 * and then given all segments and incidents anew. Rows of the timeline that couldn't be kept are counted. One thread. */
#ifndef WIRETAPE_CAPTURE_CATALOG_KEEPER_H
#define WIRETAPE_CAPTURE_CATALOG_KEEPER_H

#include "store/catalog.h"

#include <stdbool.h>
#include <stdint.h>

struct catalog_keeper;

/* `refill` is called to have all incidents put in again. The run is borrowed for the keeper's life. NULL when
 * out of memory. */
struct catalog_keeper *catalog_keeper_new(const struct catalog_run *run, uint64_t budget_bytes, void (*refill)(void *user), void *user);
/* NULL is allowed. */
void catalog_keeper_free(struct catalog_keeper *keeper);
/* Opens it if it isn't. To be called a few times a second; `now_ns` is CLOCK_MONOTONIC's. */
void catalog_keeper_tick(struct catalog_keeper *keeper, int64_t now_ns);
/* What it was not told of: it is made from the files again, at the next tick. */
void catalog_keeper_distrust(struct catalog_keeper *keeper);

/* As in catalog.h. */
void catalog_keeper_put_segment(struct catalog_keeper *keeper, const struct segment_facts *facts);
void catalog_keeper_remove_segment(struct catalog_keeper *keeper, const char *name);
void catalog_keeper_put_interval(struct catalog_keeper *keeper, const struct interval_facts *facts, const struct live_counters *live);
void catalog_keeper_put_host(struct catalog_keeper *keeper, int64_t t_ns, int64_t interval_ns, const struct live_counters *live);
void catalog_keeper_put_incident(struct catalog_keeper *keeper, const struct incident_facts *facts);
void catalog_keeper_remove_incident(struct catalog_keeper *keeper, const char *name);
void catalog_keeper_commit(struct catalog_keeper *keeper);
/* Calls that failed, or that came while it was not open. */
uint64_t catalog_keeper_errors(const struct catalog_keeper *keeper);

#endif
