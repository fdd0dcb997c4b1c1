#include "analyze/engine/waiting_line.h"

#include "analyze/engine/tcp.h"
#include "analyze/engine/application/udp_stream.h"

#include <string.h>

#define AHEAD 8 /* packets between two steps */

_Static_assert(3 * AHEAD < WAITING_PLACES, "the last step is done before the place is needed again");

static struct waiting *place_of(struct waiting_line *line, uint64_t number)
{
	return &line->place[number & (WAITING_PLACES - 1)];
}

/* The frame will be gone when the packet's turn comes: keeps what will be wanted of its payload. */
static void keep_payload(struct waiting_line *line, struct packet *packet, uint64_t hash)
{
	if (!packet->payload)
		return;
	uint32_t wanted = WAITING_PAYLOAD_MAX;
	if (!is_icmp(packet->protocol)) {
		wanted = application_wants(line->application, packet, hash);
		if (packet->protocol == PROTOCOL_UDP && wanted < UDP_STREAM_BYTES)
			wanted = UDP_STREAM_BYTES;
	}
	uint32_t bytes = packet->payload_captured < wanted ? packet->payload_captured : wanted;
	if (bytes > WAITING_PAYLOAD_MAX)
		bytes = WAITING_PAYLOAD_MAX;
	uint8_t *room = line->payload[line->arrived & (WAITING_PLACES - 1)];
	memcpy(room, packet->payload, bytes);
	packet->payload = bytes ? room : NULL;
	packet->payload_captured = bytes;
}

struct waiting *waiting_line_add(struct waiting_line *line)
{
	struct waiting *waiting = place_of(line, line->arrived);
	struct packet *packet = &waiting->packet;
	waiting->source_is_low = flow_key_of(packet, &waiting->key);
	waiting->hash = flow_key_hash(&waiting->key, line->hash_seed);
	flow_table_prefetch(line->table, waiting->hash);
	keep_payload(line, packet, waiting->hash);
	waiting->fingerprint = duplicates_fingerprint(packet, waiting->hash);
	duplicates_prefetch(line->duplicates, waiting->fingerprint);
	uint64_t number = line->arrived++;
	if (number >= AHEAD) {
		struct waiting *first = place_of(line, number - AHEAD);
		first->guess = flow_table_guess(line->table, first->hash);
		if (first->guess)
			flow_prefetch(first->guess);
	}
	if (number >= 2 * AHEAD && place_of(line, number - 2 * AHEAD)->guess)
		tcp_prefetch(place_of(line, number - 2 * AHEAD)->guess);
	return number - line->left >= 3 * AHEAD ? waiting_line_take(line) : NULL;
}

struct waiting *waiting_line_take(struct waiting_line *line)
{
	return line->left < line->arrived ? place_of(line, line->left++) : NULL;
}
