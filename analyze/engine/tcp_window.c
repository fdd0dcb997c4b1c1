#include "analyze/engine/tcp_internal.h"


/* True if the sender of this direction scales its windows in a way that is known: both SYNs were seen, or one without
 * the option, or its SYN-ACK, which has the option only if the SYN had it (RFC 7323 2.2). */
static bool scale_of(const struct flow *flow, enum direction direction, unsigned *shift)
{
	const struct side *side = &flow->side[direction], *other = &flow->side[!direction];
	*shift = 0;
	if (side->window_scale == -2 || other->window_scale == -2)
		return true;
	if (side->window_scale == -1 || (other->window_scale == -1 && !side->syn_ack_sent))
		return false;
	*shift = (unsigned)side->window_scale;
	return true;
}

static void emit(struct tcp *tcp, const struct flow *flow, enum direction direction, const struct packet *packet,
		 enum event_kind kind, int64_t value_ns)
{
	struct event_facts event = {
		.t_ns = packet->t_ns,
		.frame = packet->frame,
		.direction = direction,
		.kind = kind,
		.seq = packet->seq,
		.len = packet->payload_bytes,
		.value_ns = value_ns,
	};
	ledger_event(tcp->ledger, flow, &event);
}

static void zero_window(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet)
{
	struct side *side = &flow->side[direction];
	if (packet->window == 0 && !side->zero_window) {
		side->zero_window = true;
		ledger_trouble(tcp->ledger, side)->zero_window_start_ns = packet->t_ns;
		ledger_count(tcp->ledger, flow, direction, COUNT_ZERO_WINDOWS, 1);
		emit(tcp, flow, direction, packet, EVENT_ZERO_WINDOW, 0);
	} else if (packet->window > 0 && side->zero_window) {
		struct trouble *trouble = ledger_trouble(tcp->ledger, side);
		int64_t duration = packet->t_ns - trouble->zero_window_start_ns;
		side->zero_window = false;
		trouble->zero_window_ns += duration;
		emit(tcp, flow, direction, packet, EVENT_ZERO_WINDOW_END, duration);
	}
}

void tcp_window(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet)
{
	struct side *side = &flow->side[direction], *other = &flow->side[!direction];
	bool is_syn = packet->tcp_flags & TCP_SYN;
	bool overtaken = other->una_known && other->started && seq_before(packet->ack, other->una);
	if (!(packet->tcp_flags & TCP_ACK) || packet->tcp_flags & TCP_RST || overtaken)
		return;
	side->window_raw = packet->window;
	unsigned shift = 0;
	if (!is_syn) {
		zero_window(tcp, flow, direction, packet);
		if (!scale_of(flow, direction, &shift))
			return;
		ledger_window(flow, direction, (uint32_t)packet->window << shift);
	}
	uint32_t edge = packet->ack + ((uint32_t)packet->window << shift); /* a SYN's window is never scaled */
	bool had_room = other->window_edge_known && seq_distance(other->max, other->window_edge) >= other->segment_bytes;
	if (!had_room && seq_before(other->window_edge, edge))
		other->room_ns = packet->t_ns;
	other->window_edge = edge;
	other->window_edge_known = true;
}

void tcp_window_full(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet,
		     uint32_t end, uint64_t segments)
{
	struct side *side = &flow->side[direction];
	if (!side->window_edge_known)
		return;
	/* A sender that waits for room to send a full segment (RFC 9293 3.8.6.2.1) leaves the window's last bytes unused. */
	int32_t left = seq_distance(end, tcp_sender_edge(side));
	bool full = left <= 0 || (left < side->segment_bytes && packet->payload_bytes >= side->segment_bytes);
	if (full)
		ledger_count(tcp->ledger, flow, direction, COUNT_WINDOW_FULL, segments);
	if (full && !side->window_full)
		emit(tcp, flow, direction, packet, EVENT_WINDOW_FULL, 0);
	side->window_full = full;
}
