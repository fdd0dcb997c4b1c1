/* shared_ids.h: which hosts number the packets of all their connections with one counter, or with one for each host that they
 * send to (Windows, printers, many routers). Where connections take turns, each goes on where the other was; the IDs that one of
 * them leaves out are the others'. A bounded memory of hosts: a newer one takes the place of an older. */
#ifndef WIRETAPE_SHARED_IDS_H
#define WIRETAPE_SHARED_IDS_H

#include "analyze/engine/packet.h"

struct shared_ids;

/* NULL when out of memory. */
struct shared_ids *shared_ids_new(void);
/* Takes note of a packet that has an IP ID; `flow` is any number of its connection. */
void shared_ids_packet(struct shared_ids *ids, const struct packet *packet, uint64_t flow);
/* True if its sender has shown to share a counter among connections like the packet's. */
bool shared_ids_are_shared(const struct shared_ids *ids, const struct packet *packet);
uint64_t shared_ids_bytes(const struct shared_ids *ids);
/* NULL is allowed. */
void shared_ids_free(struct shared_ids *ids);

#endif
