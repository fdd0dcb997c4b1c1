#include "analyze/engine/locate/locate_identity.h"

#include <string.h>

#define SUPER_MAX 2000000 /* bytes; no host makes larger ones, whatever the frame says */
#define UNIT_LEAST 200	  /* likewise no smaller segments of what is cut */

/* Set by the last segment alone, by the first alone, or by routers. */
#define FLAGS_THAT_VARY (TCP_PSH | TCP_ECE | TCP_CWR)

struct parts identity_parts(const struct packet *packet, uint32_t unit)
{
	if (unit < UNIT_LEAST)
		unit = UNIT_LEAST;
	if (packet->protocol != PROTOCOL_TCP || packet->fragment || packet->payload_bytes <= unit || packet->payload_bytes > SUPER_MAX)
		return (struct parts){ 1, packet->payload_bytes };
	return (struct parts){ (packet->payload_bytes + unit - 1) / unit, unit };
}

void identity_range(const struct packet *packet, const struct parts *parts, uint32_t index, uint32_t *seq, uint32_t *bytes)
{
	const uint32_t start = index * parts->unit;
	*seq = packet->seq + start;
	*bytes = index + 1 < parts->count ? parts->unit : packet->payload_bytes - start;
}

static uint64_t mix_payload(uint64_t hash, const struct packet *packet, uint32_t most)
{
	uint8_t bytes[IDENTITY_PAYLOAD_MAX] = { 0 };
	uint64_t words[IDENTITY_PAYLOAD_MAX / sizeof(uint64_t)];
	uint32_t count = packet->payload_captured < most ? packet->payload_captured : most;
	if (packet->payload && count)
		memcpy(bytes, packet->payload, count);
	memcpy(words, bytes, sizeof words);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		hash = identity_mix(hash, words[i]);
	return hash;
}

static uint64_t mix_tcp(uint64_t hash, const struct packet *packet)
{
	hash = identity_mix(hash, packet->ack);
	hash = identity_mix(hash, (uint64_t)packet->tsval << 32 | packet->tsecr);
	if (packet->payload_bytes)
		return hash; /* of merged segments, the window is the first one's */
	hash = identity_mix(hash, packet->window);
	for (unsigned i = 0; i < packet->sack_blocks; i++)
		hash = identity_mix(hash, (uint64_t)packet->sack[i].start << 32 | packet->sack[i].end);
	return hash;
}

uint64_t identity_base(const struct packet *packet, const struct identity_rule *rule)
{
	uint64_t hash = identity_mix(packet->protocol, (uint64_t)packet->fragment_id << 32 | packet->fragment_offset);
	if (!rule->nat) {
		hash = identity_mix_address(identity_mix_address(hash, &packet->source), &packet->destination);
		hash = identity_mix(hash, (uint32_t)packet->source_port << 16 | packet->destination_port);
	}
	if (packet->fragment && packet->fragment_offset)
		return hash;
	switch (packet->protocol) {
	case PROTOCOL_TCP:
		return mix_tcp(hash, packet);
	case PROTOCOL_ICMP:
	case PROTOCOL_ICMPV6:
		hash = identity_mix(hash, (uint32_t)packet->icmp_type << 8 | packet->icmp_code);
		if (!rule->nat) {
			uint32_t rest;
			memcpy(&rest, packet->icmp_rest, sizeof rest);
			hash = identity_mix(hash, rest);
		}
		return mix_payload(hash, packet, rule->payload_bytes);
	default:
		return mix_payload(hash, packet, rule->payload_bytes);
	}
}

uint64_t identity_part(const struct packet *packet, uint64_t base, const struct parts *parts, uint32_t index)
{
	uint32_t seq, bytes;
	uint8_t flags = packet->protocol == PROTOCOL_TCP ? (uint8_t)(packet->tcp_flags & ~FLAGS_THAT_VARY) : 0;
	identity_range(packet, parts, index, &seq, &bytes);
	if (index + 1 < parts->count)
		flags &= (uint8_t)~TCP_FIN;
	/* Segmentation counts the IP ID up from the first segment's. */
	const uint16_t ip_id = packet->has_ip_id ? (uint16_t)(packet->ip_id + index) : 0;
	const uint64_t hash = identity_mix(base, (uint64_t)seq << 32 | bytes);
	return identity_mix(hash, (uint64_t)ip_id << 16 | (uint64_t)packet->has_ip_id << 8 | flags) | 1;
}
