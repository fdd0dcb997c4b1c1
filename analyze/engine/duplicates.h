/* duplicates.h: recognises a TCP packet that was captured before, in a bounded memory of recent ones. */
#ifndef WIRETAPE_DUPLICATES_H
#define WIRETAPE_DUPLICATES_H

#include "analyze/engine/packet.h"

enum duplicate {
	DUPLICATE_NONE,
	DUPLICATE_TAP,	   /* one packet, seen at two points (interfaces, hops) or mirrored twice */
	DUPLICATE_NETWORK, /* one packet, delivered twice over the same link */
};

struct duplicates;

/* NULL when out of memory. About 1 MiB. */
struct duplicates *duplicates_new(void);
/* What tells the packet from others; `flow_hash` names its flow. */
uint64_t duplicates_fingerprint(const struct packet *packet, uint64_t flow_hash);
/* Says to the processor that duplicates_check with this fingerprint is near. */
void duplicates_prefetch(const struct duplicates *duplicates, uint64_t fingerprint);
/* Remembers the packet and says whether it was there before. `rtt_ns` is the shortest round trip seen, 0 if unknown:
 * without an IP ID, only a copy that is faster than that is one for sure. */
enum duplicate duplicates_check(struct duplicates *duplicates, const struct packet *packet, uint64_t fingerprint,
				int64_t rtt_ns);
void duplicates_free(struct duplicates *duplicates);

#endif
