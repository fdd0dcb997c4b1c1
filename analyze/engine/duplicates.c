#include "analyze/engine/duplicates.h"

#include <stdlib.h>
#include <string.h>

#define SETS 16384 /* power of two */
#define WAYS 4
#define FLOWS 4096 /* power of two */
#define TICK_BITS 10	     /* times are kept in units of 1024 ns, modulo 2^32: more than an hour */
#define MEMORY_TICKS 976562  /* 1 s: older copies are another packet */
#define MIRROR_WINDOW 64     /* recent packets, of which .. */
#define MIRROR_COPIES 16     /* .. so many copies say that the tap doubles all traffic */
#define FLOW_COPY 4	     /* a flow's score rises by this with each copy, and falls by one with each packet: .. */
#define FLOW_DOUBLED 32	     /* .. past this, a quarter of its last packets were copies */
#define NEAR_NS 1000000	     /* two points of one machine or rack */
#define ROUTED_NS 50000000   /* two hops, with a queue between them */
#define CLOCK_NS 20000000    /* timestamp clocks tick once in 1 to 10 ms (RFC 7323 5.4) */

struct seen {
	uint64_t fingerprint;
	uint32_t tick;
	uint32_t link : 23; /* hash */
	uint32_t ttl : 8;
	uint32_t copied : 1; /* over the same link */
};

struct duplicates {
	struct seen seen[SETS][WAYS]; /* a set is one cache line */
	uint64_t recent;	      /* one bit per packet: was it a copy over the same link? */
	uint8_t score[FLOWS];	      /* the same, flow by flow, where a mirror doubles some only */
};

_Static_assert(sizeof(struct seen) * WAYS == 64, "a set is one cache line");

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

/* Ports don't tell the direction of ICMP, nor of UDP where they are equal. */
static uint64_t datagram_fingerprint(const struct packet *packet, uint64_t flow_hash)
{
	uint64_t source[2];
	uint32_t rest;
	memcpy(source, packet->source.bytes, sizeof source);
	memcpy(&rest, packet->icmp_rest, sizeof rest);
	uint64_t hash = mix(mix(flow_hash, source[0]), source[1]);
	hash = mix(hash, (uint64_t)packet->source_port << 48 | (uint64_t)packet->ip_id << 32 | packet->payload_bytes);
	hash = mix(hash, (uint64_t)packet->icmp_type << 40 | (uint64_t)packet->icmp_code << 32 | packet->payload_hash);
	return mix(hash, rest) | 1;
}

uint64_t duplicates_fingerprint(const struct packet *packet, uint64_t flow_hash)
{
	if (packet->protocol != PROTOCOL_TCP)
		return datagram_fingerprint(packet, flow_hash);
	uint64_t hash = mix(flow_hash, (uint64_t)packet->source_port << 48 | (uint64_t)packet->ip_id << 32 | packet->seq);
	hash = mix(hash, (uint64_t)packet->ack << 32 | packet->payload_bytes);
	hash = mix(hash, (uint64_t)packet->tsval << 32 | packet->tsecr);
	hash = mix(hash, (uint64_t)packet->payload_hash << 32 | (uint32_t)packet->window << 16 | packet->tcp_flags);
	for (unsigned i = 0; i < packet->sack_blocks; i++)
		hash = mix(hash, (uint64_t)packet->sack[i].start << 32 | packet->sack[i].end);
	return hash | 1; /* 0 is an empty place */
}

static uint32_t link_of(const struct packet *packet)
{
	return packet->link_identity >> 9;
}

static uint32_t tick_of(const struct packet *packet)
{
	return (uint32_t)((uint64_t)packet->t_ns >> TICK_BITS);
}

static void remember(struct seen *seen, const struct packet *packet, uint64_t fingerprint)
{
	*seen = (struct seen){
		.fingerprint = fingerprint,
		.tick = tick_of(packet),
		.link = link_of(packet) & 0x7fffff,
		.ttl = packet->ttl,
	};
}

static uint8_t *score_of(struct duplicates *duplicates, uint64_t flow_hash)
{
	return &duplicates->score[flow_hash & (FLOWS - 1)];
}

/* Equal datagrams over one link show a mirror only where their IDs tell that they are one. */
static bool shows_mirror(const struct packet *packet)
{
	return packet->protocol == PROTOCOL_TCP || packet->ip_id;
}

/* Another hop has another TTL, another interface another link header. */
static bool is_elsewhere(const struct seen *seen, const struct packet *packet)
{
	return seen->ttl != packet->ttl || seen->link != link_of(packet);
}

bool duplicates_same_elsewhere(int64_t age_ns, int64_t rtt_ns, bool same_timestamp)
{
	bool near = age_ns <= NEAR_NS || age_ns <= rtt_ns / 2;
	return near || (same_timestamp && age_ns >= CLOCK_NS);
}

/* The packets are the same to the bit, but for the link and the TTL: are they one? */
static bool is_same(const struct seen *seen, const struct packet *packet, int64_t rtt_ns, bool mirrored)
{
	bool occupies = packet->payload_bytes || packet->tcp_flags & (TCP_SYN | TCP_FIN);
	int32_t ticks = (int32_t)(tick_of(packet) - seen->tick);
	int64_t age_ns = (int64_t)(ticks < 0 ? -ticks : ticks) << TICK_BITS; /* queues swap packets */
	if (packet->has_ip_id)
		return true;
	if (seen->ttl != packet->ttl && age_ns <= ROUTED_NS)
		return true;
	if (is_elsewhere(seen, packet))
		return duplicates_same_elsewhere(age_ns, rtt_ns, packet->has_timestamp);
	if (age_ns > (rtt_ns ? rtt_ns / 2 : NEAR_NS))
		return false;
	/* Two pure ACKs in a row are mostly two; of a mirror that doubles all, every second is a copy. */
	return occupies || (mirrored && !seen->copied);
}

/* The same of a packet without sequence numbers. Who repeats a datagram, as resolvers do, repeats it over the same link; a
 * traceroute that counts up the TTL does, too. */
static bool is_same_datagram(const struct seen *seen, const struct packet *packet, bool mirrored)
{
	int32_t ticks = (int32_t)(tick_of(packet) - seen->tick);
	int64_t age_ns = (int64_t)(ticks < 0 ? -ticks : ticks) << TICK_BITS;
	if (seen->link != link_of(packet) || packet->ttl < seen->ttl)
		return age_ns <= ROUTED_NS || packet->ip_id;
	if (seen->ttl != packet->ttl || age_ns > NEAR_NS)
		return false;
	/* A program may send equal datagrams in a row; of a mirror that doubles all, every second is a copy. */
	return packet->ip_id || (mirrored && !seen->copied);
}

enum duplicate duplicates_judge(struct duplicates *duplicates, struct seen *seen, const struct packet *packet,
				uint64_t flow_hash, int64_t rtt_ns)
{
	uint8_t *score = score_of(duplicates, flow_hash);
	bool mirrored = *score > FLOW_DOUBLED || __builtin_popcountll(duplicates->recent) >= MIRROR_COPIES;
	bool same = packet->protocol == PROTOCOL_TCP ? is_same(seen, packet, rtt_ns, mirrored)
						     : is_same_datagram(seen, packet, mirrored);
	if (!same) {
		remember(seen, packet, seen->fingerprint);
		return DUPLICATE_NONE;
	}
	if (is_elsewhere(seen, packet))
		return DUPLICATE_TAP;
	seen->copied = 1;
	if (!shows_mirror(packet))
		return DUPLICATE_TAP;
	duplicates->recent |= 1;
	*score = *score < UINT8_MAX - FLOW_COPY ? (uint8_t)(*score + FLOW_COPY) : UINT8_MAX;
	return mirrored ? DUPLICATE_TAP : DUPLICATE_NETWORK;
}

_Static_assert(MIRROR_WINDOW == 8 * sizeof(uint64_t), "one bit per packet");

void duplicates_prefetch(const struct duplicates *duplicates, uint64_t fingerprint)
{
	__builtin_prefetch(duplicates->seen[(fingerprint >> 32) & (SETS - 1)], 1);
}

struct seen *duplicates_find(struct duplicates *duplicates, const struct packet *packet, uint64_t fingerprint,
			     uint64_t flow_hash)
{
	struct seen *set = duplicates->seen[(fingerprint >> 32) & (SETS - 1)];
	struct seen *oldest = set;
	uint32_t now = tick_of(packet);
	if (shows_mirror(packet)) {
		uint8_t *score = score_of(duplicates, flow_hash);
		*score = (uint8_t)(*score - (*score > 0));
		duplicates->recent <<= 1;
	}
	for (struct seen *seen = set; seen < set + WAYS; seen++) {
		uint32_t age = now - seen->tick;
		if (seen->fingerprint == fingerprint && (age < MEMORY_TICKS || -age < MEMORY_TICKS))
			return seen;
		if (seen->fingerprint == 0 || (oldest->fingerprint && age > now - oldest->tick))
			oldest = seen;
	}
	remember(oldest, packet, fingerprint);
	return NULL;
}

void duplicates_free(struct duplicates *duplicates)
{
	free(duplicates);
}
