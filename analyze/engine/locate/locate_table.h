/* locate_table.h: packets that were seen at one tap and wait for the other's, for as long as a packet may take; and those that were
 * matched, for a while, since a copy may follow. */
#ifndef WIRETAPE_LOCATE_TABLE_H
#define WIRETAPE_LOCATE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tap { TAP_A, TAP_B };

struct waiting {
	uint64_t identity;
	int64_t t_ns;		/* by A's clock */
	int64_t own_ns;		/* by the clock of its tap */
	uint64_t frame;
	uint32_t flow, path;
	uint32_t order;		/* of the packet in its flow, at its tap */
	uint32_t seq, bytes;
	uint32_t next, previous; /* of its slot; private, as the next two */
	uint32_t older, newer;
	uint8_t tap;
	bool matched;
};

struct locate_table;

/* `most` entries at the most. NULL when out of memory. */
struct locate_table *locate_table_new(uint32_t most, uint64_t seed);
/* NULL is allowed. */
void locate_table_free(struct locate_table *table);
/* False: it is full, or there is no memory: take one out first. */
bool locate_table_add(struct locate_table *table, const struct waiting *entry);
/* Of the entries of this identity from tap `tap` that are `matched` or not: the first of those whose t_ns is within
 * `usual_ns` of `near_ns`; if there are none, the nearest; NULL: none at all. */
struct waiting *locate_table_find(struct locate_table *table, uint64_t identity, enum tap tap, bool matched, int64_t near_ns,
				  int64_t usual_ns);
/* Now it waits no more, but is remembered. */
void locate_table_match(struct locate_table *table, struct waiting *entry);
/* The one that was added, or matched, first; NULL: none. */
const struct waiting *locate_table_oldest(const struct locate_table *table, bool matched);
void locate_table_drop(struct locate_table *table, const struct waiting *entry);

#endif
