/* What held each sender back, as a sender saw it: at a tap far from it, an ACK counts only after the time that it takes
 * from the tap to the sender and what it sets free takes back to the tap. So both ends' captures tell the same. */
#include "analyze/engine/limit_account.h"
#include "analyze/engine/tcp_internal.h"

#define MS 1000000
#define FULL_SEGMENT_BYTES 1200	  /* as much may be all that the path's MTU lets through */
#define INITIAL_WINDOW_SEGMENTS 10 /* RFC 6928 */
#define DELAY_FADES 256		  /* segments */
#define FAR_SHARE 8		   /* a sender is far from the tap if this part of the path lies between them */

/* From the tap to this direction's sender and back; 0 unknown. */
static int64_t sender_rtt(const struct flow *flow, enum direction direction)
{
	const struct rtt *rtt = &flow->side[!direction].rtt;
	int64_t handshake = direction == C2S ? flow_client_rtt(flow) : flow_server_rtt(flow);
	if (handshake == NO_TIME || (rtt->samples && rtt->min_ns < handshake))
		return rtt->samples ? rtt->min_ns : 0;
	return handshake;
}

static uint32_t sender_una(const struct side *side)
{
	return side->far ? side->acks_under_way->arrived.una : side->una;
}

uint32_t tcp_sender_edge(const struct side *side)
{
	return side->far ? side->acks_under_way->arrived.window_edge : side->window_edge;
}

static uint32_t sender_in_flight(const struct side *side)
{
	uint32_t una = side->una_known ? sender_una(side) : side->base;
	return side->started && seq_before(una, side->max) ? side->max - una : 0;
}

static bool window_is_full(const struct side *side)
{
	if (!side->window_edge_known)
		return false;
	/* An ACK that makes room changes nothing before the sender has used it: it may wait for more (TSO, RFC 9293
	 * 3.8.6.2.1). */
	if (side->window_full)
		return true;
	/* Which ACK a far sender has answered can't be told from the next one. */
	uint32_t edge = side->far ? side->acks_under_way->window_edge_before : side->window_edge;
	return seq_distance(side->max, edge) < side->segment_bytes;
}

/* Nothing is in flight, but the newest data filled the window, which still has no room for a full segment: the sender
 * waits for more of it, and then for the persist timer (RFC 9293 3.8.6.2.1). */
static bool waits_for_room(const struct side *side)
{
	return side->window_full && side->window_edge_known &&
	       seq_distance(side->max, tcp_sender_edge(side)) < side->segment_bytes;
}

/* A round trip as it is now, queues included, as far as the tap can know. */
static int64_t current_rtt(const struct flow *flow, const struct side *side)
{
	const struct rtt *one = &flow->side[C2S].rtt, *two = &flow->side[S2C].rtt;
	int64_t smoothed = (one->samples ? one->srtt_ns : 0) + (two->samples ? two->srtt_ns : 0);
	int64_t longest = tcp_path_rtt(flow);
	if (side->far && side->rtt.srtt_ns + side->acks_under_way->delay_ns > longest)
		longest = side->rtt.srtt_ns + side->acks_under_way->delay_ns;
	return tcp_bounded(smoothed > longest ? smoothed : longest);
}

/* The sender has sent less than full segments for longer than it waits for any ACK: it sends what it gets. */
static bool has_run_dry(const struct flow *flow, const struct side *side, int64_t now_ns)
{
	return side->dry && now_ns - flow->first_ns - (int64_t)side->dry_since_ms * MS > current_rtt(flow, side) + MIN_RTO_NS;
}

/* Notes how much was in flight when the sender began to repair a loss. */
static void note_cut(const struct side *side, int64_t now_ns)
{
	struct trouble *trouble = side->trouble;
	if (trouble->recovery == RECOVERY_NONE || (trouble->cut && trouble->cut_point == trouble->recovery_point))
		return;
	trouble->cut = true;
	trouble->cut_point = trouble->recovery_point;
	trouble->cut_in_flight = sender_in_flight(side);
	trouble->cut_ns = now_ns;
}

static bool is_repairing(const struct side *side)
{
	return side->trouble && side->trouble->cut && seq_before(sender_una(side), side->trouble->cut_point);
}

/* Recovery is over. Does its smaller window still hold the sender back? */
static bool is_cut(const struct flow *flow, const struct side *side, int64_t now_ns)
{
	const struct trouble *trouble = side->trouble;
	int64_t rtt = current_rtt(flow, side) + 1;
	bool idle = side->limit == LIMIT_APPLICATION && now_ns - side->limit_begun_ns > rtt;
	/* It grows by about half a segment or more in each round trip (RFC 5681 3.1, RFC 9438 4.3). */
	uint64_t round_trips = 1 + trouble->cut_in_flight / (side->segment_bytes ? side->segment_bytes : 1U);
	bool late = (uint64_t)(now_ns - trouble->cut_ns) / (uint64_t)rtt > round_trips;
	return !idle && !late && sender_in_flight(side) < trouble->cut_in_flight;
}

static enum limit limit_of(const struct flow *flow, enum direction direction, int64_t now_ns)
{
	const struct side *side = &flow->side[direction];
	if (flow->side[!direction].zero_window)
		return LIMIT_ZERO_WINDOW;
	if (is_repairing(side))
		return LIMIT_RECOVERY;
	if (sender_in_flight(side) == 0)
		return waits_for_room(side) ? LIMIT_RECEIVE_WINDOW : LIMIT_APPLICATION;
	if (window_is_full(side))
		return LIMIT_RECEIVE_WINDOW;
	return has_run_dry(flow, side, now_ns) ? LIMIT_APPLICATION : LIMIT_NETWORK;
}

static void update(struct flow *flow, enum direction direction, int64_t now_ns)
{
	struct side *side = &flow->side[direction];
	if (side->limit == LIMIT_HANDSHAKE)
		return;
	struct trouble *trouble = side->trouble;
	if (trouble)
		note_cut(side, now_ns);
	enum limit limit = limit_of(flow, direction, now_ns);
	if (trouble && trouble->cut && limit == LIMIT_RECOVERY)
		trouble->cut_ns = now_ns;
	else if (trouble && trouble->cut && sender_in_flight(side) > 0) {
		trouble->cut = limit == LIMIT_NETWORK && is_cut(flow, side, now_ns);
		limit = trouble->cut ? LIMIT_RECOVERY : limit;
	}
	if (limit == side->limit)
		return;
	/* Far from the sender a short pause may as well be a queue's. */
	bool pause = side->limit == LIMIT_APPLICATION && limit != LIMIT_APPLICATION;
	if (pause && side->far && now_ns - side->limit_begun_ns < side->acks_under_way->delay_ns)
		limit_account(side, limit == LIMIT_RECOVERY ? LIMIT_RECOVERY : LIMIT_NETWORK, now_ns);
	else
		limit_account(side, side->limit, now_ns);
	limit_begin(side, limit);
}

/* A side that has nothing to send mostly has nothing after the next packet either: the other one's ACKs and answers. */
static bool stays_idle(const struct side *side, const struct side *receiver)
{
	return side->limit == LIMIT_APPLICATION && side->una_known && side->una == side->max && !side->far && !side->trouble &&
	       !side->window_full && !receiver->zero_window;
}

/* The ACKs that have reached the sender by now. */
static void arrive(struct flow *flow, enum direction direction, int64_t now_ns)
{
	struct acks_under_way *acks = flow->side[direction].acks_under_way;
	while (acks->count && acks->ack[acks->first].t_ns + acks->delay_ns <= now_ns) {
		acks->window_edge_before = acks->arrived.window_edge;
		acks->arrived = acks->ack[acks->first];
		acks->first = (acks->first + 1) % ACKS_UNDER_WAY;
		acks->count--;
		update(flow, direction, acks->arrived.t_ns + acks->delay_ns);
	}
}

/* The sender echoes the timestamp of the newest ACK that it knew (RFC 7323 4.3): those after it are still under way. */
static void measure_delay(struct flow *flow, enum direction direction, const struct packet *packet)
{
	struct acks_under_way *acks = flow->side[direction].acks_under_way;
	int64_t shortest = sender_rtt(flow, direction);
	/* Not known but by this: then the longest lately. */
	acks->delay_ns = shortest ? shortest : acks->delay_ns - acks->delay_ns / DELAY_FADES;
	if (!packet->has_timestamp)
		return;
	const struct ack_under_way *unknown = seq_before(packet->tsecr, acks->arrived.tsval) ? &acks->arrived : NULL;
	for (unsigned i = 0; i < acks->count && !unknown; i++) {
		const struct ack_under_way *ack = &acks->ack[(acks->first + i) % ACKS_UNDER_WAY];
		if (seq_before(packet->tsecr, ack->tsval))
			unknown = ack;
	}
	if (unknown && packet->t_ns - unknown->t_ns > acks->delay_ns)
		acks->delay_ns = packet->t_ns - unknown->t_ns;
}

/* What the other side acknowledges from now on is under way to this sender. */
static void depart(struct flow *flow, enum direction direction, const struct packet *packet)
{
	const struct side *side = &flow->side[direction];
	struct acks_under_way *acks = side->acks_under_way;
	struct ack_under_way *last = &acks->ack[(acks->first + acks->count + ACKS_UNDER_WAY - 1) % ACKS_UNDER_WAY];
	if (acks->count == 0)
		last = &acks->arrived;
	if (last->una == side->una && last->window_edge == side->window_edge)
		return;
	bool soon = acks->count && packet->t_ns - last->t_ns < acks->delay_ns / ACKS_UNDER_WAY;
	if (!soon && acks->count < ACKS_UNDER_WAY) {
		last = &acks->ack[(acks->first + acks->count) % ACKS_UNDER_WAY];
		last->t_ns = packet->t_ns;
		last->tsval = packet->tsval;
		acks->count++;
	}
	last->una = side->una;
	last->window_edge = side->window_edge;
}

void tcp_limits_begin(struct flow *flow, const struct packet *packet)
{
	for (unsigned i = 0; i < 2; i++) {
		struct side *side = &flow->side[i];
		if (side->limit_since_ns != NO_TIME)
			continue;
		side->limit_since_ns = packet->t_ns;
		limit_begin(side, packet->tcp_flags & TCP_SYN ? LIMIT_HANDSHAKE : LIMIT_APPLICATION);
	}
}

void tcp_limits_before(struct flow *flow, enum direction direction, const struct packet *packet)
{
	if (flow->side[direction].far && packet->payload_bytes)
		measure_delay(flow, direction, packet);
	for (unsigned i = 0; i < 2; i++)
		if (flow->side[i].far)
			arrive(flow, i, packet->t_ns);
}

/* Small flows do without: up to the initial window nothing can hold back but the application. Nor is there a second thought
 * for large ones: whether the sender is far is known by then. */
static void keep_acks(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet)
{
	struct side *side = &flow->side[direction];
	bool enough = side->data_segments > INITIAL_WINDOW_SEGMENTS && side->data_segments < LIMIT_TRY_SEGMENTS;
	if (side->far || !enough || !side->una_known)
		return;
	int64_t delay = sender_rtt(flow, direction);
	if (delay ? delay < tcp_path_rtt(flow) / FAR_SHARE : !packet->has_timestamp)
		return;
	side->acks_under_way = arena_take(tcp->arena, sizeof *side->acks_under_way);
	if (!side->acks_under_way) {
		tcp->memory_failures++;
		return;
	}
	*side->acks_under_way = (struct acks_under_way){
		.arrived = {
			.t_ns = packet->t_ns,
			.una = side->una,
			.window_edge = side->window_edge,
			.tsval = packet->tsecr,
		},
		.window_edge_before = side->window_edge,
		.delay_ns = delay,
	};
	side->far = true;
}

void tcp_limits_sent(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet)
{
	struct side *side = &flow->side[direction];
	bool full = packet->payload_bytes >= side->segment_bytes || packet->payload_bytes >= FULL_SEGMENT_BYTES;
	if (!full && !side->dry)
		side->dry_since_ms = (uint32_t)((packet->t_ns - flow->first_ns) / MS);
	side->dry = !full;
	keep_acks(tcp, flow, direction, packet);
}

void tcp_limits_waited(struct side *side, int64_t since_ns, int64_t now_ns)
{
	if (side->limit == LIMIT_HANDSHAKE || side->limit == LIMIT_APPLICATION)
		return;
	limit_account(side, side->limit, since_ns);
	limit_account(side, LIMIT_RECOVERY, now_ns);
}

void tcp_limits_after(struct flow *flow, const struct packet *packet)
{
	/* Where one direction is not captured its data shows that the handshake is over. */
	bool open = flow->established || (packet->payload_bytes && !(packet->tcp_flags & TCP_SYN));
	for (unsigned i = 0; i < 2; i++) {
		struct side *side = &flow->side[i];
		if (side->limit == LIMIT_HANDSHAKE && open) {
			limit_account(side, LIMIT_HANDSHAKE, packet->t_ns);
			limit_begin(side, LIMIT_APPLICATION);
		}
		if (side->far)
			depart(flow, i, packet);
		if (!stays_idle(side, &flow->side[!i]))
			update(flow, i, packet->t_ns);
	}
}

void tcp_limits_close(struct flow *flow)
{
	for (unsigned i = 0; i < 2; i++) {
		struct side *side = &flow->side[i];
		if (side->far)
			arrive(flow, i, flow->last_ns);
		if (side->limit_since_ns != NO_TIME)
			limit_account(side, side->limit, flow->last_ns);
		side->far = false;
	}
}
