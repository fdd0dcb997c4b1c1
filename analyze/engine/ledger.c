#include "analyze/engine/ledger.h"

#include "analyze/engine/limit_account.h"
#include "analyze/engine/sum.h"
#include "analyze/engine/timeline.h"

#include <stdlib.h>

struct side_activity {
	uint64_t bytes, data_bytes, new_bytes, acked_bytes;
	int64_t rtt_sum_ns, rtt_min_ns, rtt_max_ns;
	uint32_t packets, data_segments, rtt_samples;
	uint32_t in_flight_max, window_min; /* window_min: UINT32_MAX none seen */
	uint32_t counter[COUNTERS_PER_INTERVAL];
};

/* A flow's part of the current interval. */
struct flow_activity {
	struct flow *flow; /* NULL: the flow is over */
	uint64_t flow_packets; /* of all its life; its memory is not at hand when the interval closes */
	uint32_t protocol;
	struct row *service, *peer;
	struct side_activity side[2];
};

struct ledger {
	struct engine_options options;
	struct engine_sink sink;
	void *user;
	struct arena *arena;
	struct timeline *timeline;
	struct flow_activity **active; /* in order of first packet */
	uint32_t active_count, active_capacity;
	uint32_t epoch; /* counts intervals; tells a flow's stale activity from that of this interval */
	int64_t interval_start_ns; /* NO_TIME before the first packet */
	uint64_t events, events_dropped, data_segments, gap_segments, tap_duplicates, memory_failures;
	struct trouble scrap; /* stands in when memory is out */
	struct flow_activity scrap_activity;
};

struct ledger *ledger_new(const struct engine_options *options, const struct engine_sink *sink, void *user,
			  struct arena *arena)
{
	struct ledger *ledger = calloc(1, sizeof *ledger);
	if (!ledger)
		return NULL;
	ledger->options = *options;
	ledger->sink = *sink;
	ledger->user = user;
	ledger->arena = arena;
	ledger->interval_start_ns = NO_TIME;
	ledger->epoch = 1; /* new flows have 0 */
	ledger->timeline = timeline_new(options->timeline_keys);
	if (!ledger->timeline) {
		free(ledger);
		return NULL;
	}
	ledger->scrap_activity.service = ledger->scrap_activity.peer = timeline_all(ledger->timeline);
	return ledger;
}

static const struct address *client_of(const struct flow *flow)
{
	return flow->client_is_low ? &flow->key.low : &flow->key.high;
}

static bool has_room(struct ledger *ledger)
{
	if (ledger->active_count < ledger->active_capacity)
		return true;
	uint32_t capacity = ledger->active_capacity ? ledger->active_capacity * 2 : 256;
	struct flow_activity **active = realloc(ledger->active, capacity * sizeof(struct flow_activity *));
	if (!active)
		return false;
	ledger->active = active;
	ledger->active_capacity = capacity;
	return true;
}

static void find_rows(struct ledger *ledger, const struct flow *flow, struct flow_activity *activity)
{
	struct row_key service = {
		.address = flow->client_is_low ? flow->key.high : flow->key.low,
		.port = flow->client_is_low ? flow->key.high_port : flow->key.low_port,
		.protocol = (uint16_t)flow->key.protocol,
	};
	struct row_key peer = { .address = *client_of(flow) };
	activity->service = timeline_service(ledger->timeline, &service);
	activity->peer = timeline_peer(ledger->timeline, &peer);
}

static struct flow_activity *new_activity(struct ledger *ledger, struct flow *flow)
{
	struct flow_activity *activity = has_room(ledger) ? arena_take(ledger->arena, sizeof *activity) : NULL;
	flow->activity = activity;
	if (!activity) {
		ledger->memory_failures++;
		return &ledger->scrap_activity;
	}
	flow->activity_epoch = ledger->epoch;
	activity->flow = flow;
	activity->protocol = flow->key.protocol;
	ledger->active[ledger->active_count++] = activity;
	for (unsigned i = 0; i < 2; i++) {
		const struct side *side = &flow->side[i];
		activity->side[i].window_min = UINT32_MAX;
		if (side->started && side->una_known && (int32_t)(side->max - side->una) > 0)
			activity->side[i].in_flight_max = side->max - side->una;
	}
	find_rows(ledger, flow, activity);
	return activity;
}

static struct flow_activity *activity_of(struct ledger *ledger, struct flow *flow)
{
	return flow->activity_epoch == ledger->epoch ? flow->activity : new_activity(ledger, flow);
}

/* With what held the side back. */
static void deliver_row(struct ledger *ledger, struct flow *flow, struct flow_interval_facts *facts)
{
	facts->limited_handshake_ns = facts->limited_application_ns = facts->limited_receive_window_ns = NO_TIME;
	facts->limited_zero_window_ns = facts->limited_recovery_ns = facts->limited_network_ns = NO_TIME;
	if (ledger->options.flow_timeline_limits && !limit_tell(flow, facts->direction, ledger->arena, facts))
		ledger->memory_failures++;
	ledger->sink.flow_interval(ledger->user, facts);
}

static void deliver_side(struct ledger *ledger, struct flow *flow, enum direction direction,
			 const struct side_activity *activity)
{
	struct flow_interval_facts facts = {
		.flow_id = flow->id,
		.t_ns = ledger->interval_start_ns,
		.interval_ns = ledger->options.interval_ns,
		.direction = direction,
		.packets = activity->packets,
		.bytes = activity->bytes,
		.data_segments = activity->data_segments,
		.data_bytes = activity->data_bytes,
		.new_bytes = activity->new_bytes,
		.acked_bytes = activity->acked_bytes,
		.retransmitted_segments = activity->counter[COUNT_RETRANSMITTED_SEGMENTS],
		.reordered_segments = activity->counter[COUNT_REORDERED],
		.duplicate_acks = activity->counter[COUNT_DUPLICATE_ACKS],
		.lost_upstream = activity->counter[COUNT_LOST_UPSTREAM],
		.lost_downstream = activity->counter[COUNT_LOST_DOWNSTREAM],
		.window_full = activity->counter[COUNT_WINDOW_FULL],
		.rtt_samples = activity->rtt_samples,
		.rtt_min_ns = activity->rtt_min_ns,
		.rtt_max_ns = activity->rtt_max_ns,
		.rtt_mean_ns = activity->rtt_samples ? activity->rtt_sum_ns / activity->rtt_samples : 0,
		.in_flight_max = activity->in_flight_max,
		.window_min = activity->window_min == UINT32_MAX ? UINT64_MAX : activity->window_min,
	};
	deliver_row(ledger, flow, &facts);
}

/* The row for all of a flow's life so far, once it has enough packets for rows of its own. */
static void deliver_beginning(struct ledger *ledger, struct flow *flow, enum direction direction)
{
	const struct side *side = &flow->side[direction];
	const struct trouble *trouble = side->trouble;
	int64_t interval = ledger->options.interval_ns;
	int64_t start = flow->first_ns - flow->first_ns % interval;
	struct flow_interval_facts facts = {
		.flow_id = flow->id,
		.t_ns = start,
		.interval_ns = ledger->interval_start_ns + interval - start,
		.direction = direction,
		.packets = (uint32_t)side->packets,
		.bytes = side->bytes,
		.data_segments = (uint32_t)side->data_segments,
		.data_bytes = side->data_bytes,
		.new_bytes = side->new_bytes,
		.acked_bytes = side->acked_bytes,
		.rtt_samples = (uint32_t)side->rtt.samples,
		.rtt_min_ns = side->rtt.min_ns,
		.rtt_max_ns = side->rtt.max_ns,
		.rtt_mean_ns = side->rtt.samples ? side->rtt.sum_ns / (int64_t)side->rtt.samples : 0,
		.in_flight_max = side->in_flight_max,
		.window_min = side->window_known ? side->window_min : UINT64_MAX,
	};
	if (trouble) {
		facts.retransmitted_segments = (uint32_t)trouble->counter[COUNT_RETRANSMITTED_SEGMENTS];
		facts.reordered_segments = (uint32_t)trouble->counter[COUNT_REORDERED];
		facts.duplicate_acks = (uint32_t)trouble->counter[COUNT_DUPLICATE_ACKS];
		facts.lost_upstream = (uint32_t)trouble->counter[COUNT_LOST_UPSTREAM];
		facts.lost_downstream = (uint32_t)trouble->counter[COUNT_LOST_DOWNSTREAM];
		facts.window_full = (uint32_t)trouble->counter[COUNT_WINDOW_FULL];
	}
	deliver_row(ledger, flow, &facts);
}

static void deliver_activity(struct ledger *ledger, struct flow *flow, const struct flow_activity *activity)
{
	bool beginning = !flow->timeline_written &&
			 flow->first_ns < ledger->interval_start_ns; /* else this interval is all there is */
	for (enum direction direction = C2S; direction <= S2C; direction++) {
		if (beginning)
			deliver_beginning(ledger, flow, direction);
		else
			deliver_side(ledger, flow, direction, &activity->side[direction]);
	}
	flow->timeline_written = true;
}

/* What was not certain yet when the flow's last row was written, in rows of their own. */
static void deliver_rest(struct ledger *ledger, struct flow *flow)
{
	const struct side_activity nothing = { .window_min = UINT32_MAX };
	int64_t interval = ledger->options.interval_ns, open_ns = ledger->interval_start_ns;
	ledger->interval_start_ns = flow->last_ns - flow->last_ns % interval + interval;
	for (enum direction direction = C2S; direction <= S2C; direction++)
		deliver_side(ledger, flow, direction, &nothing);
	ledger->interval_start_ns = open_ns;
}

static void add_to_row(struct row *row, const struct flow_activity *activity)
{
	row->flows_active++;
	for (unsigned i = 0; i < 2; i++) {
		const struct side_activity *side = &activity->side[i];
		row->packets += side->packets;
		row->bytes += side->bytes;
		if (activity->protocol == PROTOCOL_TCP) {
			row->data_segments += side->data_segments;
			row->data_bytes += side->data_bytes;
			row->new_bytes += side->new_bytes;
		} else if (activity->protocol == PROTOCOL_UDP) {
			row->udp_packets += side->packets;
			row->udp_bytes += side->bytes;
		} else if (activity->protocol == PROTOCOL_ICMP || activity->protocol == PROTOCOL_ICMPV6) {
			row->icmp_packets += side->packets;
		}
	}
}

static void close_activity(struct ledger *ledger, struct flow_activity *activity)
{
	add_to_row(timeline_all(ledger->timeline), activity);
	add_to_row(activity->service, activity);
	add_to_row(activity->peer, activity);
	if (ledger->sink.flow_interval && activity->flow_packets >= ledger->options.flow_timeline_packets)
		deliver_activity(ledger, activity->flow, activity);
}

void ledger_swap_sides(struct ledger *ledger, struct flow *flow)
{
	struct flow_activity *activity = flow->activity;
	if (!activity || flow->activity_epoch != ledger->epoch)
		return;
	struct side_activity client = activity->side[S2C];
	activity->side[S2C] = activity->side[C2S];
	activity->side[C2S] = client;
	bool new_flow = flow->first_ns >= ledger->interval_start_ns; /* it counts as one of the interval's */
	activity->service->counter[COUNT_FLOWS_NEW] -= new_flow;
	activity->peer->counter[COUNT_FLOWS_NEW] -= new_flow;
	find_rows(ledger, flow, activity);
	activity->service->counter[COUNT_FLOWS_NEW] += new_flow;
	activity->peer->counter[COUNT_FLOWS_NEW] += new_flow;
}

void ledger_flow_end(struct ledger *ledger, struct flow *flow)
{
	struct flow_activity *activity = flow->activity;
	if (activity && flow->activity_epoch == ledger->epoch) {
		close_activity(ledger, activity);
		activity->flow = NULL;
	}
	if (ledger->options.flow_timeline_limits && flow->timeline_written && limit_is_untold(flow))
		deliver_rest(ledger, flow);
}

void ledger_finish(struct ledger *ledger)
{
	const uint32_t ahead = 8;
	if (ledger->interval_start_ns == NO_TIME)
		return;
	for (uint32_t i = 0; i < ledger->active_count; i++) {
		struct flow_activity *activity = ledger->active[i];
		if (i + ahead < ledger->active_count)
			for (unsigned at = 0; at < sizeof *activity; at += CACHE_LINE)
				__builtin_prefetch((const char *)ledger->active[i + ahead] + at, 1);
		if (activity->flow)
			close_activity(ledger, activity);
		arena_give(ledger->arena, activity, sizeof *activity);
	}
	ledger->active_count = 0;
	ledger->epoch++;
	if (ledger->sink.interval)
		timeline_close(ledger->timeline, ledger->interval_start_ns, ledger->options.interval_ns, &ledger->sink,
			       ledger->user);
	ledger->interval_start_ns = NO_TIME;
}

void ledger_advance(struct ledger *ledger, int64_t now_ns)
{
	int64_t interval = ledger->options.interval_ns;
	if (ledger->interval_start_ns != NO_TIME && now_ns - ledger->interval_start_ns < interval)
		return;
	ledger_finish(ledger);
	ledger->interval_start_ns = now_ns - now_ns % interval;
}

void ledger_packet(struct ledger *ledger, struct flow *flow, enum direction direction, const struct packet *packet)
{
	struct side *side = &flow->side[direction];
	struct flow_activity *flow_activity = activity_of(ledger, flow);
	struct side_activity *activity = &flow_activity->side[direction];
	if (side->packets == 0)
		side->first_ns = packet->t_ns;
	side->last_ns = packet->t_ns;
	side->packets += packet->frames;
	side->bytes += packet->wire_bytes;
	if (side->ttl_min == 0 || packet->ttl < side->ttl_min)
		side->ttl_min = packet->ttl;
	if (packet->ttl > side->ttl_max)
		side->ttl_max = packet->ttl;
	flow_activity->flow_packets = flow->side[C2S].packets + flow->side[S2C].packets;
	activity->packets += (uint32_t)packet->frames;
	activity->bytes += packet->wire_bytes;
	if (packet->ecn == 3)
		ledger_count(ledger, flow, direction, COUNT_CE, 1);
}

void ledger_uncount_packet(struct flow *flow, enum direction direction, const struct packet *packet)
{
	flow->side[direction].packets -= packet->frames;
	flow->side[direction].bytes -= packet->wire_bytes;
	if (!flow->activity)
		return;
	flow->activity->side[direction].packets -= (uint32_t)packet->frames;
	flow->activity->side[direction].bytes -= packet->wire_bytes;
}

void ledger_data(struct ledger *ledger, struct flow *flow, enum direction direction, uint64_t segments, uint64_t bytes,
		 uint64_t new_bytes)
{
	struct side *side = &flow->side[direction];
	struct side_activity *activity = &activity_of(ledger, flow)->side[direction];
	side->data_segments += segments;
	side->data_bytes += bytes;
	side->new_bytes += new_bytes;
	activity->data_segments += (uint32_t)segments;
	activity->data_bytes += bytes;
	activity->new_bytes += new_bytes;
	if (flow->key.protocol == PROTOCOL_TCP)
		ledger->data_segments += segments;
}

void ledger_acked(struct ledger *ledger, struct flow *flow, enum direction direction, uint32_t bytes)
{
	flow->side[direction].acked_bytes += bytes;
	activity_of(ledger, flow)->side[direction].acked_bytes += bytes;
}

/* True if this direction has the longer way from the tap and back. */
static bool is_far_side(const struct flow *flow, enum direction direction)
{
	const struct rtt *this = &flow->side[direction].rtt, *other = &flow->side[!direction].rtt;
	if (flow->client_rtt_known && flow->server_rtt_known)
		return (flow_server_rtt(flow) >= flow_client_rtt(flow)) == (direction == C2S);
	return other->samples == 0 || this->min_ns >= other->min_ns;
}

void ledger_rtt(struct ledger *ledger, struct flow *flow, enum direction direction, int64_t sample_ns)
{
	struct side *side = &flow->side[direction];
	struct flow_activity *activity = activity_of(ledger, flow);
	struct side_activity *mine = &activity->side[direction];
	int64_t sample = sample_ns < 0 ? 0 : sample_ns;
	int64_t difference = side->rtt_last_ns > sample ? side->rtt_last_ns - sample : sample - side->rtt_last_ns;
	bool has_difference = side->rtt.samples > 0;
	if (!rtt_add(&side->rtt, ledger->arena, sample))
		ledger->memory_failures++;
	side->rtt_last_ns = sample;
	if (mine->rtt_samples == 0 || sample < mine->rtt_min_ns)
		mine->rtt_min_ns = sample;
	if (mine->rtt_samples == 0 || sample > mine->rtt_max_ns)
		mine->rtt_max_ns = sample;
	mine->rtt_samples++;
	sum_add(&mine->rtt_sum_ns, sample);
	if (!is_far_side(flow, direction))
		return;
	struct row *rows[] = { timeline_all(ledger->timeline), activity->service, activity->peer };
	for (unsigned i = 0; i < 3; i++) {
		row_add_rtt(rows[i], sample);
		if (has_difference)
			row_add_jitter(rows[i], difference);
	}
}

void ledger_response(struct ledger *ledger, struct flow *flow, int64_t sample_ns)
{
	struct flow_activity *activity = activity_of(ledger, flow);
	uint32_t us = sample_ns / 1000 > UINT32_MAX ? UINT32_MAX : (uint32_t)(sample_ns / 1000);
	if (flow->responses == 0 || us < flow->response_min_us)
		flow->response_min_us = us;
	if (flow->responses == 0 || us > flow->response_max_us)
		flow->response_max_us = us;
	flow->responses++;
	sum_add(&flow->response_sum_ns, sample_ns);
	row_add_response(timeline_all(ledger->timeline), sample_ns);
	row_add_response(activity->service, sample_ns);
	row_add_response(activity->peer, sample_ns);
}

void ledger_in_flight(struct flow *flow, enum direction direction, uint32_t bytes)
{
	struct side *side = &flow->side[direction];
	if (bytes > side->in_flight_max)
		side->in_flight_max = bytes;
	if (flow->activity && bytes > flow->activity->side[direction].in_flight_max)
		flow->activity->side[direction].in_flight_max = bytes;
}

void ledger_window(struct flow *flow, enum direction direction, uint32_t bytes)
{
	struct side *side = &flow->side[direction];
	if (!side->window_known || bytes < side->window_min)
		side->window_min = bytes;
	if (!side->window_known || bytes > side->window_max)
		side->window_max = bytes;
	side->window_known = true;
	if (flow->activity && bytes < flow->activity->side[direction].window_min)
		flow->activity->side[direction].window_min = bytes;
}

struct trouble *ledger_trouble(struct ledger *ledger, struct side *side)
{
	if (!side->trouble)
		side->trouble = arena_take(ledger->arena, sizeof *side->trouble);
	if (side->trouble)
		return side->trouble;
	ledger->memory_failures++;
	return &ledger->scrap;
}

void ledger_dns(struct ledger *ledger, struct flow *flow, int64_t sample_ns)
{
	struct flow_activity *activity = activity_of(ledger, flow);
	row_add_dns(timeline_all(ledger->timeline), sample_ns);
	row_add_dns(activity->service, sample_ns);
	row_add_dns(activity->peer, sample_ns);
}

void ledger_echo(struct ledger *ledger, struct flow *flow, int64_t sample_ns)
{
	struct flow_activity *activity = activity_of(ledger, flow);
	row_add_echo(timeline_all(ledger->timeline), sample_ns);
	row_add_echo(activity->service, sample_ns);
	row_add_echo(activity->peer, sample_ns);
}

void ledger_count_all(struct ledger *ledger, enum counter counter, uint64_t n)
{
	timeline_all(ledger->timeline)->counter[counter] += n;
}

void ledger_count_scopes(struct ledger *ledger, struct flow *flow, enum counter counter, uint64_t n)
{
	struct flow_activity *activity = activity_of(ledger, flow);
	timeline_all(ledger->timeline)->counter[counter] += n;
	activity->service->counter[counter] += n;
	activity->peer->counter[counter] += n;
}

void ledger_count(struct ledger *ledger, struct flow *flow, enum direction direction, enum counter counter, uint64_t n)
{
	ledger_trouble(ledger, &flow->side[direction])->counter[counter] += n;
	if (counter < COUNTERS_PER_INTERVAL)
		activity_of(ledger, flow)->side[direction].counter[counter] += (uint32_t)n;
	if (counter == COUNT_CAPTURE_GAP_SEGMENTS)
		ledger->gap_segments += n;
	else if (counter == COUNT_TAP_DUPLICATES)
		ledger->tap_duplicates += n;
	ledger_count_scopes(ledger, flow, counter, n);
}

void ledger_uncount(struct ledger *ledger, struct flow *flow, enum direction direction, enum counter counter, uint64_t n)
{
	uint64_t *total = &ledger_trouble(ledger, &flow->side[direction])->counter[counter];
	*total -= n < *total ? n : *total;
	if (counter == COUNT_CAPTURE_GAP_SEGMENTS)
		ledger->gap_segments -= n < ledger->gap_segments ? n : ledger->gap_segments;
}

void ledger_retract(struct ledger *ledger, struct flow *flow, enum direction direction, enum counter counter, uint64_t n)
{
	struct flow_activity *activity = activity_of(ledger, flow);
	struct row *rows[] = { timeline_all(ledger->timeline), activity->service, activity->peer };
	ledger_uncount(ledger, flow, direction, counter, n);
	for (unsigned i = 0; i < 3; i++)
		rows[i]->counter[counter] -= n < rows[i]->counter[counter] ? n : rows[i]->counter[counter];
	if (counter < COUNTERS_PER_INTERVAL) {
		uint32_t *mine = &activity->side[direction].counter[counter];
		*mine -= n < *mine ? (uint32_t)n : *mine;
	}
}

void ledger_event(struct ledger *ledger, const struct flow *flow, struct event_facts *event)
{
	if (ledger->events == ledger->options.max_events) {
		ledger->events_dropped++;
		return;
	}
	ledger->events++;
	event->flow_id = flow->id;
	if (ledger->sink.event)
		ledger->sink.event(ledger->user, event);
}

void ledger_totals(const struct ledger *ledger, struct engine_totals *totals)
{
	totals->events = ledger->events;
	totals->events_dropped = ledger->events_dropped;
	totals->data_segments = ledger->data_segments;
	totals->capture_gap_segments = ledger->gap_segments;
	totals->tap_duplicates = ledger->tap_duplicates;
	totals->memory_failures += ledger->memory_failures;
	totals->memory_bytes += sizeof *ledger + ledger->active_capacity * sizeof(struct flow_activity *) +
				timeline_bytes(ledger->timeline);
}

void ledger_free(struct ledger *ledger)
{
	if (!ledger)
		return;
	timeline_free(ledger->timeline);
	free(ledger->active);
	free(ledger);
}
