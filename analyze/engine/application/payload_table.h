/* payload_table.h: which flows' payload will be looked at, known before the flow itself is: a small table that stays in
 * the cache. Flows share its places; who shares one with a flow that is wanted has its payload copied for nothing. */
#ifndef WIRETAPE_PAYLOAD_TABLE_H
#define WIRETAPE_PAYLOAD_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#define PAYLOAD_PLACES 8192 /* power of two; 32 KiB */
#define PAYLOAD_MORE 8	    /* segments that are copied behind one that begins something */

struct payload_table {
	struct {
		uint16_t flows; /* that want all; it stays at the largest number */
		uint16_t more;	/* segments */
	} place[PAYLOAD_PLACES];
};

/* A segment has come that begins something. */
static inline void payload_table_begin(struct payload_table *table, uint32_t hash)
{
	table->place[hash & (PAYLOAD_PLACES - 1)].more = PAYLOAD_MORE;
}

/* Is the next segment wanted? */
static inline bool payload_table_wants(struct payload_table *table, uint32_t hash)
{
	uint32_t at = hash & (PAYLOAD_PLACES - 1);
	if (table->place[at].flows)
		return true;
	if (!table->place[at].more)
		return false;
	table->place[at].more--;
	return true;
}

/* The flow wants all, or no more. */
static inline void payload_table_set(struct payload_table *table, uint32_t hash, bool all)
{
	uint16_t *flows = &table->place[hash & (PAYLOAD_PLACES - 1)].flows;
	if (*flows == UINT16_MAX)
		return;
	*flows = (uint16_t)(all ? *flows + 1 : *flows - 1);
	if (!all)
		table->place[hash & (PAYLOAD_PLACES - 1)].more = PAYLOAD_MORE;
}

#endif
