#include "analyze/engine/tenants.h"

#include "analyze/engine/sequence.h"

#define NEAR_BYTES ((uint32_t)1 << 22) /* numbers of another connection come so near once in 500 times, both of them in 250,000 */

bool tenants_knows(const struct flow *flow, enum direction direction, const struct packet *packet)
{
	uint32_t network = packet->network | NETWORK_SEEN;
	if (!flow->tunnel)
		return packet->network == 0;
	return flow->tunnel->network[direction][0] == network || flow->tunnel->network[direction][1] == network;
}

static bool is_near(uint32_t a, uint32_t b)
{
	return a - b < NEAR_BYTES || b - a < NEAR_BYTES;
}

static bool tcp_fits(const struct flow *flow, enum direction direction, const struct packet *packet)
{
	const struct side *side = &flow->side[direction], *other = &flow->side[!direction];
	bool has_ack = packet->tcp_flags & TCP_ACK;
	if (packet->tcp_flags & TCP_SYN && side->syns && packet->seq != side->isn)
		return false;
	if (side->started && !is_near(packet->seq, side->max))
		return false;
	return !other->started || !has_ack || is_near(packet->ack, other->max);
}

/* Equal datagrams of two networks may be two, if no ID tells that they are one; inside and outside of a tunnel they are one. */
static bool is_of_both(const struct flow *flow, enum direction direction, const struct packet *packet)
{
	const struct flow_tunnel *tunnel = flow->tunnel;
	bool bare = !tunnel || tunnel->network[direction][0] == NETWORK_SEEN || tunnel->network[direction][1] == NETWORK_SEEN;
	return packet->ip_id || packet->network == 0 || bare;
}

bool tenants_fits(const struct flow *flow, enum direction direction, const struct packet *packet, bool copy)
{
	if (packet->protocol == PROTOCOL_TCP)
		return tcp_fits(flow, direction, packet);
	return flow->side[direction].packets == 0 || (copy && is_of_both(flow, direction, packet));
}

/* The flow's first packet in a tunnel, which needs not be its first. */
static bool begin(struct flow *flow, enum direction direction, const struct packet *packet, struct arena *arena)
{
	struct flow_tunnel *tunnel = arena_take(arena, sizeof *tunnel);
	if (!tunnel)
		return false;
	tunnel->kind = packet->tunnel;
	tunnel->id = packet->tunnel_id;
	tunnel->has_ends = packet->tunnel_has_ends;
	if (packet->tunnel_has_ends) {
		tunnel->end[direction] = packet->tunnel_source;
		tunnel->end[!direction] = packet->tunnel_destination;
	}
	for (unsigned i = 0; i < 2; i++)
		tunnel->network[i][0] = flow->side[i].packets ? NETWORK_SEEN : 0;
	flow->tunnel = tunnel;
	flow->tunnelled = true;
	return true;
}

bool tenants_join(struct flow *flow, enum direction direction, const struct packet *packet, struct arena *arena)
{
	if (!flow->tunnel && packet->tunnel == TUNNEL_NONE)
		return true;
	if (!flow->tunnel && !begin(flow, direction, packet, arena))
		return false;
	uint32_t *networks = flow->tunnel->network[direction], network = packet->network | NETWORK_SEEN;
	if (networks[0] == 0)
		networks[0] = network;
	else if (networks[0] != network)
		networks[1] = network;
	return true;
}

void tenants_swap_sides(struct flow *flow)
{
	struct flow_tunnel *tunnel = flow->tunnel;
	if (!tunnel)
		return;
	struct flow_tunnel before = *tunnel;
	for (unsigned i = 0; i < 2; i++) {
		tunnel->end[i] = before.end[!i];
		tunnel->network[i][0] = before.network[!i][0];
		tunnel->network[i][1] = before.network[!i][1];
	}
}
