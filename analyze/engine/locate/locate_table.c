#include "analyze/engine/locate/locate_table.h"

#include "analyze/engine/locate/locate_identity.h"

#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX
#define ROOM_LEAST 4096
#define LOOKS_MOST 64 /* for the place of one among others that are alike; what lies farther off is in order well enough */

/* By state; those that were passed over still wait. */
enum { QUEUES = WAITING_MATCHED + 1 };

static unsigned queue_of(const struct waiting *entry)
{
	return entry->state == WAITING_PASSED_OVER ? WAITING_OPEN : entry->state;
}

struct queue {
	uint32_t oldest, newest;
};

struct locate_table {
	struct waiting *entries;
	uint32_t *slots;
	uint32_t count, room, most, mask, free;
	uint64_t seed;
	struct queue queues[QUEUES];
};

struct locate_table *locate_table_new(uint32_t most, uint64_t seed)
{
	struct locate_table *table = calloc(1, sizeof *table);
	if (!table)
		return NULL;
	uint32_t slots = ROOM_LEAST;
	while (slots < most)
		slots *= 2;
	*table = (struct locate_table){ .most = most, .mask = slots - 1, .free = NONE, .seed = seed };
	for (size_t i = 0; i < QUEUES; i++)
		table->queues[i] = (struct queue){ NONE, NONE };
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
	struct queue *queue = &table->queues[queue_of(entry)];
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
	struct queue *queue = &table->queues[queue_of(entry)];
	if (entry->older == NONE)
		queue->oldest = entry->newer;
	else
		table->entries[entry->older].newer = entry->newer;
	if (entry->newer == NONE)
		queue->newest = entry->older;
	else
		table->entries[entry->newer].older = entry->older;
}

/* What leads to the oldest of these; it leads to NONE if there are none. */
static uint32_t *ring_of(struct locate_table *table, uint64_t identity, unsigned tap, unsigned state)
{
	uint32_t *link = slot_of(table, identity);
	for (; *link != NONE; link = &table->entries[*link].chain) {
		const struct waiting *entry = &table->entries[*link];
		if (entry->identity == identity && entry->tap == tap && entry->state == state)
			break;
	}
	return link;
}

static void join_ring(struct locate_table *table, uint32_t place)
{
	struct waiting *entries = table->entries, *entry = &entries[place];
	uint32_t *oldest = ring_of(table, entry->identity, entry->tap, entry->state);
	if (*oldest == NONE) {
		entry->next = entry->previous = place;
		entry->chain = NONE;
		*oldest = place;
		return;
	}
	const bool is_oldest = entry->t_ns < entries[*oldest].t_ns;
	uint32_t before = entries[*oldest].previous;
	for (unsigned looks = 0; !is_oldest && looks < LOOKS_MOST && entries[before].t_ns > entry->t_ns; looks++)
		before = entries[before].previous;
	entry->previous = before;
	entry->next = entries[before].next;
	entries[entry->next].previous = entries[before].next = place;
	if (is_oldest) {
		entry->chain = entries[*oldest].chain;
		*oldest = place;
	}
}

static void leave_ring(struct locate_table *table, uint32_t place)
{
	struct waiting *entries = table->entries, *entry = &entries[place];
	uint32_t *oldest = ring_of(table, entry->identity, entry->tap, entry->state);
	if (*oldest == place && entry->next == place) {
		*oldest = entry->chain;
		return;
	}
	entries[entry->next].previous = entry->previous;
	entries[entry->previous].next = entry->next;
	if (*oldest == place) {
		entries[entry->next].chain = entry->chain;
		*oldest = entry->next;
	}
}

bool locate_table_add(struct locate_table *table, const struct waiting *entry)
{
	const uint32_t place = take_place(table);
	if (place == NONE)
		return false;
	table->entries[place] = *entry;
	join_ring(table, place);
	enqueue(table, place);
	return true;
}

void locate_table_move(struct locate_table *table, struct waiting *entry, enum waiting_state state)
{
	const uint32_t place = (uint32_t)(entry - table->entries);
	leave_ring(table, place);
	dequeue(table, entry);
	entry->state = (uint8_t)state;
	join_ring(table, place);
	enqueue(table, place);
}

struct waiting *locate_table_oldest_alike(struct locate_table *table, uint64_t identity, enum tap tap, enum waiting_state state)
{
	const uint32_t place = *ring_of(table, identity, tap, state);
	return place == NONE ? NULL : &table->entries[place];
}

struct waiting *locate_table_newest_alike(struct locate_table *table, uint64_t identity, enum tap tap, enum waiting_state state)
{
	const uint32_t place = *ring_of(table, identity, tap, state);
	return place == NONE ? NULL : &table->entries[table->entries[place].previous];
}

/* It still waits, in its place among those that do. */
static void pass_over(struct locate_table *table, struct waiting *entry)
{
	const uint32_t place = (uint32_t)(entry - table->entries);
	leave_ring(table, place);
	entry->state = WAITING_PASSED_OVER;
	join_ring(table, place);
}

struct waiting *locate_table_find(struct locate_table *table, uint64_t identity, enum tap tap, int64_t near_ns, int64_t usual_ns)
{
	struct waiting *open;
	while ((open = locate_table_oldest_alike(table, identity, tap, WAITING_OPEN)) && open->t_ns < near_ns - usual_ns)
		pass_over(table, open);
	if (open && open->t_ns <= near_ns + usual_ns)
		return open;
	struct waiting *before = locate_table_newest_alike(table, identity, tap, WAITING_PASSED_OVER);
	return before && (!open || near_ns - before->t_ns <= open->t_ns - near_ns) ? before : open;
}

const struct waiting *locate_table_oldest(const struct locate_table *table, enum waiting_state state)
{
	const uint32_t place = table->queues[state].oldest;
	return place == NONE ? NULL : &table->entries[place];
}

void locate_table_drop(struct locate_table *table, const struct waiting *entry)
{
	const uint32_t place = (uint32_t)(entry - table->entries);
	leave_ring(table, place);
	dequeue(table, entry);
	table->entries[place].next = table->free;
	table->free = place;
}
