/* application.h: what is spoken above TCP and UDP: DNS, TLS, HTTP/1. */
#ifndef WIRETAPE_APPLICATION_H
#define WIRETAPE_APPLICATION_H

#include "analyze/engine/flow.h"
#include "analyze/engine/outlet.h"
#include "analyze/engine/packet.h"

struct application;

/* Copies `outlet`. NULL when out of memory. */
struct application *application_new(const struct outlet *outlet);
/* How many bytes of this packet's payload will be looked at; its payload is what the frame holds. Called for each packet of TCP and
 * UDP, before it is known whether it is a duplicate, so it must be cheap. */
uint32_t application_wants(const struct application *application, const struct packet *packet, uint64_t flow_hash);
/* A TCP segment that is no duplicate, after TCP has taken it in; with payload as far as it was wanted. */
void application_segment(struct application *application, struct flow *flow, enum direction direction,
			 const struct packet *packet, uint64_t flow_hash);
/* A UDP packet. */
void application_datagram(struct application *application, struct flow *flow, enum direction direction,
			  const struct packet *packet);
/* The flow's client has proved to be the server. */
void application_swap_sides(struct application *application, struct flow *flow);
/* The flow is over: delivers what is known of it and frees it. `open`: only because the capture ends. */
void application_flow_end(struct application *application, struct flow *flow, bool open);
/* Once a second: what was not answered in time. */
void application_advance(struct application *application, int64_t now_ns);
/* The capture ends; flows have ended. */
void application_finish(struct application *application, int64_t now_ns);
uint64_t application_bytes(const struct application *application);
/* NULL is allowed. */
void application_free(struct application *application);

#endif
