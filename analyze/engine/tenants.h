/* tenants.h: which flow a packet belongs to where tunnels are. The same addresses and ports may be used by two tenants of an overlay
 * network, each with an id; but one packet may also pass the tap inside of a tunnel and outside, and some networks (Cilium) give each
 * direction an id of its own. So the first flow of its addresses and ports takes in all packets that fit it: from a network that it has
 * had in this direction, that are copies of its own, or, with TCP, whose numbers continue its own. The others get a flow of
 * their network. */
#ifndef WIRETAPE_TENANTS_H
#define WIRETAPE_TENANTS_H

#include "analyze/engine/arena.h"
#include "analyze/engine/flow.h"
#include "analyze/engine/packet.h"

/* True if the packet need not be asked about: neither it nor the flow has to do with tunnels. */
static inline bool tenants_is_alone(const struct flow *flow, const struct packet *packet)
{
	return !flow->tunnelled && packet->tunnel == TUNNEL_NONE;
}

/* The network by which a packet of another tenant has its flow. */
static inline uint32_t tenants_network(const struct packet *packet)
{
	return packet->network ? packet->network : NETWORK_BARE;
}

/* True if the flow has had packets from there in this direction. */
bool tenants_knows(const struct flow *flow, enum direction direction, const struct packet *packet);
/* True if the packet belongs to the flow by its numbers, or if nothing speaks against it. `copy`: a datagram like it was
 * captured before. */
bool tenants_fits(const struct flow *flow, enum direction direction, const struct packet *packet, bool copy);
/* The packet is one of the flow's: takes note of its tunnel and network. False: out of memory. */
bool tenants_join(struct flow *flow, enum direction direction, const struct packet *packet, struct arena *arena);
/* The flow's client has proved to be the server. */
void tenants_swap_sides(struct flow *flow);

#endif
