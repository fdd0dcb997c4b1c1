#include "tests/bench/crowd.h"

#include <stdlib.h>
#include <string.h>

enum {
	SLOTS = 1 << 20,
	SLOT_NS_MIN_SHIFT = 10,
	PREFETCH_SLOTS = 16, /* without it a million flows cost one cache miss per packet: a third of the speed */
	NOBODY = 0,	     /* index 0 of the pool stays unused, so that calloc makes empty slots */
};

struct crowd {
	struct conversation *pool;
	uint32_t flows_max;
	uint32_t used;	  /* pool entries ever used, the first is 1 */
	uint32_t left;	  /* list of entries that are free again */
	uint32_t alive, alive_max;
	unsigned slot_shift; /* a slot lasts 2^slot_shift ns */
	int64_t slot;	     /* the one being emptied, counted from time 0 */
	uint32_t slots[SLOTS];
};

struct crowd *crowd_new(uint32_t flows_max, int64_t horizon_ns)
{
	struct crowd *crowd = calloc(1, sizeof *crowd);
	if (!crowd)
		return NULL;
	crowd->flows_max = flows_max;
	crowd->slot_shift = SLOT_NS_MIN_SHIFT;
	while (((int64_t)(SLOTS - 2) << crowd->slot_shift) < horizon_ns)
		crowd->slot_shift++;
	crowd->pool = calloc((size_t)flows_max + 1, sizeof *crowd->pool);
	if (!crowd->pool) {
		free(crowd);
		return NULL;
	}
	return crowd;
}

void crowd_free(struct crowd *crowd)
{
	if (!crowd)
		return;
	free(crowd->pool);
	free(crowd);
}

struct conversation *crowd_join(struct crowd *crowd)
{
	uint32_t index = crowd->left;
	if (index != NOBODY)
		crowd->left = crowd->pool[index].next;
	else if (crowd->used < crowd->flows_max)
		index = ++crowd->used;
	else
		return NULL;
	if (++crowd->alive > crowd->alive_max)
		crowd->alive_max = crowd->alive;
	memset(&crowd->pool[index], 0, sizeof crowd->pool[index]);
	return &crowd->pool[index];
}

void crowd_leave(struct crowd *crowd, struct conversation *flow)
{
	flow->next = crowd->left;
	crowd->left = (uint32_t)(flow - crowd->pool);
	crowd->alive--;
}

void crowd_wait(struct crowd *crowd, struct conversation *flow)
{
	int64_t slot = flow->due_ns >> crowd->slot_shift;
	if (slot < crowd->slot)
		slot = crowd->slot;
	if (slot > crowd->slot + SLOTS - 1)
		slot = crowd->slot + SLOTS - 1;
	uint32_t *head = &crowd->slots[slot % SLOTS];
	flow->next = *head;
	*head = (uint32_t)(flow - crowd->pool);
}

struct conversation *crowd_take(struct crowd *crowd, int64_t until_ns)
{
	int64_t last = until_ns >> crowd->slot_shift;
	if (!crowd->alive && crowd->slot < last)
		crowd->slot = last;
	for (; crowd->slot <= last; crowd->slot++) {
		uint32_t *head = &crowd->slots[crowd->slot % SLOTS];
		if (*head != NOBODY) {
			struct conversation *flow = &crowd->pool[*head];
			*head = flow->next;
			return flow;
		}
		__builtin_prefetch(&crowd->pool[crowd->slots[(crowd->slot + PREFETCH_SLOTS) % SLOTS]]);
	}
	crowd->slot = last; /* others may still come into it */
	return NULL;
}

uint32_t crowd_alive(const struct crowd *crowd)
{
	return crowd->alive;
}

uint32_t crowd_alive_max(const struct crowd *crowd)
{
	return crowd->alive_max;
}
