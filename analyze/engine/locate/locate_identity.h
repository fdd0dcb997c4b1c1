/* locate_identity.h: what a packet is the same by at two taps, and what may differ: link, VLAN, TTL, DSCP, ECN, the snap length, and
 * how many wire segments stand in one frame (TSO, GRO). */
#ifndef WIRETAPE_LOCATE_IDENTITY_H
#define WIRETAPE_LOCATE_IDENTITY_H

#include "analyze/engine/packet.h"

#define IDENTITY_PAYLOAD_MAX 32 /* bytes of UDP's and ICMP's payload that are compared */

struct identity_rule {
	bool nat;		/* addresses and ports may differ */
	uint32_t payload_bytes; /* of UDP and ICMP, compared: no more than both taps have kept. IDENTITY_PAYLOAD_MAX at the most */
};

/* A packet as the wire segments that it becomes. */
struct parts {
	uint32_t count;
	uint32_t unit; /* payload of each but the last */
};

/* `unit` is the largest TCP payload of the flow's segments on the wire. */
struct parts identity_parts(const struct packet *packet, uint32_t unit);
/* What all parts of the packet share. */
uint64_t identity_base(const struct packet *packet, const struct identity_rule *rule);
/* Of part `index`. Never 0. */
uint64_t identity_part(const struct packet *packet, uint64_t base, const struct parts *parts, uint32_t index);
/* Sequence number and payload of part `index`; of packets other than TCP, 0 and all. */
void identity_range(const struct packet *packet, const struct parts *parts, uint32_t index, uint32_t *seq, uint32_t *bytes);

static inline uint64_t identity_mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 29;
}

static inline uint64_t identity_mix_address(uint64_t hash, const struct address *address)
{
	uint64_t words[2];
	memcpy(words, address->bytes, sizeof words);
	return identity_mix(identity_mix(hash, words[0]), words[1]);
}

#endif
