/* route_trace.h: traceroute, tracert and mtr as they pass by: probes whose TTL is too small to arrive, and the routers
 * that say so (RFC 792, RFC 4443: time exceeded). */
#ifndef WIRETAPE_ROUTE_TRACE_H
#define WIRETAPE_ROUTE_TRACE_H

#include "analyze/engine/outlet.h"
#include "analyze/engine/packet.h"

#define ROUTE_TRACE_TTL 32 /* probes have less */

struct route_traces;

/* Borrows `outlet`. NULL when out of memory. */
struct route_traces *route_traces_new(const struct outlet *outlet);
/* Any packet with a TTL below ROUTE_TRACE_TTL. */
void route_traces_probe(struct route_traces *traces, const struct packet *packet);
/* An ICMP error, and the packet that it quotes. */
void route_traces_error(struct route_traces *traces, const struct packet *packet, const struct packet *quoted);
/* An echo reply, or a TCP SYN-ACK or RST: the destination answers, perhaps to a probe. */
void route_traces_reply(struct route_traces *traces, const struct packet *packet);
void route_traces_deliver(const struct route_traces *traces, const struct outlet *outlet);
uint64_t route_traces_bytes(const struct route_traces *traces);
/* NULL is allowed. */
void route_traces_free(struct route_traces *traces);

#endif
