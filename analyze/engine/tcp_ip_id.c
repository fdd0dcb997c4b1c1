/* A sender's IP IDs. Many systems number the packets of each connection one by one (Linux since 2.4); then the numbers
 * tell in which order packets were sent, and how many never came by. Nothing promises it (RFC 6864): each sender's must be
 * learned first. */
#include "analyze/engine/tcp_internal.h"

#define STEP_MAX 8192	  /* a larger step forward is no order */
#define MISSING_MAX 64	  /* a larger gap is a new beginning, not so many losses */
#define SHORT_NS 1000000  /* a pause is longer */
#define SETTLED 64	  /* so many steps, and none the other way, need no more counting; they outweigh one gap that nothing explains */
#define ENOUGH 2	  /* steps in order before IDs are believed */
#define TRUST_TIMESTAMPS 6 /* who sends timestamps is hardly one of those with one counter for all connections */

static void count(struct side *side, uint8_t *counter)
{
	if (*counter == UINT8_MAX) {
		side->ip_id_in_order /= 2;
		side->ip_id_out_of_order /= 2;
		side->ip_id_quiet_exact /= 2;
		side->ip_id_quiet_gaps /= 2;
		side->ip_id_unexplained /= 2;
	}
	++*counter;
}

bool tcp_ip_ids_count_up(const struct side *side)
{
	return side->ip_id_in_order >= ENOUGH && side->ip_id_out_of_order * 16 <= side->ip_id_in_order;
}

/* No ID is left out. One counter for all connections would show after a pause, when others have been sending; where too many are
 * left out for what this one did; or where the others are seen to have them. */
static bool one_by_one(const struct tcp *tcp, const struct side *side, const struct packet *packet)
{
	int for_it = side->ip_id_quiet_exact + (side->timestamps ? TRUST_TIMESTAMPS : 0);
	bool explained = side->ip_id_unexplained * SETTLED <= side->ip_id_in_order;
	return tcp_ip_ids_count_up(side) && for_it > 2 * side->ip_id_quiet_gaps && explained &&
	       !shared_ids_are_shared(tcp->shared_ids, packet);
}

int64_t tcp_idle(const struct tcp *tcp, const struct side *side, const struct packet *packet)
{
	int64_t since_ns = side->ack_last_ns > side->room_ns ? side->ack_last_ns : side->room_ns;
	if (tcp->before_ns > since_ns)
		since_ns = tcp->before_ns;
	return packet->t_ns - since_ns;
}

/* Data that were lost would have left a hole, but for a tail that a timer repeats. If this packet is not a timer's, all that can be
 * missing is a needless repetition, and what probes a closed window: one for each time-out. */
static bool is_unexplained(const struct tcp *tcp, const struct flow *flow, const struct side *side, const struct packet *packet,
			   uint32_t missing)
{
	int64_t rtt = tcp_path_rtt(flow);
	bool in_sequence = side->started && packet->seq == side->max && !tcp_has_hole(side);
	if (!in_sequence || rtt == 0 || tcp->before_ns == NO_TIME || tcp_idle(tcp, side, packet) >= rtt)
		return false;
	uint32_t most = 1;
	for (int64_t rest = packet->t_ns - tcp->before_ns, step = MIN_RTO_NS; rest >= step; step *= 2, most++)
		rest -= step;
	return missing > most;
}

/* Segments in the hole that this packet leaves behind it. */
static uint32_t hole_segments(const struct flow *flow, enum direction direction, const struct packet *packet)
{
	const struct side *side = &flow->side[direction];
	bool jumps = side->started && seq_before(side->max, packet->seq);
	return jumps ? (uint32_t)tcp_segments(flow, direction, packet->seq - side->max) : 0;
}

/* The FIN that answers a FIN, so late that a time-out has passed. */
static bool is_late_answer(const struct flow *flow, const struct side *other, const struct packet *packet)
{
	const struct scoreboard *board = &other->board;
	bool answers = packet->tcp_flags & TCP_FIN && other->fin_seen && !other->fin_acked && packet->ack == other->fin_end;
	if (!answers || board->count == 0)
		return false;
	return scoreboard_at(board, board->count - 1)->retransmissions ||
	       packet->t_ns - other->data_last_ns > tcp_path_rtt(flow) + MIN_RTO_NS;
}

/* IDs left out can only have been data, or a FIN: the other side has sent nothing that they could have acknowledged; or its
 * FIN, which most hosts answer with their own at once. */
static bool must_be_data(const struct flow *flow, enum direction direction, const struct packet *packet)
{
	const struct side *other = &flow->side[!direction];
	bool nothing_to_acknowledge = tcp_in_flight(other) == 0 && packet->ack == other->una;
	return other->una_known && (nothing_to_acknowledge || is_late_answer(flow, other, packet));
}

static bool is_quiet(const struct flow *flow, const struct side *side, const struct packet *packet)
{
	int64_t silence_ns = packet->t_ns - side->data_last_ns;
	return silence_ns > SHORT_NS && silence_ns > tcp_path_rtt(flow);
}

/* The packet has the ID that was expected, or one after it. */
static void step_forward(const struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet, uint32_t step,
			 struct ip_id_news *news)
{
	struct side *side = &flow->side[direction];
	uint32_t missing = 0, hole = hole_segments(flow, direction, packet);
	if (step > hole && step <= MISSING_MAX && must_be_data(flow, direction, packet))
		missing = step - hole;
	if (missing && is_unexplained(tcp, flow, side, packet, missing))
		count(side, &side->ip_id_unexplained);
	if ((missing || step < hole) && one_by_one(tcp, side, packet)) {
		news->missing = missing;
		news->explained = step < hole ? hole - step : 0;
	}
	if (side->ip_id_in_order < SETTLED || side->ip_id_out_of_order)
		count(side, &side->ip_id_in_order);
	if (missing && is_quiet(flow, side, packet))
		count(side, &side->ip_id_quiet_gaps);
	else if (step == 0 && (side->ip_id_quiet_exact < SETTLED || side->ip_id_quiet_gaps) && is_quiet(flow, side, packet))
		count(side, &side->ip_id_quiet_exact);
}

void tcp_ip_id(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet, struct ip_id_news *news)
{
	struct side *side = &flow->side[direction];
	*news = (struct ip_id_news){ 0 };
	uint16_t step = (uint16_t)(packet->ip_id - side->ip_id_next);
	bool wraps = side->ip_id_known && packet->ip_id == 0 && step <= MISSING_MAX;
	if (!packet->has_ip_id && !wraps)
		return;
	shared_ids_packet(tcp->shared_ids, packet, flow->id);
	bool out_of_order = side->ip_id_known && step >= STEP_MAX;
	bool in_sequence = side->started && packet->seq == side->max;
	if (out_of_order && !in_sequence) {
		news->late = true;
		return;
	}
	if (out_of_order)
		count(side, &side->ip_id_out_of_order);
	else if (side->ip_id_known)
		step_forward(tcp, flow, direction, packet, step, news);
	side->ip_id_known = true;
	side->ip_id_next = (uint16_t)(packet->ip_id + tcp_segments(flow, direction, packet->payload_bytes));
}
