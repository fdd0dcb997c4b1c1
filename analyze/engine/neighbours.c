#include "analyze/engine/neighbours.h"

#include <stdlib.h>

struct neighbours {
	struct outlet outlet;
};

struct neighbours *neighbours_new(const struct outlet *outlet)
{
	struct neighbours *neighbours = calloc(1, sizeof *neighbours);
	if (neighbours)
		neighbours->outlet = *outlet;
	return neighbours;
}

void neighbours_frame(struct neighbours *neighbours, const struct frame *frame)
{
	(void)neighbours, (void)frame;
}

void neighbours_packet(struct neighbours *neighbours, const struct packet *packet)
{
	(void)neighbours, (void)packet;
}

void neighbours_advance(struct neighbours *neighbours, int64_t now_ns)
{
	(void)neighbours, (void)now_ns;
}

void neighbours_finish(struct neighbours *neighbours)
{
	(void)neighbours;
}

uint64_t neighbours_bytes(const struct neighbours *neighbours)
{
	return sizeof *neighbours;
}

void neighbours_free(struct neighbours *neighbours)
{
	free(neighbours);
}
