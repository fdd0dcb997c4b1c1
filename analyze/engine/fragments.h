/* fragments.h: puts the counts of a fragmented IP packet together (RFC 791 3.2, RFC 8200 4.5), not its bytes: what
 * comes out is the first fragment's header with the length of the whole. */
#ifndef WIRETAPE_FRAGMENTS_H
#define WIRETAPE_FRAGMENTS_H

#include "analyze/engine/packet.h"

struct fragments;

/* NULL when out of memory. */
struct fragments *fragments_new(void);
/* Takes one fragment. True if a packet can go on: then `packet` is that one, its header from the first fragment, its
 * payload_bytes of the whole, its frames and wire_bytes of all fragments. Its payload is gone, but for the first bytes of
 * DNS: these are borrowed until the next call. */
bool fragments_add(struct fragments *fragments, struct packet *packet);
/* Packets that never became whole and were given up or are still waiting; `frames` is set to how many frames they had. */
uint64_t fragments_incomplete(const struct fragments *fragments, uint64_t *frames);
void fragments_free(struct fragments *fragments);

#endif
