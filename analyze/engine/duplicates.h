/* duplicates.h: recognises a packet that was captured before, in a bounded memory of recent ones. */
#ifndef WIRETAPE_DUPLICATES_H
#define WIRETAPE_DUPLICATES_H

#include "analyze/engine/packet.h"

enum duplicate {
	DUPLICATE_NONE,	   /* another packet that is the same to the bit: sent again */
	DUPLICATE_TAP,	   /* one packet, seen at two points (interfaces, hops) or mirrored twice */
	DUPLICATE_NETWORK, /* one packet, delivered twice over the same link; other than with TCP it may be a mirror's, not known as one yet */
};

struct duplicates;
struct seen;

/* NULL when out of memory. About 1 MiB. */
struct duplicates *duplicates_new(void);
/* What tells the packet from others; `flow_hash` names its flow. Not in it: what differs from hop to hop. */
uint64_t duplicates_fingerprint(const struct packet *packet, uint64_t flow_hash);
/* Says to the processor that duplicates_find with this fingerprint is near. */
void duplicates_prefetch(const struct duplicates *duplicates, uint64_t fingerprint);
/* NULL if the packet is new; it is remembered now. Otherwise what is remembered of it, for duplicates_judge. */
struct seen *duplicates_find(struct duplicates *duplicates, const struct packet *packet, uint64_t fingerprint,
			     uint64_t flow_hash);
/* What is it, that was `seen`? `rtt_ns` is the shortest round trip of its flow, 0 if unknown or not TCP. */
enum duplicate duplicates_judge(struct duplicates *duplicates, struct seen *seen, const struct packet *packet,
				uint64_t flow_hash, int64_t rtt_ns);
void duplicates_free(struct duplicates *duplicates);

/* No IP ID tells a packet from its retransmission; can it be the same packet that was seen `age_ns` before at another
 * point? A retransmission takes a round trip at least, and one that comes later has another timestamp. */
bool duplicates_same_elsewhere(int64_t age_ns, int64_t rtt_ns, bool same_timestamp);

#endif
