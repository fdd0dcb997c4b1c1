#include "analyze/engine/tcp_internal.h"

#define SEGMENT_BYTES_DEFAULT 1448 /* Ethernet's 1500 without IPv4, TCP and timestamps */
#define FRAME_BYTES_USUAL 1600	   /* a longer frame may be a super-segment */

int64_t tcp_path_rtt(const struct flow *flow)
{
	const struct rtt *one = &flow->side[C2S].rtt, *two = &flow->side[S2C].rtt;
	if (flow->server_rtt_known && flow->client_rtt_known)
		return tcp_bounded(flow_server_rtt(flow) + flow_client_rtt(flow));
	return tcp_bounded((one->samples ? one->min_ns : 0) + (two->samples ? two->min_ns : 0));
}

uint64_t tcp_segments(const struct flow *flow, enum direction direction, uint64_t bytes)
{
	uint64_t each = flow->side[direction].segment_bytes;
	if (bytes <= each || each == 0)
		return 1;
	return (bytes + each - 1) / each;
}

/* How much one wire segment of this side can carry: the smaller MSS less this segment's options (RFC 6691); without
 * the SYNs, the most that a frame of usual size has carried. */
static void learn_segment_bytes(struct flow *flow, enum direction direction, const struct packet *packet)
{
	struct side *side = &flow->side[direction];
	uint16_t mss = flow->side[!direction].mss, own = side->mss;
	uint16_t options = (uint16_t)(packet->tcp_header_bytes - 20);
	if (own && (own < mss || mss == 0))
		mss = own;
	if (mss > options + 100) {
		side->segment_bytes = (uint16_t)(mss - options);
		return;
	}
	if (packet->wire_bytes <= FRAME_BYTES_USUAL && packet->payload_bytes > side->segment_bytes)
		side->segment_bytes = (uint16_t)packet->payload_bytes;
	else if (packet->payload_bytes > side->segment_bytes && side->segment_bytes == 0)
		side->segment_bytes = SEGMENT_BYTES_DEFAULT;
}

static void start_side(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet)
{
	struct side *side = &flow->side[direction];
	bool empty = packet->payload_bytes == 0 && !(packet->tcp_flags & (TCP_SYN | TCP_FIN));
	bool keep_alive = empty && side->una_known && side->una == packet->seq + 1; /* RFC 9293 3.8.4 */
	side->base = packet->seq + (packet->tcp_flags & TCP_SYN || keep_alive ? 1 : 0);
	side->max = side->base;
	side->started = true;
	side->link_identity = packet->link_identity;
	side->timestamps = packet->has_timestamp;
	side->tsval_last = packet->tsval;
	if (side->una_known && seq_before(side->base, side->una)) /* its ACK came by before it did */
		side->una = side->base;
	if (packet->tcp_flags & TCP_SYN) {
		side->isn = packet->seq;
		side->una = side->base;
		side->una_known = true;
		return;
	}
	if (side->una_known)
		tcp_before_capture(tcp, flow, direction);
}

static void read_syn_options(struct side *side, const struct packet *packet)
{
	side->mss = packet->mss;
	if (!packet->options_cut || packet->window_scale != NO_WINDOW_SCALE)
		side->window_scale = packet->window_scale == NO_WINDOW_SCALE ? -2 : (int8_t)packet->window_scale;
	side->sack_permitted = packet->sack_permitted;
}

/* The same SYN or SYN-ACK again. */
static void syn_again(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet)
{
	bool answered = direction == C2S ? flow->syn_ack_ns != NO_TIME : flow->established;
	int64_t before_ns = direction == C2S ? flow->syn_ns : flow->syn_ack_ns; /* NO_TIME: it came behind its answer */
	struct event_facts event = {
		.t_ns = packet->t_ns,
		.frame = packet->frame,
		.direction = direction,
		.kind = EVENT_SYN_RETRANSMISSION,
		.cause = CAUSE_TIMEOUT,
		.evidence = EVIDENCE_SEEN,
		.seq = packet->seq,
		.value_ns = before_ns == NO_TIME ? 0 : packet->t_ns - before_ns,
	};
	ledger_count(tcp->ledger, flow, direction, COUNT_RETRANSMITTED_SEGMENTS, 1);
	ledger_count(tcp->ledger, flow, direction, COUNT_SYN_RETRANSMISSIONS, 1);
	ledger_event(tcp->ledger, flow, &event);
	if (direction == C2S && !answered && flow->side[C2S].syns == 2)
		ledger_count_scopes(tcp->ledger, flow, COUNT_UNANSWERED, 1);
	flow->handshake_ambiguous = true;
}

static void take_syn(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet)
{
	struct side *side = &flow->side[direction];
	bool first = side->syns == 0;
	bool answers = packet->tcp_flags & TCP_ACK; /* after a SYN without it: simultaneous open (RFC 9293 3.5) */
	if (side->syns < UINT16_MAX)
		side->syns++;
	ledger_count_scopes(tcp->ledger, flow, COUNT_SYNS, 1);
	if (first)
		read_syn_options(side, packet);
	else if (packet->seq == side->isn && (!answers || side->syn_ack_sent))
		syn_again(tcp, flow, direction, packet);
	side->syn_ack_sent |= answers;
	if (direction == C2S && flow->syn_ack_ns == NO_TIME) {
		flow->syn_ns = packet->t_ns;
		flow->syn_tsval = packet->tsval;
	} else if (direction == S2C && !flow->established) {
		if (flow->server_rtt_known) /* the first SYN-ACK gave it; the difference stays */
			flow->syn_ns += packet->t_ns - flow->syn_ack_ns;
		flow->syn_ack_ns = packet->t_ns;
		flow->syn_ack_tsval = packet->tsval;
		/* After a second SYN only its echoed timestamp tells which one is answered. */
		bool clear = !flow->handshake_ambiguous || (packet->has_timestamp && packet->tsecr == flow->syn_tsval);
		if (first)
			flow->server_rtt_known = flow->syn_ns != NO_TIME && clear;
	}
	flow->handshake_seen = flow->side[C2S].syns && flow->side[S2C].syns;
}

/* The client's ACK of the SYN-ACK. */
static void establish(struct flow *flow, const struct packet *packet)
{
	const struct side *server = &flow->side[S2C];
	if (packet->ack != server->base && !seq_before(server->base, packet->ack))
		return;
	flow->established = true;
	flow->established_ns = packet->t_ns;
	bool clear = server->syns == 1 || (packet->has_timestamp && packet->tsecr == flow->syn_ack_tsval);
	flow->client_rtt_known = flow->syn_ack_ns != NO_TIME && clear && packet->ack == server->base;
}

static void take_reset(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet)
{
	struct side *side = &flow->side[direction];
	if (side->resets < UINT16_MAX)
		side->resets++;
	ledger_count_scopes(tcp->ledger, flow, COUNT_RESETS, 1);
	if (flow->reset_ns == NO_TIME)
		flow->reset_ns = packet->t_ns;
	bool over = flow->reset || flow->refused || flow->closed;
	/* One that lies outside the window has no effect (RFC 9293 3.10.7.4), but for the one that answers a SYN. */
	int32_t ahead = seq_distance(side->max, packet->seq);
	int32_t room = side->window_edge_known ? seq_distance(side->max, side->window_edge) : UINT16_MAX;
	bool in_window = !side->started || (ahead >= -(int32_t)tcp_in_flight(side) && ahead <= (room > 0 ? room : 0));
	bool answers_syn = direction == S2C && flow->side[C2S].syns && flow->syn_ack_ns == NO_TIME;
	if (over || !(in_window || answers_syn))
		return;
	flow->refused = answers_syn;
	flow->reset = !answers_syn;
	ledger_count_scopes(tcp->ledger, flow, answers_syn ? COUNT_REFUSED : COUNT_FLOWS_CLOSED, 1);
	if (!answers_syn)
		ledger_count_scopes(tcp->ledger, flow, COUNT_FLOWS_RESET, 1);
	flow->reset_by = (int8_t)direction;
	flow->reset_seq = seq_max(side->max, packet->seq);
	struct event_facts event = {
		.t_ns = packet->t_ns,
		.frame = packet->frame,
		.direction = direction,
		.kind = answers_syn ? EVENT_REFUSED : EVENT_RESET,
		.seq = packet->seq,
		.len = packet->payload_bytes,
	};
	ledger_event(tcp->ledger, flow, &event);
}

/* The RST was in the window, but not at the next byte, and only asked back for (RFC 9293 3.10.7.4): what its sender has
 * sent after it is acknowledged. */
static void check_reset(struct flow *flow, enum direction acker)
{
	const struct side *side = &flow->side[!acker];
	if (!flow->reset || flow->reset_by == (int8_t)acker || !side->una_known || !seq_before(flow->reset_seq, side->una))
		return;
	flow->reset = false;
	flow->reset_by = -1;
}

/* A capture that began with a keep-alive: it lies one below the next byte (RFC 9293 3.8.4), as its ACK shows. */
static void skip_keep_alive(struct side *side, uint32_t ack)
{
	bool empty = side->started && side->syns == 0 && side->max == side->base && side->board.count == 0;
	if (empty && side->data_segments == 0 && ack == side->max + 1)
		side->base = side->max = ack;
}

static void note_flags(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet)
{
	struct side *side = &flow->side[direction];
	uint8_t flags = packet->tcp_flags;
	if (packet->has_timestamp)
		side->timestamps = true;
	if (flags & TCP_FIN) {
		if (side->fins < UINT16_MAX)
			side->fins++;
		if (flow->ends[direction].fin_ns == NO_TIME)
			flow->ends[direction].fin_ns = packet->t_ns;
		if (flow->first_fin_by < 0)
			flow->first_fin_by = (int8_t)direction;
		ledger_count_scopes(tcp->ledger, flow, COUNT_FINS, 1);
	}
	if (flags & TCP_SYN) /* there ECE and CWR only negotiate (RFC 3168 6.1.1) */
		return;
	if (flags & TCP_ECE)
		ledger_count(tcp->ledger, flow, direction, COUNT_ECE, 1);
	if (flags & TCP_CWR)
		ledger_count(tcp->ledger, flow, direction, COUNT_CWR, 1);
}

/* Request and answer: what the client sends in one go, then what the server sends. */
static void note_response(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet)
{
	if (packet->payload_bytes == 0 || flow->client_guessed)
		return;
	if (direction == C2S) {
		flow->request_ns = packet->t_ns;
		flow->waits_for_response = true;
	} else if (flow->waits_for_response) {
		flow->waits_for_response = false;
		ledger_response(tcp->ledger, flow, packet->t_ns - flow->request_ns);
	}
}

static void note_close(struct tcp *tcp, struct flow *flow)
{
	if (flow->closed || !flow->side[C2S].fin_acked || !flow->side[S2C].fin_acked)
		return;
	flow->closed = true;
	if (!flow->reset)
		ledger_count_scopes(tcp->ledger, flow, COUNT_FLOWS_CLOSED, 1);
}

/* Retransmissions that a timer has caused. */
static uint64_t timer_repairs(const struct side *side)
{
	const struct trouble *trouble = side->trouble;
	return trouble ? trouble->counter[COUNT_TIMEOUT] + trouble->counter[COUNT_TAIL_LOSS_PROBE] : 0;
}

void tcp_packet(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet)
{
	struct side *side = &flow->side[direction];
	uint8_t flags = packet->tcp_flags;
	if (!side->started && !flow->side[!direction].started)
		tcp_limits_begin(flow, packet);
	tcp_limits_before(flow, direction, packet);
	note_flags(tcp, flow, direction, packet);
	if (flags & TCP_RST) {
		take_reset(tcp, flow, direction, packet);
		return;
	}
	if (packet->payload_bytes)
		learn_segment_bytes(flow, direction, packet);
	struct ip_id_news ip_id;
	tcp_ip_id(tcp, flow, direction, packet, &ip_id);
	if (!side->started)
		start_side(tcp, flow, direction, packet);
	if (flags & TCP_SYN)
		take_syn(tcp, flow, direction, packet);
	else if (!flow->established && direction == C2S && flow->side[S2C].syns && flags & TCP_ACK)
		establish(flow, packet);
	if (flags & TCP_ACK) {
		skip_keep_alive(&flow->side[!direction], packet->ack);
		tcp_ack(tcp, flow, direction, packet);
		check_reset(flow, direction);
	}
	tcp_window(tcp, flow, direction, packet);
	uint64_t new_bytes = side->new_bytes, timers = timer_repairs(side);
	uint32_t max = side->max;
	int64_t active_ns = side->data_last_ns > side->ack_last_ns ? side->data_last_ns : side->ack_last_ns;
	tcp_data(tcp, flow, direction, packet, &ip_id);
	if (side->new_bytes > new_bytes)
		note_response(tcp, flow, direction, packet);
	if (seq_before(max, side->max))
		tcp_limits_sent(tcp, flow, direction, packet);
	if (timer_repairs(side) > timers)
		tcp_limits_waited(side, active_ns, packet->t_ns);
	note_close(tcp, flow);
	tcp_limits_after(flow, packet);
}

/* Its numbers may be what is damaged: true if they fit what this side sends now. */
static bool is_plausible(const struct side *side, const struct packet *packet)
{
	int32_t ahead = seq_distance(side->max, packet->seq);
	int32_t room = side->window_edge_known ? seq_distance(side->max, side->window_edge) : UINT16_MAX;
	int64_t end = (int64_t)ahead + packet->payload_bytes;
	return side->started && ahead >= -(int32_t)tcp_in_flight(side) && end <= (room > UINT16_MAX ? room : UINT16_MAX);
}

void tcp_damaged(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet)
{
	struct side *side = &flow->side[direction];
	struct ip_id_news ip_id;
	if (packet->tcp_flags & (TCP_SYN | TCP_RST) || packet->payload_bytes == 0 || !is_plausible(side, packet))
		return;
	uint32_t max = side->max;
	tcp_limits_before(flow, direction, packet);
	learn_segment_bytes(flow, direction, packet);
	tcp_ip_id(tcp, flow, direction, packet, &ip_id);
	tcp_data(tcp, flow, direction, packet, &ip_id);
	if (seq_before(max, side->max))
		tcp_limits_sent(tcp, flow, direction, packet);
	tcp_limits_after(flow, packet);
	struct trouble *trouble = ledger_trouble(tcp->ledger, side);
	trouble->damaged_seq = packet->seq;
	trouble->damaged_end = packet->seq + packet->payload_bytes;
}

/* The last segment that was damaged is neither acknowledged nor sent again: it is lost all the same. */
static uint64_t never_resent(const struct flow *flow, enum direction direction)
{
	const struct side *side = &flow->side[direction];
	const struct trouble *trouble = side->trouble;
	if (!trouble || trouble->damaged_seq == trouble->damaged_end || !side->una_known ||
	    seq_until(trouble->damaged_end, side->una))
		return 0;
	uint32_t i = scoreboard_find(&side->board, trouble->damaged_seq);
	bool again = i < side->board.count && scoreboard_at(&side->board, i)->retransmissions;
	return again ? 0 : tcp_segments(flow, direction, trouble->damaged_end - trouble->damaged_seq);
}

bool tcp_answers_copy(const struct flow *flow, enum direction direction, const struct packet *packet)
{
	const struct trouble *trouble = flow->side[!direction].trouble;
	bool syn_ack = (packet->tcp_flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK);
	return syn_ack && !flow->established && trouble && trouble->counter[COUNT_NETWORK_DUPLICATES];
}

bool tcp_starts_anew(const struct flow *flow, enum direction direction, const struct packet *packet)
{
	const struct side *side = &flow->side[direction];
	if ((packet->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) != TCP_SYN)
		return false;
	if (side->syns)
		return packet->seq != side->isn || ((flow->refused || flow->reset) && flow->established);
	/* A SYN from the other end: a simultaneous open (RFC 9293 3.5) while the first SYN waits, else a new connection. */
	bool opening = flow->side[!direction].syns && flow->syn_ack_ns == NO_TIME && !flow->refused;
	return !opening;
}

enum flow_state tcp_state(const struct flow *flow)
{
	const struct side *client = &flow->side[C2S], *server = &flow->side[S2C];
	bool closed = flow->closed || (client->fin_acked && server->fin_missed) || (client->fin_missed && server->fin_acked);
	if (flow->refused)
		return FLOW_REFUSED;
	if (flow->reset && !flow->closed)
		return FLOW_RESET;
	if (closed)
		return FLOW_CLOSED;
	if (client->fin_seen || server->fin_seen)
		return FLOW_HALF_CLOSED;
	if (client->syns && server->packets == 0)
		return FLOW_UNANSWERED;
	if (server->syns && !flow->established)
		return FLOW_SYN_RECEIVED;
	return FLOW_ESTABLISHED;
}

/* Segments in holes that stayed open for longer than reordering could explain. */
static uint64_t never_repaired(const struct flow *flow, enum direction direction)
{
	const struct scoreboard *board = &flow->side[direction].board;
	uint64_t segments = 0;
	for (uint32_t i = 0; i < board->count; i++) {
		const struct range *range = scoreboard_at(board, i);
		bool open = (range->flags & (RANGE_HOLE | RANGE_GAP | RANGE_BEFORE)) == RANGE_HOLE;
		if (open && flow->last_ns - range->t_ns > tcp_path_rtt(flow) + MIN_RTO_NS)
			segments += tcp_segments(flow, direction, range->end - range->seq);
	}
	return segments;
}

static void close_zero_window(struct flow *flow, struct side *side)
{
	struct trouble *trouble = side->trouble;
	if (!side->zero_window || !trouble)
		return;
	trouble->zero_window_ns += flow->last_ns - trouble->zero_window_start_ns;
	side->zero_window = false;
}

void tcp_end(struct tcp *tcp, struct flow *flow)
{
	tcp_limits_close(flow);
	for (enum direction direction = C2S; direction <= S2C; direction++) {
		struct side *side = &flow->side[direction];
		uint64_t lost = never_repaired(flow, direction);
		if (lost)
			ledger_count(tcp->ledger, flow, direction, COUNT_LOST_UPSTREAM, lost);
		uint64_t damaged = never_resent(flow, direction);
		if (damaged)
			ledger_count(tcp->ledger, flow, direction, COUNT_LOST_DOWNSTREAM, damaged);
		close_zero_window(flow, side);
		scoreboard_free(&side->board, tcp->arena);
		arena_give(tcp->arena, side->acks_under_way, sizeof *side->acks_under_way);
		side->acks_under_way = NULL;
	}
}

void tcp_preview(const struct flow *flow, struct tcp_preview *preview)
{
	struct flow *copy = &preview->flow;
	*copy = *flow;
	for (enum direction direction = C2S; direction <= S2C; direction++) {
		struct side *side = &copy->side[direction];
		struct trouble *trouble = &preview->trouble[direction];
		*trouble = side->trouble ? *side->trouble : (struct trouble){ 0 };
		side->trouble = trouble;
		if (side->acks_under_way) {
			preview->acks_under_way[direction] = *side->acks_under_way;
			side->acks_under_way = &preview->acks_under_way[direction];
		}
	}
	tcp_limits_close(copy);
	for (enum direction direction = C2S; direction <= S2C; direction++) {
		preview->trouble[direction].counter[COUNT_LOST_UPSTREAM] += never_repaired(copy, direction);
		preview->trouble[direction].counter[COUNT_LOST_DOWNSTREAM] += never_resent(copy, direction);
		if (flow->side[direction].trouble)
			close_zero_window(copy, &copy->side[direction]);
	}
}

void tcp_prefetch(const struct flow *flow)
{
	for (unsigned i = 0; i < 2; i++) {
		const struct scoreboard *board = &flow->side[i].board;
		if (board->count) {
			__builtin_prefetch(scoreboard_at(board, 0));
			__builtin_prefetch(scoreboard_at(board, board->count), 1);
		}
	}
	const char *activity = (const char *)flow->activity;
	for (unsigned i = 0; activity && i < 4; i++)
		__builtin_prefetch(activity + i * CACHE_LINE, 1);
}
