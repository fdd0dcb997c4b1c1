/* echo.h: pings that others send (RFC 792, RFC 4443): echo requests and what comes back, flow by flow. */
#ifndef WIRETAPE_ECHO_H
#define WIRETAPE_ECHO_H

#include "analyze/engine/flow.h"
#include "analyze/engine/outlet.h"
#include "analyze/engine/packet.h"

struct echoes;

/* Borrows `outlet`. NULL when out of memory. */
struct echoes *echoes_new(const struct outlet *outlet);
/* Says whether it is a request or a reply. */
bool echo_is_request(const struct packet *packet);
bool echo_is_reply(const struct packet *packet);
/* An echo request or reply. */
void echoes_packet(struct echoes *echoes, struct flow *flow, enum direction direction, const struct packet *packet);
/* A router has thrown away a packet of `flow`; `quoted` is an echo request: traceroute's, so it is not waited for. */
void echoes_exceeded(struct echoes *echoes, const struct flow *flow, const struct packet *quoted);
/* It is `now_ns`: requests that were not answered in time are lost. */
void echoes_advance(struct echoes *echoes, int64_t now_ns);
/* The flow is over: delivers what is known and frees it. */
void echoes_flow_end(struct echoes *echoes, struct flow *flow, int64_t now_ns);
uint64_t echoes_bytes(const struct echoes *echoes);
/* NULL is allowed. */
void echoes_free(struct echoes *echoes);

#endif
