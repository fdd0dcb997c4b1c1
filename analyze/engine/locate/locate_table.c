#include "analyze/engine/locate/locate_table.h"

#include "analyze/engine/locate/locate_identity.h"

#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX
#define ROOM_LEAST 4096
#define LOOKS_MOST 64 /* at entries of one slot: packets that are all alike cost no more */

struct queue {
	uint32_t oldest, newest;
};

struct locate_table {
	struct waiting *entries;
	uint32_t *slots;
	uint32_t count, room, most, mask, free;
	uint64_t seed;
	struct queue queues[2]; /* those that wait, and those that are matched */
};

struct locate_table *locate_table_new(uint32_t most, uint64_t seed)
{
	struct locate_table *table = calloc(1, sizeof *table);
	if (!table)
		return NULL;
	uint32_t slots = ROOM_LEAST;
	while (slots < most)
		slots *= 2;
	*table = (struct locate_table){ .most = most, .mask = slots - 1, .free = NONE, .seed = seed,
					.queues = { { NONE, NONE }, { NONE, NONE } } };
	table->slots = malloc(slots * sizeof *table->slots);
	if (!table->slots) {
		free(table);
		return NULL;
	}
	memset(table->slots, 0xff, slots * sizeof *table->slots);
	return table;
}

void locate_table_free(struct locate_table *table)
{
	if (!table)
		return;
	free(table->entries);
	free(table->slots);
	free(table);
}

static uint32_t *slot_of(struct locate_table *table, uint64_t identity)
{
	return &table->slots[(uint32_t)(identity_mix(table->seed, identity) >> 32) & table->mask];
}

static uint32_t take_place(struct locate_table *table)
{
	if (table->free != NONE) {
		const uint32_t place = table->free;
		table->free = table->entries[place].next;
		return place;
	}
	if (table->count == table->room) {
		uint32_t room = table->room ? table->room * 2 : ROOM_LEAST;
		if (room > table->most)
			room = table->most;
		struct waiting *entries = room > table->room ? realloc(table->entries, room * sizeof *entries) : NULL;
		if (!entries)
			return NONE;
		table->entries = entries;
		table->room = room;
	}
	return table->count++;
}

static void enqueue(struct locate_table *table, uint32_t place)
{
	struct waiting *entry = &table->entries[place];
	struct queue *queue = &table->queues[entry->matched];
	entry->older = queue->newest;
	entry->newer = NONE;
	if (queue->newest == NONE)
		queue->oldest = place;
	else
		table->entries[queue->newest].newer = place;
	queue->newest = place;
}

static void dequeue(struct locate_table *table, const struct waiting *entry)
{
	struct queue *queue = &table->queues[entry->matched];
	if (entry->older == NONE)
		queue->oldest = entry->newer;
	else
		table->entries[entry->older].newer = entry->newer;
	if (entry->newer == NONE)
		queue->newest = entry->older;
	else
		table->entries[entry->newer].older = entry->older;
}

bool locate_table_add(struct locate_table *table, const struct waiting *entry)
{
	const uint32_t place = take_place(table);
	if (place == NONE)
		return false;
	uint32_t *slot = slot_of(table, entry->identity);
	table->entries[place] = *entry;
	table->entries[place].next = *slot;
	table->entries[place].previous = NONE;
	if (*slot != NONE)
		table->entries[*slot].previous = place;
	*slot = place;
	enqueue(table, place);
	return true;
}

struct waiting *locate_table_find(struct locate_table *table, uint64_t identity, enum tap tap, bool matched, int64_t near_ns,
				  int64_t usual_ns)
{
	struct waiting *best = NULL;
	uint64_t least = UINT64_MAX;
	unsigned looks = 0;
	for (uint32_t at = *slot_of(table, identity); at != NONE && looks < LOOKS_MOST; at = table->entries[at].next, looks++) {
		struct waiting *entry = &table->entries[at];
		if (entry->identity != identity || entry->tap != tap || entry->matched != matched)
			continue;
		uint64_t away = entry->t_ns > near_ns ? (uint64_t)entry->t_ns - (uint64_t)near_ns
						      : (uint64_t)near_ns - (uint64_t)entry->t_ns;
		if (away <= (uint64_t)usual_ns)
			away = 0; /* the slot has the newest first */
		if (best && away > least)
			continue;
		best = entry;
		least = away;
	}
	return best;
}

void locate_table_match(struct locate_table *table, struct waiting *entry)
{
	dequeue(table, entry);
	entry->matched = true;
	enqueue(table, (uint32_t)(entry - table->entries));
}

const struct waiting *locate_table_oldest(const struct locate_table *table, bool matched)
{
	const uint32_t place = table->queues[matched].oldest;
	return place == NONE ? NULL : &table->entries[place];
}

void locate_table_drop(struct locate_table *table, const struct waiting *entry)
{
	const uint32_t place = (uint32_t)(entry - table->entries);
	dequeue(table, entry);
	if (entry->previous == NONE)
		*slot_of(table, entry->identity) = entry->next;
	else
		table->entries[entry->previous].next = entry->next;
	if (entry->next != NONE)
		table->entries[entry->next].previous = entry->previous;
	table->entries[place].next = table->free;
	table->free = place;
}
