#include "flow.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS 16384 /* a power of two; a lab run has at most a few thousand connections */

struct flow_table {
	uint32_t used;
	struct flow flows[SLOTS];
};

struct flow_table *flow_table_new(void)
{
	return calloc(1, sizeof(struct flow_table));
}

void flow_table_free(struct flow_table *table)
{
	free(table);
}

static bool same_flow(const struct flow *a, const struct flow *b)
{
	return memcmp(a->port, b->port, sizeof(a->port)) == 0 &&
	       memcmp(a->address, b->address, sizeof(a->address)) == 0;
}

struct flow *flow_table_find(struct flow_table *table, const struct frame *frame)
{
	const struct segment *segment = &frame->segment;
	struct flow key = {.used = true};
	int from = (int)frame->direction, to = !from;

	if (!segment->tcp)
		return NULL;
	memcpy(key.address[from], segment->src, sizeof(segment->src));
	memcpy(key.address[to], segment->dst, sizeof(segment->dst));
	key.port[from] = segment->src_port;
	key.port[to] = segment->dst_port;

	uint32_t slot = (key.port[0] * UINT32_C(0x9e3779b1) ^ key.port[1] * UINT32_C(0x85ebca77)) >> 16;
	struct flow *flow = &table->flows[slot % SLOTS];

	while (flow->used && !same_flow(flow, &key))
		flow = &table->flows[++slot % SLOTS];
	if (!flow->used) {
		if (table->used >= SLOTS / 2)
			return NULL;
		table->used++;
		*flow = key;
	}

	struct flow_side *side = &flow->side[from];

	if ((segment->flags & TCP_SYN) != 0 && (!side->syn_seen || side->isn != segment->seq))
		*side = (struct flow_side){.syn_seen = true, .isn = segment->seq};
	return flow;
}
