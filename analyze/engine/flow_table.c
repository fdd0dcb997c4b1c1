#include "analyze/engine/flow_table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define CHUNK_BYTES ((size_t)2 << 20) /* a huge page */
#define CHUNK ((uint32_t)(CHUNK_BYTES / sizeof(struct flow)))
#define FIRST_PLACES 4096

/* Open addressing with linear probing: `places` holds index + 1 of a flow in its low half, the low half of its hash in
 * the high half, so that most wrong candidates are told, and places moved, without touching the flow. The mask stays
 * below 2^32, because indexes do. */
struct flow_table {
	uint64_t *places;
	uint64_t mask;
	uint32_t count;
	struct flow **chunks;
	uint32_t chunks_used, chunks_capacity;
	uint32_t free_flow; /* list through wheel_next; NO_FLOW ends it */
};

struct flow_table *flow_table_new(void)
{
	struct flow_table *table = calloc(1, sizeof *table);
	if (!table)
		return NULL;
	table->places = calloc(FIRST_PLACES, sizeof *table->places);
	table->mask = FIRST_PLACES - 1;
	table->free_flow = NO_FLOW;
	if (!table->places) {
		free(table);
		return NULL;
	}
	return table;
}

struct flow *flow_table_at(const struct flow_table *table, uint32_t index)
{
	return &table->chunks[index / CHUNK][index % CHUNK];
}

static uint64_t place_of(const struct flow *flow)
{
	return (uint64_t)flow->hash << 32 | (flow->index + 1);
}

/* The first empty place at or after where `hash` belongs. */
static uint64_t empty_place(const struct flow_table *table, uint64_t hash)
{
	uint64_t at = hash & table->mask;
	while (table->places[at])
		at = (at + 1) & table->mask;
	return at;
}

struct flow *flow_table_find(const struct flow_table *table, const struct flow_key *key, uint64_t hash)
{
	for (uint64_t at = hash & table->mask; table->places[at]; at = (at + 1) & table->mask) {
		if (table->places[at] >> 32 != (hash & UINT32_MAX))
			continue;
		struct flow *flow = flow_table_at(table, (uint32_t)table->places[at] - 1);
		if (!memcmp(&flow->key, key, sizeof *key))
			return flow;
	}
	return NULL;
}

void flow_table_prefetch(const struct flow_table *table, uint64_t hash)
{
	__builtin_prefetch(&table->places[hash & table->mask]);
}

struct flow *flow_table_guess(const struct flow_table *table, uint64_t hash)
{
	for (uint64_t at = hash & table->mask; table->places[at]; at = (at + 1) & table->mask)
		if (table->places[at] >> 32 == (hash & UINT32_MAX))
			return flow_table_at(table, (uint32_t)table->places[at] - 1);
	return NULL;
}

static bool grow_places(struct flow_table *table)
{
	uint64_t old_size = table->mask + 1;
	uint64_t *old = table->places;
	uint64_t *places = calloc(old_size * 2, sizeof *places);
	if (!places)
		return false;
	table->places = places;
	table->mask = old_size * 2 - 1;
	for (uint64_t i = 0; i < old_size; i++)
		if (old[i])
			places[empty_place(table, old[i] >> 32)] = old[i];
	free(old);
	return true;
}

static bool add_chunk(struct flow_table *table)
{
	if (table->chunks_used == table->chunks_capacity) {
		uint32_t capacity = table->chunks_capacity ? table->chunks_capacity * 2 : 16;
		struct flow **chunks = realloc(table->chunks, capacity * sizeof *chunks);
		if (!chunks)
			return false;
		table->chunks = chunks;
		table->chunks_capacity = capacity;
	}
	struct flow *chunk = aligned_alloc(CHUNK_BYTES, CHUNK_BYTES);
	if (!chunk)
		return false;
	madvise(chunk, CHUNK_BYTES, MADV_HUGEPAGE); /* flows are visited at random: fewer TLB misses; a refusal is no loss */
	uint32_t first = table->chunks_used * CHUNK;
	for (uint32_t i = CHUNK; i-- > 0;) {
		chunk[i].index = first + i;
		chunk[i].id = 0;
		chunk[i].wheel_next = table->free_flow;
		table->free_flow = first + i;
	}
	table->chunks[table->chunks_used++] = chunk;
	return true;
}

struct flow *flow_table_add(struct flow_table *table, const struct flow_key *key, uint64_t hash)
{
	if ((uint64_t)table->count * 2 > table->mask && !grow_places(table))
		return NULL;
	if (table->free_flow == NO_FLOW && !add_chunk(table))
		return NULL;
	struct flow *flow = flow_table_at(table, table->free_flow);
	uint32_t index = flow->index;
	table->free_flow = flow->wheel_next;
	memset(flow, 0, sizeof *flow);
	flow->index = index;
	flow->key = *key;
	flow->hash = (uint32_t)hash;
	table->places[empty_place(table, hash)] = place_of(flow);
	table->count++;
	return flow;
}

void flow_table_remove(struct flow_table *table, struct flow *flow)
{
	uint64_t at = flow->hash & table->mask;
	while (table->places[at] != place_of(flow))
		at = (at + 1) & table->mask;
	/* Close the gap: move up every later entry of the run that may stand here. */
	for (uint64_t next = (at + 1) & table->mask; table->places[next]; next = (next + 1) & table->mask) {
		uint64_t home = table->places[next] >> 32 & table->mask;
		if (((next - home) & table->mask) >= ((next - at) & table->mask)) {
			table->places[at] = table->places[next];
			at = next;
		}
	}
	table->places[at] = 0;
	table->count--;
	flow->wheel_next = table->free_flow;
	flow->id = 0;
	table->free_flow = flow->index;
}

const struct flow *flow_table_next(const struct flow_table *table, uint32_t *index)
{
	while (*index < table->chunks_used * CHUNK) {
		const struct flow *flow = flow_table_at(table, (*index)++);
		if (flow->id)
			return flow;
	}
	return NULL;
}

uint32_t flow_table_count(const struct flow_table *table)
{
	return table->count;
}

uint64_t flow_table_bytes(const struct flow_table *table)
{
	return (table->mask + 1) * sizeof *table->places + (uint64_t)table->chunks_used * CHUNK_BYTES;
}

void flow_table_free(struct flow_table *table)
{
	if (!table)
		return;
	for (uint32_t i = 0; i < table->chunks_used; i++)
		free(table->chunks[i]);
	free(table->chunks);
	free(table->places);
	free(table);
}
