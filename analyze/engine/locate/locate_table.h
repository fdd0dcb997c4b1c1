/* locate_table.h: packets that were seen at one tap and wait for the other's, for as long as a packet may take; and those that were
 * matched, for a while, since a copy may follow. */
#ifndef WIRETAPE_LOCATE_TABLE_H
#define WIRETAPE_LOCATE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tap { TAP_A, TAP_B };

enum waiting_state {
	WAITING_OPEN,
	WAITING_HELD,	     /* found, but who is whose among those that are alike is open */
	WAITING_MATCHED,
	WAITING_PASSED_OVER, /* waits as before, but one that was sent later and is alike was found */
};

struct waiting {
	uint64_t identity;
	int64_t t_ns;		/* by A's clock */
	int64_t own_ns;		/* by the clock of its tap */
	uint64_t frame;
	uint32_t flow;
	uint32_t order;		/* of the packet in its flow, at its tap */
	uint32_t seq, bytes;
	uint32_t next, previous; /* of those alike, from this tap, in this state, by time; private, as the next three */
	uint32_t chain;
	uint32_t older, newer;
	uint8_t tap;
	uint8_t state; /* enum waiting_state */
};

struct locate_table;

/* `most` entries at the most. NULL when out of memory. */
struct locate_table *locate_table_new(uint32_t most, uint64_t seed);
/* NULL is allowed. */
void locate_table_free(struct locate_table *table);
/* False: it is full, or there is no memory: take one out first. */
bool locate_table_add(struct locate_table *table, const struct waiting *entry);
/* Of the entries of this identity from tap `tap` that wait: the first of those whose t_ns is within `usual_ns` of `near_ns`; if there are
 * none, the nearest; NULL: none at all. What is older than all this is passed over: later calls are taken to ask for later times. */
struct waiting *locate_table_find(struct locate_table *table, uint64_t identity, enum tap tap, int64_t near_ns, int64_t usual_ns);
/* By t_ns; NULL: none. */
struct waiting *locate_table_oldest_alike(struct locate_table *table, uint64_t identity, enum tap tap, enum waiting_state state);
struct waiting *locate_table_newest_alike(struct locate_table *table, uint64_t identity, enum tap tap, enum waiting_state state);
/* To another state than WAITING_PASSED_OVER. */
void locate_table_move(struct locate_table *table, struct waiting *entry, enum waiting_state state);
/* The one that was added, or moved there, first; NULL: none. Of WAITING_OPEN those that were passed over are part. */
const struct waiting *locate_table_oldest(const struct locate_table *table, enum waiting_state state);
void locate_table_drop(struct locate_table *table, const struct waiting *entry);

#endif
