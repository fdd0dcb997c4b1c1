#include "analyze/engine/duplicates.h"

#include <stdlib.h>

#define SETS 16384 /* power of two */
#define WAYS 4
#define MEMORY_NS 1000000000 /* older copies are another packet */
#define MIRROR_WINDOW 64     /* recent packets, of which .. */
#define MIRROR_COPIES 16     /* .. so many copies say that the tap doubles all traffic */

struct seen {
	uint64_t fingerprint;
	int64_t t_ns;
	uint32_t link_identity;
	uint32_t ttl;
};

struct duplicates {
	uint64_t recent; /* one bit per packet: was it a copy over the same link? */
	struct seen seen[SETS][WAYS];
};

struct duplicates *duplicates_new(void)
{
	return calloc(1, sizeof(struct duplicates));
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 29;
}

static uint64_t fingerprint(const struct packet *packet, uint64_t flow_hash)
{
	uint64_t hash = mix(flow_hash, (uint64_t)packet->source_port << 48 | (uint64_t)packet->ip_id << 32 | packet->seq);
	hash = mix(hash, (uint64_t)packet->ack << 32 | packet->payload_bytes);
	hash = mix(hash, (uint64_t)packet->tsval << 32 | packet->tsecr);
	hash = mix(hash, (uint64_t)packet->window << 16 | packet->tcp_flags);
	for (unsigned i = 0; i < packet->sack_blocks; i++)
		hash = mix(hash, (uint64_t)packet->sack[i].start << 32 | packet->sack[i].end);
	return hash | 1; /* 0 is an empty place */
}

static enum duplicate judge(struct duplicates *duplicates, const struct packet *packet, const struct seen *before,
			    int64_t rtt_ns)
{
	bool other_tap = before->link_identity != packet->link_identity || before->ttl != packet->ttl;
	bool occupies = packet->payload_bytes || packet->tcp_flags & (TCP_SYN | TCP_FIN);
	if (other_tap)
		return DUPLICATE_TAP;
	/* Without an IP ID two distinct pure ACKs, or a segment and its retransmission, can be the same to the bit. */
	if (!packet->has_ip_id && (!occupies || rtt_ns == 0 || packet->t_ns - before->t_ns > rtt_ns / 2))
		return DUPLICATE_NONE;
	duplicates->recent |= 1;
	return __builtin_popcountll(duplicates->recent) > MIRROR_COPIES ? DUPLICATE_TAP : DUPLICATE_NETWORK;
}

_Static_assert(MIRROR_WINDOW == 8 * sizeof(uint64_t), "one bit per packet");

enum duplicate duplicates_check(struct duplicates *duplicates, const struct packet *packet, uint64_t flow_hash,
				int64_t rtt_ns)
{
	uint64_t print = fingerprint(packet, flow_hash);
	struct seen *set = duplicates->seen[(print >> 32) & (SETS - 1)];
	struct seen *place = set;
	duplicates->recent <<= 1;
	for (struct seen *seen = set; seen < set + WAYS; seen++) {
		int64_t age = packet->t_ns - seen->t_ns;
		if (seen->fingerprint == print && age < MEMORY_NS && age > -MEMORY_NS)
			return judge(duplicates, packet, seen, rtt_ns);
		if (seen->t_ns < place->t_ns)
			place = seen;
	}
	*place = (struct seen){ print, packet->t_ns, packet->link_identity, packet->ttl };
	return DUPLICATE_NONE;
}

void duplicates_free(struct duplicates *duplicates)
{
	free(duplicates);
}
