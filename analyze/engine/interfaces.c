#include "analyze/engine/interfaces.h"

#include <stdlib.h>

#define SLOTS 4096 /* power of two, several times INTERFACES_MAX */

struct interfaces {
	struct interface_facts list[INTERFACES_MAX + 1]; /* one place is left for number 0 */
	uint32_t count;
	struct interface_facts *latest;
	uint16_t slot[SLOTS]; /* index in list + 1; 0 is free */
};

_Static_assert(INTERFACES_MAX < UINT16_MAX && INTERFACES_MAX < SLOTS, "they fit");

struct interfaces *interfaces_new(void)
{
	return calloc(1, sizeof(struct interfaces));
}

/* NULL if it is new; `at` is then the slot for it. */
static struct interface_facts *known(struct interfaces *interfaces, uint32_t number, uint32_t *at)
{
	*at = number * 0x9e3779b1u >> 20 & (SLOTS - 1);
	for (; interfaces->slot[*at]; *at = (*at + 1) & (SLOTS - 1)) {
		struct interface_facts *facts = &interfaces->list[interfaces->slot[*at] - 1];
		if (facts->interface == number)
			return facts;
	}
	return NULL;
}

static struct interface_facts *find(struct interfaces *interfaces, uint32_t number)
{
	uint32_t at;
	if (interfaces->latest && interfaces->latest->interface == number)
		return interfaces->latest;
	struct interface_facts *facts = known(interfaces, number, &at);
	if (!facts && number && interfaces->count >= INTERFACES_MAX) {
		number = 0;
		facts = known(interfaces, number, &at);
	}
	if (!facts) {
		facts = &interfaces->list[interfaces->count++];
		*facts = (struct interface_facts){ .interface = number, .first_ns = NO_TIME, .last_ns = NO_TIME };
		interfaces->slot[at] = (uint16_t)interfaces->count;
	}
	return interfaces->latest = facts;
}

void interfaces_frame(struct interfaces *interfaces, uint32_t number, const struct frame *frame)
{
	struct interface_facts *facts = find(interfaces, number);
	facts->packets++;
	facts->bytes += frame->wire_bytes;
	if (facts->first_ns == NO_TIME || frame->t_ns < facts->first_ns)
		facts->first_ns = frame->t_ns;
	if (facts->last_ns == NO_TIME || frame->t_ns > facts->last_ns)
		facts->last_ns = frame->t_ns;
}

void interfaces_tap_duplicates(struct interfaces *interfaces, uint32_t number, uint64_t frames)
{
	find(interfaces, number)->tap_duplicates += frames;
}

void interfaces_deliver(const struct interfaces *interfaces, const struct engine_sink *sink, void *user)
{
	for (uint32_t i = 0; sink->interface && i < interfaces->count; i++)
		sink->interface(user, &interfaces->list[i]);
}

uint64_t interfaces_bytes(const struct interfaces *interfaces)
{
	return sizeof *interfaces;
}

void interfaces_free(struct interfaces *interfaces)
{
	free(interfaces);
}
