/* udp_stream.h: UDP packets that are numbered by what they carry, so that loss and jitter can be seen: RTP (RFC 3550) and
 * iperf3's header. */
#ifndef WIRETAPE_UDP_STREAM_H
#define WIRETAPE_UDP_STREAM_H

#include "analyze/engine/flow.h"
#include "analyze/engine/outlet.h"
#include "analyze/engine/packet.h"

#define UDP_STREAM_BYTES 32 /* of a packet's payload, that are looked at */

/* A UDP packet with so much of its payload, or what was captured of it. */
void udp_stream_packet(const struct outlet *outlet, struct flow *flow, enum direction direction, const struct packet *packet);
/* The flow is over: delivers its streams, if it has any, and frees them. */
void udp_stream_flow_end(const struct outlet *outlet, struct flow *flow);

#endif
