#include "analyze/engine/expiry.h"

#include <stdlib.h>

#define SECOND_NS 1000000000
#define WORDS (EXPIRY_SLOTS / 64)

struct expiry {
	const struct flow_table *table;
	int64_t tick; /* seconds; slots up to this one have been served */
	bool started;
	uint64_t used[WORDS]; /* bit per slot: has flows */
	uint32_t first[EXPIRY_SLOTS], last[EXPIRY_SLOTS];
};

struct expiry *expiry_new(const struct flow_table *table)
{
	struct expiry *expiry = calloc(1, sizeof *expiry);
	if (!expiry)
		return NULL;
	expiry->table = table;
	for (unsigned i = 0; i < EXPIRY_SLOTS; i++)
		expiry->first[i] = expiry->last[i] = NO_FLOW;
	return expiry;
}

void expiry_cancel(struct expiry *expiry, struct flow *flow)
{
	uint32_t slot = flow->wheel_slot;
	if (slot == NO_FLOW)
		return;
	if (flow->wheel_previous == NO_FLOW)
		expiry->first[slot] = flow->wheel_next;
	else
		flow_table_at(expiry->table, flow->wheel_previous)->wheel_next = flow->wheel_next;
	if (flow->wheel_next == NO_FLOW)
		expiry->last[slot] = flow->wheel_previous;
	else
		flow_table_at(expiry->table, flow->wheel_next)->wheel_previous = flow->wheel_previous;
	if (expiry->first[slot] == NO_FLOW)
		expiry->used[slot / 64] &= ~((uint64_t)1 << slot % 64);
	flow->wheel_slot = NO_FLOW;
}

void expiry_schedule(struct expiry *expiry, struct flow *flow, int64_t due_ns)
{
	int64_t tick = due_ns / SECOND_NS + 1; /* when this slot has passed, the flow is due for sure */
	if (tick <= expiry->tick)
		tick = expiry->tick + 1;
	if (tick - expiry->tick >= EXPIRY_SLOTS)
		tick = expiry->tick + EXPIRY_SLOTS - 1;
	expiry_cancel(expiry, flow);
	uint32_t slot = (uint32_t)((uint64_t)tick % EXPIRY_SLOTS);
	flow->wheel_slot = slot;
	flow->wheel_next = NO_FLOW;
	flow->wheel_previous = expiry->last[slot];
	if (expiry->last[slot] == NO_FLOW)
		expiry->first[slot] = flow->index;
	else
		flow_table_at(expiry->table, expiry->last[slot])->wheel_next = flow->index;
	expiry->last[slot] = flow->index;
	expiry->used[slot / 64] |= (uint64_t)1 << slot % 64;
}

static struct flow *take(struct expiry *expiry, uint32_t slot)
{
	struct flow *flow = flow_table_at(expiry->table, expiry->first[slot]);
	expiry_cancel(expiry, flow);
	if (expiry->first[slot] == NO_FLOW)
		return flow;
	const struct flow *next = flow_table_at(expiry->table, expiry->first[slot]);
	flow_table_prefetch(expiry->table, next->hash);
	if (next->wheel_next != NO_FLOW)
		flow_prefetch(flow_table_at(expiry->table, next->wheel_next));
	return flow;
}

struct flow *expiry_due(struct expiry *expiry, int64_t now_ns)
{
	int64_t now = now_ns / SECOND_NS;
	if (!expiry->started) {
		expiry->started = true;
		expiry->tick = now;
	}
	if (expiry->tick - now > EXPIRY_SLOTS / 4) /* time has been set back */
		expiry->tick = now;
	if (now - expiry->tick > EXPIRY_SLOTS) /* one turn serves all slots, however far time has jumped */
		expiry->tick = now - EXPIRY_SLOTS;
	while (expiry->tick < now) {
		uint32_t slot = (uint32_t)((uint64_t)(expiry->tick + 1) % EXPIRY_SLOTS);
		if (expiry->first[slot] != NO_FLOW)
			return take(expiry, slot);
		expiry->tick++;
	}
	return NULL;
}

struct flow *expiry_first(struct expiry *expiry)
{
	uint32_t start = (uint32_t)((uint64_t)(expiry->tick + 1) % EXPIRY_SLOTS);
	uint64_t early = ~(uint64_t)0 << start % 64; /* slots from `start` on, in its word */
	for (unsigned i = 0; i <= WORDS; i++) {
		unsigned word = (start / 64 + i) % WORDS;
		uint64_t used = expiry->used[word];
		if (i == 0)
			used &= early;
		else if (i == WORDS)
			used &= ~early;
		if (used)
			return take(expiry, word * 64 + (unsigned)__builtin_ctzll(used));
	}
	return NULL;
}

void expiry_free(struct expiry *expiry)
{
	free(expiry);
}
