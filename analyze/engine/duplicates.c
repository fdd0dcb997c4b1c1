#include "analyze/engine/duplicates.h"

#include <stdlib.h>
#include <string.h>

#define SETS 16384 /* power of two */
#define WAYS 4
#define TICK_BITS 10	     /* times are kept in units of 1024 ns, modulo 2^32: more than an hour */
#define MEMORY_TICKS 976562  /* 1 s: older copies are another packet */
#define MIRROR_WINDOW 64     /* recent packets, of which .. */
#define MIRROR_COPIES 16     /* .. so many copies say that the tap doubles all traffic */

struct seen {
	uint64_t fingerprint;
	uint32_t tick;
	uint32_t place; /* hash of link and TTL */
};

struct duplicates {
	struct seen seen[SETS][WAYS]; /* a set is one cache line */
	uint64_t recent;	      /* one bit per packet: was it a copy over the same link? */
};

struct duplicates *duplicates_new(void)
{
	const size_t line = 64, size = (sizeof(struct duplicates) + line - 1) / line * line;
	struct duplicates *duplicates = aligned_alloc(line, size);
	if (duplicates)
		memset(duplicates, 0, size);
	return duplicates;
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 29;
}

uint64_t duplicates_fingerprint(const struct packet *packet, uint64_t flow_hash)
{
	uint64_t hash = mix(flow_hash, (uint64_t)packet->source_port << 48 | (uint64_t)packet->ip_id << 32 | packet->seq);
	hash = mix(hash, (uint64_t)packet->ack << 32 | packet->payload_bytes);
	hash = mix(hash, (uint64_t)packet->tsval << 32 | packet->tsecr);
	hash = mix(hash, (uint64_t)packet->window << 16 | packet->tcp_flags);
	for (unsigned i = 0; i < packet->sack_blocks; i++)
		hash = mix(hash, (uint64_t)packet->sack[i].start << 32 | packet->sack[i].end);
	return hash | 1; /* 0 is an empty place */
}

static uint32_t place_of(const struct packet *packet)
{
	return packet->link_identity ^ packet->ttl * 0x9e3779b1u;
}

static uint32_t tick_of(const struct packet *packet)
{
	return (uint32_t)((uint64_t)packet->t_ns >> TICK_BITS);
}

static enum duplicate judge(struct duplicates *duplicates, const struct packet *packet, const struct seen *before,
			    int64_t rtt_ns)
{
	bool occupies = packet->payload_bytes || packet->tcp_flags & (TCP_SYN | TCP_FIN);
	int64_t age_ns = (int64_t)(tick_of(packet) - before->tick) << TICK_BITS;
	if (before->place != place_of(packet))
		return DUPLICATE_TAP;
	/* Without an IP ID two distinct pure ACKs, or a segment and its retransmission, can be the same to the bit. */
	if (!packet->has_ip_id && (!occupies || rtt_ns == 0 || age_ns > rtt_ns / 2))
		return DUPLICATE_NONE;
	duplicates->recent |= 1;
	return __builtin_popcountll(duplicates->recent) > MIRROR_COPIES ? DUPLICATE_TAP : DUPLICATE_NETWORK;
}

_Static_assert(MIRROR_WINDOW == 8 * sizeof(uint64_t), "one bit per packet");

void duplicates_prefetch(const struct duplicates *duplicates, uint64_t fingerprint)
{
	__builtin_prefetch(duplicates->seen[(fingerprint >> 32) & (SETS - 1)], 1);
}

enum duplicate duplicates_check(struct duplicates *duplicates, const struct packet *packet, uint64_t fingerprint,
				int64_t rtt_ns)
{
	struct seen *set = duplicates->seen[(fingerprint >> 32) & (SETS - 1)];
	struct seen *oldest = set;
	uint32_t now = tick_of(packet);
	duplicates->recent <<= 1;
	for (struct seen *seen = set; seen < set + WAYS; seen++) {
		uint32_t age = now - seen->tick;
		if (seen->fingerprint == fingerprint && (age < MEMORY_TICKS || -age < MEMORY_TICKS))
			return judge(duplicates, packet, seen, rtt_ns);
		if (seen->fingerprint == 0 || (oldest->fingerprint && age > now - oldest->tick))
			oldest = seen;
	}
	*oldest = (struct seen){ fingerprint, now, place_of(packet) };
	return DUPLICATE_NONE;
}

void duplicates_free(struct duplicates *duplicates)
{
	free(duplicates);
}
