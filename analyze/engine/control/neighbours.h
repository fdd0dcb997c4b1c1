/* neighbours.h: who has which address on the link: ARP (RFC 826, RFC 5227) and neighbour discovery (RFC 4861). */
#ifndef WIRETAPE_NEIGHBOURS_H
#define WIRETAPE_NEIGHBOURS_H

#include "analyze/engine/outlet.h"
#include "analyze/engine/packet.h"

struct neighbours;

/* Copies `outlet`. NULL when out of memory. */
struct neighbours *neighbours_new(const struct outlet *outlet);
/* A frame that is not IP; ARP if it is. */
void neighbours_frame(struct neighbours *neighbours, const struct frame *frame);
/* An ICMPv6 packet, with its payload as captured. */
void neighbours_packet(struct neighbours *neighbours, const struct packet *packet);
/* Once a second: requests that were not answered in time. */
void neighbours_advance(struct neighbours *neighbours, int64_t now_ns);
/* The capture ends: delivers all. */
void neighbours_finish(struct neighbours *neighbours);
uint64_t neighbours_bytes(const struct neighbours *neighbours);
/* NULL is allowed. */
void neighbours_free(struct neighbours *neighbours);

#endif
