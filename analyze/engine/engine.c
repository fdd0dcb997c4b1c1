#include "analyze/engine/engine.h"

#include "analyze/engine/application/application.h"
#include "analyze/engine/application/udp_stream.h"
#include "analyze/engine/client.h"
#include "analyze/engine/control/icmp.h"
#include "analyze/engine/control/neighbours.h"
#include "analyze/engine/duplicates.h"
#include "analyze/engine/flow_report.h"
#include "analyze/engine/fragments.h"
#include "analyze/engine/interfaces.h"
#include "analyze/engine/ledger.h"
#include "analyze/engine/live_flows.h"
#include "analyze/engine/packet.h"
#include "analyze/engine/shared_ids.h"
#include "analyze/engine/tcp.h"
#include "analyze/engine/tenants.h"
#include "analyze/engine/waiting_line.h"
#include "analyze/engine/way.h"

#include <stdlib.h>

#define SECOND_NS 1000000000
#define LAST_TIME_NS (INT64_MAX / 2)		 /* later frames count as of then, so that sums can't overflow */
#define RANGES_LIMIT_BYTES ((uint64_t)1 << 30)	 /* of scoreboards; past that they are kept short */
#define REWIND_NS (3600LL * SECOND_NS)		 /* a larger step back and the time before was wrong */
#define PROBE_TTL 32				 /* a packet with less may be a probe of traceroute */

struct engine {
	struct engine_options options;
	struct engine_sink sink;
	void *user;
	struct arena arena;
	struct ledger *ledger;
	struct live_flows flows;
	struct duplicates *duplicates;
	struct fragments *fragments;
	struct interfaces *interfaces;
	struct shared_ids *shared_ids;
	struct outlet outlet;
	struct application *application;
	struct icmp *icmp;
	struct neighbours *neighbours;
	struct tcp tcp;
	struct engine_totals totals;
	int64_t now_ns, frame_ns;
	bool finished;
	struct waiting_line line;
};

void engine_options_default(struct engine_options *options)
{
	*options = (struct engine_options){
		.max_flows = 1000000,
		.interval_ns = SECOND_NS,
		.tcp_idle_ns = 7200LL * SECOND_NS,
		.closed_linger_ns = 10LL * SECOND_NS,
		.udp_idle_ns = 180LL * SECOND_NS,
		.timeline_keys = 64,
		.flow_timeline_packets = 32,
		.flow_timeline_limits = true,
		.max_events = 1000000,
	};
}

static bool options_fit(const struct engine_options *options)
{
	return options->max_flows > 0 && options->max_flows < NO_FLOW && options->interval_ns >= 1000000 &&
	       options->interval_ns <= 86400LL * SECOND_NS && options->tcp_idle_ns > 0 &&
	       options->closed_linger_ns > 0 && options->udp_idle_ns > 0 && options->tcp_idle_ns < LAST_TIME_NS &&
	       options->closed_linger_ns < LAST_TIME_NS && options->udp_idle_ns < LAST_TIME_NS;
}

struct engine *engine_new(const struct engine_options *options, const struct engine_sink *sink, void *user)
{
	if (!options_fit(options))
		return NULL;
	struct engine *engine = calloc(1, sizeof *engine);
	if (!engine)
		return NULL;
	engine->options = *options;
	engine->sink = *sink;
	engine->user = user;
	engine->now_ns = engine->frame_ns = NO_TIME;
	engine->totals.first_ns = engine->totals.last_ns = NO_TIME;
	engine->flows.options = &engine->options;
	engine->flows.outlet = &engine->outlet;
	engine->flows.tcp = &engine->tcp;
	bool has_flows = live_flows_init(&engine->flows);
	engine->duplicates = duplicates_new();
	engine->fragments = fragments_new();
	engine->interfaces = interfaces_new();
	engine->shared_ids = shared_ids_new();
	engine->ledger = ledger_new(options, sink, user, &engine->arena);
	engine->tcp = (struct tcp){
		.ledger = engine->ledger,
		.arena = &engine->arena,
		.interfaces = engine->interfaces,
		.shared_ids = engine->shared_ids,
		.memory_limit = RANGES_LIMIT_BYTES,
	};
	engine->outlet = (struct outlet){
		.sink = &engine->sink,
		.user = user,
		.ledger = engine->ledger,
		.arena = &engine->arena,
		.totals = &engine->totals,
	};
	engine->application = application_new(&engine->outlet);
	engine->icmp = icmp_new(&engine->outlet);
	engine->neighbours = neighbours_new(&engine->outlet);
	engine->flows.application = engine->application;
	engine->flows.icmp = engine->icmp;
	engine->line.table = engine->flows.table;
	engine->line.duplicates = engine->duplicates;
	engine->line.application = engine->application;
	engine->line.hash_seed = options->hash_seed;
	if (has_flows && engine->duplicates && engine->fragments && engine->interfaces && engine->shared_ids &&
	    engine->ledger && engine->application && engine->icmp && engine->neighbours)
		return engine;
	engine->finished = true;
	engine_free(engine);
	return NULL;
}

static int64_t clamp_time(int64_t t_ns)
{
	return t_ns < 0 ? 0 : t_ns > LAST_TIME_NS ? LAST_TIME_NS : t_ns;
}

/* It is `now_ns`, or later if frames came out of order: closes intervals, expires flows. */
static void tick(struct engine *engine, int64_t now_ns)
{
	int64_t before = engine->now_ns;
	bool rewound = before != NO_TIME && before - now_ns > REWIND_NS;
	if (now_ns <= before && !rewound)
		return;
	if (rewound)
		ledger_finish(engine->ledger);
	engine->now_ns = now_ns;
	ledger_advance(engine->ledger, now_ns);
	if (before != NO_TIME && now_ns / SECOND_NS == before / SECOND_NS)
		return;
	application_advance(engine->application, now_ns);
	icmp_advance(engine->icmp, now_ns);
	neighbours_advance(engine->neighbours, now_ns);
	live_flows_expire(&engine->flows, now_ns);
}

static void count_icmp(struct engine *engine, struct flow *flow, const struct packet *packet)
{
	uint8_t type = packet->icmp_type;
	bool v6 = packet->protocol == PROTOCOL_ICMPV6;
	if (v6 ? type == 2 : type == 3 && packet->icmp_code == 4)
		ledger_count_scopes(engine->ledger, flow, COUNT_ICMP_FRAGMENTATION_NEEDED, 1);
	else if (v6 ? type == 1 : type == 3)
		ledger_count_scopes(engine->ledger, flow, COUNT_ICMP_UNREACHABLE, 1);
	else if (v6 ? type == 3 : type == 11)
		ledger_count_scopes(engine->ledger, flow, COUNT_ICMP_TIME_EXCEEDED, 1);
}

static void analyse_icmp(struct engine *engine, struct flow *flow, enum direction direction, const struct packet *packet)
{
	count_icmp(engine, flow, packet);
	struct packet quoted;
	const struct flow *about = NULL;
	if (icmp_quoted(packet, &quoted))
		about = live_flows_find(&engine->flows, &quoted);
	icmp_packet(engine->icmp, flow, direction, packet, about);
	if (packet->protocol == PROTOCOL_ICMPV6)
		neighbours_packet(engine->neighbours, packet);
}

/* A packet without TCP. */
static void analyse_other(struct engine *engine, struct flow *flow, enum direction direction, const struct packet *packet)
{
	ledger_data(engine->ledger, flow, direction, 0, packet->payload_bytes, packet->payload_bytes);
	if (packet->protocol == PROTOCOL_UDP) {
		application_datagram(engine->application, flow, direction, packet);
		udp_stream_packet(&engine->outlet, flow, direction, packet);
	} else if (is_icmp(packet->protocol)) {
		analyse_icmp(engine, flow, direction, packet);
	}
}

/* A packet without TCP: has it been captured before? */
static bool is_copy(struct engine *engine, const struct waiting *waiting)
{
	const struct packet *packet = &waiting->packet;
	struct seen *seen = duplicates_find(engine->duplicates, packet, waiting->fingerprint, waiting->hash);
	return seen && duplicates_judge(engine->duplicates, seen, packet, waiting->hash, 0) == DUPLICATE_TAP;
}

static void count_copy(struct engine *engine, struct flow *flow, enum direction direction, const struct packet *packet)
{
	interfaces_tap_duplicates(engine->interfaces, packet->interface, packet->frames);
	ledger_count(engine->ledger, flow, direction, COUNT_TAP_DUPLICATES, packet->frames);
}

/* True if the packet, which has TCP, is one that the flow has had. */
static bool is_duplicate(struct engine *engine, struct flow *flow, enum direction direction, const struct waiting *waiting)
{
	const struct packet *packet = &waiting->packet;
	struct seen *seen = duplicates_find(engine->duplicates, packet, waiting->fingerprint, waiting->hash);
	if (!seen)
		return false;
	enum duplicate duplicate =
		duplicates_judge(engine->duplicates, seen, packet, waiting->hash, tcp_path_rtt(flow));
	if (duplicate == DUPLICATE_NONE || (duplicate == DUPLICATE_NETWORK && tcp_answers_copy(flow, direction, packet)))
		return false;
	if (duplicate == DUPLICATE_TAP) {
		count_copy(engine, flow, direction, packet);
		return true;
	}
	ledger_packet(engine->ledger, flow, direction, packet);
	if (packet->payload_bytes)
		ledger_data(engine->ledger, flow, direction, tcp_segments(flow, direction, packet->payload_bytes),
			    packet->payload_bytes, 0);
	ledger_count(engine->ledger, flow, direction, COUNT_NETWORK_DUPLICATES,
		     tcp_segments(flow, direction, packet->payload_bytes));
	if (packet->payload_bytes)
		tcp_note_copy(&engine->tcp, flow, direction, packet);
	struct event_facts event = {
		.t_ns = packet->t_ns,
		.frame = packet->frame,
		.direction = direction,
		.kind = EVENT_NETWORK_DUPLICATE,
		.evidence = packet->has_ip_id ? EVIDENCE_IP_ID : EVIDENCE_TIMESTAMP,
		.seq = packet->seq,
		.len = packet->payload_bytes,
	};
	ledger_event(engine->ledger, flow, &event);
	return true;
}

/* TCP takes the packet in, and what is spoken above it. */
static void analyse_tcp(struct engine *engine, struct flow *flow, enum direction direction, const struct waiting *waiting,
			bool damaged)
{
	const struct packet *packet = &waiting->packet;
	bool was_over = flow_is_over(flow);
	if (damaged) {
		tcp_damaged(&engine->tcp, flow, direction, packet);
		return;
	}
	tcp_packet(&engine->tcp, flow, direction, packet);
	if (flow->above.application || packet->payload_captured)
		application_segment(engine->application, flow, direction, packet, waiting->hash);
	if (!was_over && flow_is_over(flow))
		live_flows_linger(&engine->flows, flow);
}

static void analyse(struct engine *engine, struct waiting *waiting)
{
	const struct packet *packet = &waiting->packet;
	tick(engine, packet->t_ns);
	bool is_tcp = packet->protocol == PROTOCOL_TCP;
	bool copy = !is_tcp && is_copy(engine, waiting);
	struct flow *flow = live_flows_of(&engine->flows, waiting, copy, engine->now_ns);
	if (!flow) {
		engine->totals.memory_failures++;
		return;
	}
	enum direction direction = waiting->source_is_low == flow->client_is_low ? C2S : S2C;
	if (flow->client_guessed && client_is_other_side(flow, direction, packet)) {
		live_flows_swap_sides(&engine->flows, flow);
		direction = direction == C2S ? S2C : C2S;
	}
	if (!tenants_is_alone(flow, packet) && !tenants_join(flow, direction, packet, &engine->arena))
		engine->totals.memory_failures++;
	if (packet->t_ns > flow->last_ns)
		flow->last_ns = packet->t_ns;
	flow->last_frame = packet->frame;
	if (is_tcp && is_duplicate(engine, flow, direction, waiting))
		return;
	struct side *side = &flow->side[direction];
	if (copy && side->packets) { /* of another flow with these addresses otherwise, or of one that has ended */
		count_copy(engine, flow, direction, packet);
		return;
	}
	int64_t before_ns = side->packets ? side->last_ns : NO_TIME;
	ledger_packet(engine->ledger, flow, direction, packet);
	uint64_t packets = side->packets;
	bool damaged = packet->checksum != CHECKSUM_UNKNOWN &&
		       way_damaged(engine->ledger, flow, direction, packet, &engine->totals);
	if (!damaged && (packet->ttl < PROBE_TTL || (is_tcp && packet->tcp_flags & (TCP_SYN | TCP_RST))))
		icmp_probe(engine->icmp, packet);
	engine->tcp.before_ns = before_ns;
	if (is_tcp)
		analyse_tcp(engine, flow, direction, waiting, damaged);
	else if (!damaged)
		analyse_other(engine, flow, direction, packet);
	copy = side->packets < packets; /* TCP has found out that it is */
	if (!copy && !damaged)
		way_packet(engine->ledger, flow, direction, packet, before_ns);
}

/* Lets all packets in the line through. */
static void drain(struct engine *engine)
{
	for (struct waiting *waiting; (waiting = waiting_line_take(&engine->line));)
		analyse(engine, waiting);
}

static void count_frame(struct engine *engine, const struct frame *frame)
{
	struct engine_totals *totals = &engine->totals;
	totals->frames++;
	totals->bytes += frame->wire_bytes;
	if (totals->first_ns == NO_TIME || frame->t_ns < totals->first_ns)
		totals->first_ns = frame->t_ns;
	if (totals->last_ns == NO_TIME || frame->t_ns > totals->last_ns)
		totals->last_ns = frame->t_ns;
	if (frame->t_ns < engine->frame_ns)
		totals->time_backwards++;
	engine->frame_ns = frame->t_ns;
	interfaces_frame(engine->interfaces, link_interface(frame), frame);
}

void engine_frame(struct engine *engine, const struct frame *frame)
{
	if (engine->finished)
		return;
	count_frame(engine, frame);
	struct packet *packet = waiting_line_room(&engine->line);
	switch (packet_decode(frame, packet)) {
	case PACKET_DECODED:
		break;
	case PACKET_UNSUPPORTED_LINK:
		engine->totals.unsupported_link++;
		return;
	case PACKET_NOT_IP:
		engine->totals.not_ip++;
		neighbours_frame(engine->neighbours, frame);
		return;
	case PACKET_MALFORMED:
		engine->totals.malformed++;
		return;
	case PACKET_SNAPPED:
		engine->totals.snapped++;
		return;
	}
	packet->t_ns = clamp_time(packet->t_ns);
	engine->totals.tunnelled += packet->tunnel != TUNNEL_NONE;
	if (packet->fragment) {
		engine->totals.fragments++;
		if (!fragments_add(engine->fragments, packet))
			return;
	}
	struct waiting *first = waiting_line_add(&engine->line);
	if (first)
		analyse(engine, first);
}

void engine_advance(struct engine *engine, int64_t now_ns)
{
	if (engine->finished)
		return;
	drain(engine);
	tick(engine, clamp_time(now_ns));
}

void engine_flows(const struct engine *engine, void (*visit)(void *user, const struct flow_facts *facts), void *user)
{
	uint32_t index = 0;
	for (const struct flow *flow; (flow = flow_table_next(engine->flows.table, &index));) {
		bool is_tcp = flow->key.protocol == PROTOCOL_TCP;
		enum flow_end end = flow_is_over(flow) ? FLOW_END_CLOSE : FLOW_END_CAPTURE;
		struct flow_facts facts;
		struct tcp_preview preview;
		if (is_tcp)
			tcp_preview(flow, &preview);
		flow_report(is_tcp ? &preview.flow : flow, is_tcp ? tcp_state(flow) : FLOW_NONE, end, &facts);
		visit(user, &facts);
	}
}

void engine_finish(struct engine *engine)
{
	if (engine->finished)
		return;
	drain(engine);
	live_flows_end(&engine->flows, engine->now_ns);
	application_finish(engine->application, engine->now_ns);
	icmp_finish(engine->icmp);
	neighbours_finish(engine->neighbours);
	ledger_finish(engine->ledger);
	interfaces_deliver(engine->interfaces, &engine->sink, engine->user);
	engine->finished = true;
}

void engine_totals(const struct engine *engine, struct engine_totals *totals)
{
	*totals = engine->totals;
	totals->flows_live = flow_table_count(engine->flows.table);
	totals->fragments_incomplete = fragments_incomplete(engine->fragments, &totals->fragments_unused);
	totals->ranges_merged = engine->tcp.ranges_merged;
	totals->memory_failures += engine->tcp.memory_failures;
	totals->memory_bytes = sizeof *engine + engine->arena.bytes + flow_table_bytes(engine->flows.table) +
			       interfaces_bytes(engine->interfaces) + shared_ids_bytes(engine->shared_ids) +
			       application_bytes(engine->application) +
			       icmp_bytes(engine->icmp) + neighbours_bytes(engine->neighbours);
	ledger_totals(engine->ledger, totals);
}

void engine_free(struct engine *engine)
{
	if (!engine)
		return;
	engine_finish(engine);
	ledger_free(engine->ledger);
	live_flows_free(&engine->flows);
	duplicates_free(engine->duplicates);
	fragments_free(engine->fragments);
	interfaces_free(engine->interfaces);
	shared_ids_free(engine->shared_ids);
	application_free(engine->application);
	icmp_free(engine->icmp);
	neighbours_free(engine->neighbours);
	arena_free(&engine->arena);
	free(engine);
}
