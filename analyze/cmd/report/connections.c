#include "analyze/cmd/report/connections.h"

#include "analyze/cmd/input.h"
#include "analyze/engine/packet.h"

#include <string.h>

/* FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint64_t hash_more(uint64_t hash, const void *bytes, size_t length)
{
	const uint8_t *at = bytes;
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static uint64_t hash_of(const struct packet *packet)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	hash = hash_more(hash, &packet->source, sizeof packet->source);
	hash = hash_more(hash, &packet->destination, sizeof packet->destination);
	hash = hash_more(hash, &packet->source_port, sizeof packet->source_port);
	hash = hash_more(hash, &packet->destination_port, sizeof packet->destination_port);
	return hash_more(hash, &packet->seq, sizeof packet->seq);
}

/* A SYN that comes again is the same connection. */
static void add(struct connections *connections, uint64_t hash)
{
	size_t low = 0, high = connections->count;
	while (low < high) {
		const size_t middle = (low + high) / 2;
		if (connections->hash[middle] < hash)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < connections->count && connections->hash[low] == hash)
		return;
	connections->more |= connections->count == CONNECTIONS_MAX;
	if (low == CONNECTIONS_MAX)
		return;
	connections->count += connections->count < CONNECTIONS_MAX;
	memmove(&connections->hash[low + 1], &connections->hash[low], (connections->count - low - 1) * sizeof connections->hash[0]);
	connections->hash[low] = hash;
}

void connections_read(struct connections *connections, const char *path, const struct period *period)
{
	const struct source_item item = {.path = path};
	char message[INPUT_MESSAGE_MAX];
	struct input *input;
	struct frame frame;
	struct packet packet;
	connections->count = 0;
	connections->more = false;
	if (input_open(&input, &item, period, message) != STATUS_OK)
		return;
	while (input_next(input, &frame) == STATUS_OK)
		if (packet_decode(&frame, &packet) == PACKET_DECODED && packet.protocol == PROTOCOL_TCP && packet.fragment_offset == 0 &&
		    (packet.tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
			add(connections, hash_of(&packet));
	input_close(input);
}
