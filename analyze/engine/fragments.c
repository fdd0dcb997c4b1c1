#include "analyze/engine/fragments.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS 512 /* power of two; a packet pushes out another that fell into the same slot */
#define MEMORY_NS 30000000000
#define DNS_PORT 53
#define KEPT_BYTES 512 /* of an answer of DNS: header, question, and most of what is looked for */

struct partial {
	bool used, has_first;
	uint64_t key;
	uint32_t total;	   /* bytes of the IP payload, 0 while the last fragment is missing */
	uint32_t received; /* bytes of it; fragments that overlap count twice */
	struct packet packet; /* the first fragment, or before it came any other */
};

struct fragments {
	uint64_t given_up, given_up_frames;
	struct partial slot[SLOTS];
	uint8_t kept[SLOTS][KEPT_BYTES]; /* payload of the first fragment */
};

struct fragments *fragments_new(void)
{
	return calloc(1, sizeof(struct fragments));
}

/* The frame will be gone when the others come. Of all payload only that of DNS is kept: who asks for much gets it in fragments. */
static void keep_payload(struct packet *packet, uint8_t *kept)
{
	bool dns = packet->protocol == PROTOCOL_UDP && (packet->source_port == DNS_PORT || packet->destination_port == DNS_PORT);
	uint32_t bytes = dns && packet->fragment_offset == 0 ? packet->payload_captured : 0;
	if (bytes > KEPT_BYTES)
		bytes = KEPT_BYTES;
	if (bytes)
		memcpy(kept, packet->payload, bytes);
	packet->payload = bytes ? kept : NULL;
	packet->payload_captured = bytes;
}

bool fragments_add(struct fragments *fragments, struct packet *packet)
{
	const uint32_t slot = packet->fragment_key >> 32 & (SLOTS - 1);
	struct partial *partial = &fragments->slot[slot];
	keep_payload(packet, fragments->kept[slot]);
	bool fits = partial->used && partial->key == packet->fragment_key &&
		    packet->t_ns - partial->packet.t_ns < MEMORY_NS;
	uint64_t frames = 1, bytes = packet->wire_bytes;
	if (fits) {
		frames += partial->packet.frames;
		bytes += partial->packet.wire_bytes;
	} else {
		if (partial->used) {
			fragments->given_up++;
			fragments->given_up_frames += partial->packet.frames;
		}
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

uint64_t fragments_incomplete(const struct fragments *fragments, uint64_t *frames)
{
	uint64_t packets = fragments->given_up;
	*frames = fragments->given_up_frames;
	for (unsigned i = 0; i < SLOTS; i++) {
		if (!fragments->slot[i].used)
			continue;
		packets++;
		*frames += fragments->slot[i].packet.frames;
	}
	return packets;
}

void fragments_free(struct fragments *fragments)
{
	free(fragments);
}
