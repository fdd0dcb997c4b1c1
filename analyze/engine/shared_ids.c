#include "analyze/engine/shared_ids.h"

#include <stdlib.h>
#include <string.h>

#define PLACES 8192  /* power of two: 96 KiB */
#define NEAR 64	     /* IDs forward; by chance another connection's counter is there once in a thousand times */
#define ENOUGH 3
#define SENDER_ONLY 0
#define BOTH_ENDS 1

struct place {
	uint32_t key; /* 0: it is empty */
	uint16_t id, flow; /* of the latest packet */
	uint8_t near, far; /* how often another connection's next ID was a little further on, or elsewhere */
};

struct shared_ids {
	struct place place[PLACES];
};

struct shared_ids *shared_ids_new(void)
{
	return calloc(1, sizeof(struct shared_ids));
}

static uint32_t word_of(const struct address *address)
{
	uint32_t word; /* only IPv4 has IDs */
	memcpy(&word, address->bytes + 12, sizeof word);
	return word;
}

static uint32_t key_of(const struct packet *packet, unsigned kind)
{
	uint64_t hash = (uint64_t)word_of(&packet->source) << 32 | (kind == BOTH_ENDS ? word_of(&packet->destination) : 0);
	hash = (hash ^ (uint64_t)packet->network << 1 ^ kind) * 0x9e3779b97f4a7c15u;
	return (uint32_t)(hash >> 32) | 1;
}

static uint32_t index_of(uint32_t key)
{
	return key >> 1 & (PLACES - 1);
}

static void note(struct place *place, uint32_t key, uint16_t id, uint16_t flow)
{
	if (place->key != key)
		*place = (struct place){ .key = key, .id = id, .flow = flow };
	uint16_t step = (uint16_t)(id - place->id);
	bool overtaken = step == 0 || step > UINT16_MAX - NEAR;
	if (place->flow != flow && !overtaken) {
		uint8_t *counter = step <= NEAR ? &place->near : &place->far;
		if (*counter == UINT8_MAX) {
			place->near /= 2;
			place->far /= 2;
		}
		++*counter;
	}
	place->flow = flow;
	if (!overtaken)
		place->id = id;
}

void shared_ids_packet(struct shared_ids *ids, const struct packet *packet, uint64_t flow)
{
	if (packet->tcp_flags & (TCP_SYN | TCP_RST)) /* are numbered apart by some */
		return;
	for (unsigned kind = SENDER_ONLY; kind <= BOTH_ENDS; kind++) {
		uint32_t key = key_of(packet, kind);
		note(&ids->place[index_of(key)], key, packet->ip_id, (uint16_t)flow);
	}
}

bool shared_ids_are_shared(const struct shared_ids *ids, const struct packet *packet)
{
	bool shared = false;
	for (unsigned kind = SENDER_ONLY; kind <= BOTH_ENDS; kind++) {
		uint32_t key = key_of(packet, kind);
		const struct place *place = &ids->place[index_of(key)];
		shared |= place->key == key && place->near >= ENOUGH && place->near >= place->far;
	}
	return shared;
}

uint64_t shared_ids_bytes(const struct shared_ids *ids)
{
	return sizeof *ids;
}

void shared_ids_free(struct shared_ids *ids)
{
	free(ids);
}
