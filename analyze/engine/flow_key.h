/* flow_key.h: what a flow is found by. */
#ifndef WIRETAPE_FLOW_KEY_H
#define WIRETAPE_FLOW_KEY_H

#include "analyze/engine/bytes.h"
#include "analyze/engine/flow.h"
#include "analyze/engine/packet.h"

#include <string.h>

static inline bool is_icmp(uint32_t protocol)
{
	return protocol == PROTOCOL_ICMP || protocol == PROTOCOL_ICMPV6;
}

/* As memcmp would order the bytes, without its call: this is done for each packet. */
static inline bool address_is_before(const struct address *a, const struct address *b)
{
	uint64_t of_a[2], of_b[2];
	memcpy(of_a, a->bytes, sizeof of_a);
	memcpy(of_b, b->bytes, sizeof of_b);
	unsigned i = of_a[0] == of_b[0];
	return be64(a->bytes + 8 * i) < be64(b->bytes + 8 * i);
}

static inline bool address_is_equal(const struct address *a, const struct address *b)
{
	return !memcmp(a, b, sizeof *a);
}

/* The key that both directions of the packet's flow have. True: its source is the key's low end. */
static inline bool flow_key_of(const struct packet *packet, struct flow_key *key)
{
	bool equal = address_is_equal(&packet->source, &packet->destination);
	bool source_is_low = equal ? packet->source_port <= packet->destination_port
				   : address_is_before(&packet->source, &packet->destination);
	/* An ICMP identifier belongs to both ends. */
	uint16_t destination_port = is_icmp(packet->protocol) ? packet->source_port : packet->destination_port;
	*key = (struct flow_key){
		.low = source_is_low ? packet->source : packet->destination,
		.high = source_is_low ? packet->destination : packet->source,
		.low_port = source_is_low ? packet->source_port : destination_port,
		.high_port = source_is_low ? destination_port : packet->source_port,
		.protocol = packet->protocol,
	};
	return source_is_low;
}

uint64_t flow_key_hash(const struct flow_key *key, uint64_t seed);

#endif
