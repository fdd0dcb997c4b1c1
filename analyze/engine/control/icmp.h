/* icmp.h: what ICMP and ICMPv6 tell: pings that others send, errors, the hops of a traceroute that passes by. */
#ifndef WIRETAPE_ICMP_H
#define WIRETAPE_ICMP_H

#include "analyze/engine/flow.h"
#include "analyze/engine/flow_table.h"
#include "analyze/engine/outlet.h"
#include "analyze/engine/packet.h"

struct icmp;

/* Copies `outlet`. NULL when out of memory. */
struct icmp *icmp_new(const struct outlet *outlet);
/* A packet of ICMP or ICMPv6, with its payload as captured. `about` is the flow of the packet that an error quotes; NULL: not known. */
void icmp_packet(struct icmp *icmp, struct flow *flow, enum direction direction, const struct packet *packet,
		 const struct flow *about);
/* Any packet with a TTL so low that it may be a probe of traceroute, and TCP packets with SYN or RST: they may answer one. */
void icmp_probe(struct icmp *icmp, const struct packet *packet);
/* Reads what an ICMP error quotes: addresses, protocol, ports. False: it is no error, or too little of it was captured. */
bool icmp_quoted(const struct packet *packet, struct packet *quoted);
/* The flow is over: delivers its echoes and frees them. */
void icmp_flow_end(struct icmp *icmp, struct flow *flow, int64_t now_ns);
/* Once a second: echoes that were not answered in time. */
void icmp_advance(struct icmp *icmp, int64_t now_ns);
/* The capture ends: delivers errors and hops. */
void icmp_finish(struct icmp *icmp);
uint64_t icmp_bytes(const struct icmp *icmp);
/* NULL is allowed. */
void icmp_free(struct icmp *icmp);

#endif
