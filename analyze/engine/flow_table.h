/* flow_table.h: the live flows, found by their addresses and ports. Flows stay where they are in memory. */
#ifndef WIRETAPE_FLOW_TABLE_H
#define WIRETAPE_FLOW_TABLE_H

#include "analyze/engine/flow_key.h"

struct flow_table;

/* NULL when out of memory. */
struct flow_table *flow_table_new(void);
/* `hash` is flow_key_hash of the key, here and below. NULL if there is none. */
struct flow *flow_table_find(const struct flow_table *table, const struct flow_key *key, uint64_t hash);
/* Says to the processor that a find with this hash is near. */
void flow_table_prefetch(const struct flow_table *table, uint64_t hash);
/* The flow that find will most likely return, or NULL, without a look at the flow itself. */
struct flow *flow_table_guess(const struct flow_table *table, uint64_t hash);
/* Adds a zeroed flow with key, hash and index set; there must be none with this key. NULL when out of memory. */
struct flow *flow_table_add(struct flow_table *table, const struct flow_key *key, uint64_t hash);
/* The flow must be in the table; its memory is reused. */
void flow_table_remove(struct flow_table *table, struct flow *flow);
struct flow *flow_table_at(const struct flow_table *table, uint32_t index);
/* The live flow with the smallest index from *index on, which is then one more than its own; NULL: no more. */
const struct flow *flow_table_next(const struct flow_table *table, uint32_t *index);
uint32_t flow_table_count(const struct flow_table *table);
uint64_t flow_table_bytes(const struct flow_table *table);
void flow_table_free(struct flow_table *table);

#endif
