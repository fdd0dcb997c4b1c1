#include "analyze/engine/way.h"

#define EVENTS_MAX 16	  /* of changed TTLs, per direction: two routes that take turns would give one per packet */
#define PROBE_TTL 32	  /* with less it may be a probe of traceroute, which changes its TTL on purpose */
#define DSCP_KNOWN 0x80	  /* in first_dscp */
#define USUAL_BYTES 1460  /* of a segment, where nothing is known */

/* Others than a flow's two hosts may have sent it, or they did so from another state than the connection's: RSTs of firewalls, SYN-ACKs
 * of SYN proxies, the last ACKs of a socket that is closed. */
static bool may_differ(const struct flow *flow, const struct packet *packet)
{
	if (packet->protocol == PROTOCOL_TCP)
		return packet->tcp_flags & (TCP_RST | TCP_SYN) || flow->closed || flow->reset;
	return packet->protocol == PROTOCOL_ICMP || packet->protocol == PROTOCOL_ICMPV6 || packet->ttl < PROBE_TTL;
}

static void note_ttl(struct ledger *ledger, struct flow *flow, enum direction direction, const struct packet *packet)
{
	struct way *way = &flow->way[direction];
	ledger_count(ledger, flow, direction, COUNT_TTL_CHANGES, 1);
	if (way->ttl_events < EVENTS_MAX) {
		way->ttl_events++;
		struct event_facts event = {
			.t_ns = packet->t_ns,
			.frame = packet->frame,
			.direction = direction,
			.kind = EVENT_TTL_CHANGE,
			.seq = way->ttl,
			.len = packet->ttl,
		};
		ledger_event(ledger, flow, &event);
	}
}

static void note_header(struct ledger *ledger, struct flow *flow, enum direction direction, const struct packet *packet)
{
	struct way *way = &flow->way[direction];
	if (!(way->first_dscp & DSCP_KNOWN))
		way->first_dscp = packet->dscp | DSCP_KNOWN;
	if (may_differ(flow, packet))
		return;
	if (way->ttl && packet->ttl != way->ttl)
		note_ttl(ledger, flow, direction, packet);
	if (way->ttl && packet->dscp != way->dscp)
		ledger_count(ledger, flow, direction, COUNT_DSCP_CHANGES, 1);
	way->ttl = packet->ttl;
	way->dscp = packet->dscp;
}

void way_news(struct ledger *ledger, struct flow *flow, enum direction direction, const struct packet *packet, int64_t before_ns)
{
	struct way *way = &flow->way[direction];
	if (before_ns != NO_TIME && packet->t_ns - before_ns > way->gap_max_ns) {
		way->gap_max_ns = packet->t_ns - before_ns;
		way->gap_end_ns = packet->t_ns;
		way->gap_end_frame = packet->frame;
	}
	if (packet->ecn && flow->ends[direction].ect_packets < UINT32_MAX)
		flow->ends[direction].ect_packets++;
	if (packet->ttl != way->ttl || packet->dscp != way->dscp)
		note_header(ledger, flow, direction, packet);
}

bool way_damaged(struct ledger *ledger, struct flow *flow, enum direction direction, const struct packet *packet,
		 struct engine_totals *totals)
{
	struct ends *ends = &flow->ends[direction];
	const struct side *side = &flow->side[direction];
	if (packet->checksum == CHECKSUM_RIGHT) {
		ends->right_checksums += ends->right_checksums < UINT32_MAX;
		return false;
	}
	uint32_t usual = side->segment_bytes ? side->segment_bytes : USUAL_BYTES;
	bool large = packet->protocol == PROTOCOL_TCP && packet->payload_bytes > usual;
	uint64_t damaged = side->trouble ? side->trouble->counter[COUNT_CHECKSUM_ERRORS] : 0;
	if (packet->checksum == CHECKSUM_OFFLOADED || large || damaged >= ends->right_checksums) {
		totals->checksum_offloads++;
		return false;
	}
	totals->checksum_errors++;
	ledger_count(ledger, flow, direction, COUNT_CHECKSUM_ERRORS, 1);
	struct event_facts event = {
		.t_ns = packet->t_ns,
		.frame = packet->frame,
		.direction = direction,
		.kind = EVENT_CHECKSUM_ERROR,
		.seq = packet->protocol == PROTOCOL_TCP ? packet->seq : 0,
		.len = packet->payload_bytes,
	};
	ledger_event(ledger, flow, &event);
	return true;
}

void way_swap_sides(struct flow *flow)
{
	struct way way = flow->way[C2S];
	struct ends ends = flow->ends[C2S];
	flow->way[C2S] = flow->way[S2C];
	flow->way[S2C] = way;
	flow->ends[C2S] = flow->ends[S2C];
	flow->ends[S2C] = ends;
}
