#include "analyze/engine/fragments.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS 512 /* power of two; a packet pushes out another that fell into the same slot */
#define MEMORY_NS 30000000000

struct partial {
	bool used, has_first;
	uint64_t key;
	uint32_t total;	   /* bytes of the IP payload, 0 while the last fragment is missing */
	uint32_t received; /* bytes of it; fragments that overlap count twice */
	struct packet packet; /* the first fragment, or before it came any other */
};

struct fragments {
	uint64_t given_up;
	struct partial slot[SLOTS];
};

struct fragments *fragments_new(void)
{
	return calloc(1, sizeof(struct fragments));
}

bool fragments_add(struct fragments *fragments, struct packet *packet)
{
	packet->payload = NULL; /* of a frame that will be gone */
	packet->payload_captured = 0;
	struct partial *partial = &fragments->slot[packet->fragment_key >> 32 & (SLOTS - 1)];
	bool fits = partial->used && partial->key == packet->fragment_key &&
		    packet->t_ns - partial->packet.t_ns < MEMORY_NS;
	uint64_t frames = 1, bytes = packet->wire_bytes;
	if (fits) {
		frames += partial->packet.frames;
		bytes += partial->packet.wire_bytes;
	} else {
		if (partial->used)
			fragments->given_up += partial->packet.frames;
		*partial = (struct partial){ .used = true, .key = packet->fragment_key, .packet = *packet };
	}
	if (packet->fragment_offset == 0) {
		partial->has_first = true;
		partial->packet = *packet;
	}
	partial->packet.frames = frames;
	partial->packet.wire_bytes = bytes;
	partial->packet.t_ns = packet->t_ns;
	partial->received += packet->fragment_bytes;
	if (!packet->more_fragments)
		partial->total = packet->fragment_offset + packet->fragment_bytes;
	if (!partial->has_first || !partial->total || partial->received < partial->total)
		return false;
	uint32_t missing = partial->total - partial->packet.fragment_bytes;
	*packet = partial->packet;
	if (!packet->fragment_in_tunnel) /* else it has a length of its own */
		packet->payload_bytes += missing;
	partial->used = false;
	return true;
}

uint64_t fragments_incomplete(const struct fragments *fragments)
{
	uint64_t frames = fragments->given_up;
	for (unsigned i = 0; i < SLOTS; i++)
		if (fragments->slot[i].used)
			frames += fragments->slot[i].packet.frames;
	return frames;
}

void fragments_free(struct fragments *fragments)
{
	free(fragments);
}
