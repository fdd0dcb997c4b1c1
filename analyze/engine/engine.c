#include "analyze/engine/engine.h"

#include "analyze/engine/application/application.h"
#include "analyze/engine/application/udp_stream.h"
#include "analyze/engine/client.h"
#include "analyze/engine/control/icmp.h"
#include "analyze/engine/control/neighbours.h"
#include "analyze/engine/duplicates.h"
#include "analyze/engine/expiry.h"
#include "analyze/engine/flow_report.h"
#include "analyze/engine/flow_table.h"
#include "analyze/engine/fragments.h"
#include "analyze/engine/interfaces.h"
#include "analyze/engine/ledger.h"
#include "analyze/engine/packet.h"
#include "analyze/engine/shared_ids.h"
#include "analyze/engine/tcp.h"
#include "analyze/engine/tenants.h"
#include "analyze/engine/way.h"

#include <stdlib.h>
#include <string.h>

#define SECOND_NS 1000000000
#define LAST_TIME_NS (INT64_MAX / 2)		   /* later frames count as of then, so that sums can't overflow */
#define UNANSWERED_IDLE_NS (130LL * SECOND_NS)	   /* a client that retries for longer is rare (RFC 9293: 100 s) */
#define RANGES_LIMIT_BYTES ((uint64_t)1 << 30)	   /* of scoreboards; past that they are kept short */
#define REWIND_NS (3600LL * SECOND_NS)		   /* a larger step back and the time before was wrong */

/* A packet on its way to its flow. With many flows each step would wait for memory; so packets stand in a short line,
 * and what the next step needs is asked for a few packets ahead. 14 million packets of a million flows: twice as fast. */
#define PIPELINE 32 /* places; power of two */
#define AHEAD 8	    /* packets between two steps */
#define PAYLOAD_MAX 4096 /* bytes of a packet's payload that wait with it, where somebody wants them */
#define PROBE_TTL 32 /* a packet with less may be a probe of traceroute */

struct waiting {
	struct packet packet;
	struct flow_key key;
	uint64_t hash, fingerprint;
	const struct flow *guess; /* most likely its flow, for prefetching only */
	bool source_is_low;
};

struct engine {
	struct engine_options options;
	struct engine_sink sink;
	void *user;
	struct arena arena;
	struct ledger *ledger;
	struct flow_table *flows;
	struct expiry *expiry;
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
	uint64_t next_id;
	uint32_t apart; /* flows whose key has a network */
	bool finished;
	uint64_t arrived, analysed; /* packets that entered and left the line */
	struct waiting line[PIPELINE];
	uint8_t payload[PIPELINE][PAYLOAD_MAX]; /* of those in the line */
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
	engine->next_id = 1;
	engine->now_ns = engine->frame_ns = NO_TIME;
	engine->totals.first_ns = engine->totals.last_ns = NO_TIME;
	engine->flows = flow_table_new();
	engine->expiry = engine->flows ? expiry_new(engine->flows) : NULL;
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
	if (engine->expiry && engine->duplicates && engine->fragments && engine->interfaces && engine->shared_ids &&
	    engine->ledger && engine->application && engine->icmp && engine->neighbours)
		return engine;
	engine->finished = true;
	engine_free(engine);
	return NULL;
}

static bool is_icmp(uint32_t protocol)
{
	return protocol == PROTOCOL_ICMP || protocol == PROTOCOL_ICMPV6;
}

/* What is spoken above the flow's protocol ends with it. */
static void end_above(struct engine *engine, struct flow *flow, enum flow_end end)
{
	if (flow->key.protocol == PROTOCOL_TCP)
		application_flow_end(engine->application, flow, end == FLOW_END_CAPTURE);
	else if (flow->key.protocol == PROTOCOL_UDP)
		udp_stream_flow_end(&engine->outlet, flow);
	else if (is_icmp(flow->key.protocol))
		icmp_flow_end(engine->icmp, flow, engine->now_ns);
}

static void end_flow(struct engine *engine, struct flow *flow, enum flow_end end)
{
	bool is_tcp = flow->key.protocol == PROTOCOL_TCP;
	if (is_tcp)
		tcp_end(&engine->tcp, flow);
	if (flow->above.application)
		end_above(engine, flow, end);
	ledger_flow_end(engine->ledger, flow);
	if (engine->sink.flow) {
		struct flow_facts facts;
		flow_report(flow, is_tcp ? tcp_state(flow) : FLOW_NONE, end, &facts);
		engine->sink.flow(engine->user, &facts);
	}
	for (unsigned i = 0; i < 2; i++) {
		rtt_free(&flow->side[i].rtt, &engine->arena);
		arena_give(&engine->arena, flow->side[i].trouble, sizeof *flow->side[i].trouble);
	}
	arena_give(&engine->arena, flow->tunnel, sizeof *flow->tunnel);
	engine->apart -= flow->key.network != 0;
	expiry_cancel(engine->expiry, flow);
	flow_table_remove(engine->flows, flow);
}

static bool is_over(const struct flow *flow)
{
	return flow->closed || flow->reset || flow->refused;
}

static int64_t time_out(const struct engine *engine, const struct flow *flow)
{
	if (flow->key.protocol != PROTOCOL_TCP)
		return engine->options.udp_idle_ns;
	if (is_over(flow))
		return engine->options.closed_linger_ns;
	bool opening = !flow->established && flow->side[C2S].syns;
	return opening && UNANSWERED_IDLE_NS < engine->options.tcp_idle_ns ? UNANSWERED_IDLE_NS
									    : engine->options.tcp_idle_ns;
}

static void expire(struct engine *engine)
{
	for (struct flow *flow; (flow = expiry_due(engine->expiry, engine->now_ns));) {
		int64_t due_ns = flow->last_ns + time_out(engine, flow);
		if (due_ns > engine->now_ns)
			expiry_schedule(engine->expiry, flow, due_ns);
		else
			end_flow(engine, flow, is_over(flow) ? FLOW_END_CLOSE : FLOW_END_IDLE);
	}
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
	expire(engine);
}

/* Makes room for one more flow. */
static void evict(struct engine *engine)
{
	const unsigned tries = 8; /* then one that was active lately must go too */
	for (unsigned i = 0;; i++) {
		struct flow *flow = expiry_first(engine->expiry);
		int64_t idle_ns = engine->now_ns - flow->last_ns;
		if (i == tries || is_over(flow) || idle_ns > SECOND_NS) {
			end_flow(engine, flow, FLOW_END_EVICTED);
			engine->totals.flows_evicted++;
			return;
		}
		expiry_schedule(engine->expiry, flow, flow->last_ns + time_out(engine, flow));
	}
}

static bool make_key(const struct packet *packet, struct flow_key *key)
{
	int order = memcmp(&packet->source, &packet->destination, sizeof packet->source);
	bool source_is_low = order != 0 ? order < 0 : packet->source_port <= packet->destination_port;
	/* An ICMP identifier belongs to both ends. */
	uint16_t destination_port = is_icmp(packet->protocol) ? packet->source_port : packet->destination_port;
	*key = (struct flow_key){
		.low = source_is_low ? packet->source : packet->destination,
		.high = source_is_low ? packet->destination : packet->source,
		.low_port = source_is_low ? packet->source_port : destination_port,
		.high_port = source_is_low ? destination_port : packet->source_port,
		.protocol = packet->protocol,
	};
	return source_is_low;
}

/* The client is the other side than was guessed. Nothing has been told of the flow yet. */
static void swap_sides(struct engine *engine, struct flow *flow)
{
	struct side client = flow->side[S2C];
	flow->side[S2C] = flow->side[C2S];
	flow->side[C2S] = client;
	flow->client_is_low = !flow->client_is_low;
	if (flow->first_fin_by >= 0)
		flow->first_fin_by = flow->first_fin_by == C2S ? S2C : C2S;
	way_swap_sides(flow);
	tenants_swap_sides(flow);
	ledger_swap_sides(engine->ledger, flow);
	application_swap_sides(engine->application, flow);
}

static struct flow *new_flow(struct engine *engine, const struct packet *packet, const struct flow_key *key,
			     uint64_t hash, bool source_is_low)
{
	if (flow_table_count(engine->flows) >= engine->options.max_flows)
		evict(engine);
	struct flow *flow = flow_table_add(engine->flows, key, hash);
	if (!flow)
		return NULL;
	enum client_evidence evidence;
	flow->client_is_low = client_is_source(packet, &evidence) == source_is_low;
	flow->client_known = evidence == CLIENT_BY_SYN;
	flow->client_guessed = packet->protocol == PROTOCOL_TCP && evidence == CLIENT_GUESSED;
	flow->id = engine->next_id++;
	flow->first_ns = flow->last_ns = packet->t_ns;
	flow->first_frame = packet->frame;
	flow->vlan = packet->vlan;
	flow->reset_by = flow->first_fin_by = -1;
	flow->syn_ns = flow->syn_ack_ns = flow->established_ns = flow->reset_ns = NO_TIME;
	flow->ends[C2S].fin_ns = flow->ends[C2S].fin_acked_ns = flow->ends[S2C].fin_ns = flow->ends[S2C].fin_acked_ns = NO_TIME;
	engine->apart += key->network != 0;
	flow->side[C2S].limit_since_ns = flow->side[S2C].limit_since_ns = NO_TIME;
	flow->side[C2S].window_scale = flow->side[S2C].window_scale = -1;
	flow->wheel_slot = NO_FLOW;
	bool syn = packet->protocol == PROTOCOL_TCP && packet->tcp_flags & TCP_SYN;
	int64_t idle_ns = time_out(engine, flow); /* which does not know of the SYN yet */
	if (syn && UNANSWERED_IDLE_NS < idle_ns)
		idle_ns = UNANSWERED_IDLE_NS;
	expiry_schedule(engine->expiry, flow, flow->first_ns + idle_ns);
	engine->totals.flows++;
	uint32_t live = flow_table_count(engine->flows);
	if (live > engine->totals.flows_live_max)
		engine->totals.flows_live_max = live;
	ledger_count_scopes(engine->ledger, flow, COUNT_FLOWS_NEW, 1);
	return flow;
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
	if (icmp_quoted(packet, &quoted)) {
		struct flow_key key;
		make_key(&quoted, &key);
		about = flow_table_find(engine->flows, &key, flow_key_hash(&key, engine->options.hash_seed));
	}
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

/* The flow that the packet belongs to where there are tunnels; NULL: it begins one, under `key`, which is changed if it must be. `flow`
 * is the one that has its addresses and ports, or NULL. */
static struct flow *find_tenant(struct engine *engine, struct flow *flow, const struct waiting *waiting, bool copy,
				struct flow_key *key, uint64_t *hash)
{
	const struct packet *packet = &waiting->packet;
	enum direction direction = flow && waiting->source_is_low == flow->client_is_low ? C2S : S2C;
	if (flow && tenants_knows(flow, direction, packet))
		return flow;
	struct flow_key apart = *key;
	apart.network = tenants_network(packet) & NETWORK_BARE;
	uint64_t apart_hash = flow_key_hash(&apart, engine->options.hash_seed);
	struct flow *tenant = engine->apart ? flow_table_find(engine->flows, &apart, apart_hash) : NULL;
	if (tenant || !flow || tenants_fits(flow, direction, packet, copy))
		return tenant ? tenant : flow;
	*key = apart;
	*hash = apart_hash;
	return NULL;
}

/* The flow of a packet; NULL when out of memory. The key in `waiting` becomes that of the flow that it begins, if it does. */
static struct flow *flow_of(struct engine *engine, struct waiting *waiting, bool copy)
{
	const struct packet *packet = &waiting->packet;
	struct flow_key *key = &waiting->key;
	uint64_t hash = waiting->hash;
	struct flow *flow = flow_table_find(engine->flows, key, hash);
	bool alone = flow ? tenants_is_alone(flow, packet) : engine->apart == 0;
	if (!alone)
		flow = find_tenant(engine, flow, waiting, copy, key, &hash);
	if (flow && packet->protocol == PROTOCOL_TCP) {
		enum direction direction = waiting->source_is_low == flow->client_is_low ? C2S : S2C;
		if (tcp_starts_anew(flow, direction, packet)) {
			*key = flow->key;
			hash = key->network ? flow_key_hash(key, engine->options.hash_seed) : hash;
			end_flow(engine, flow, FLOW_END_REUSED);
			flow = NULL;
		}
	}
	return flow ? flow : new_flow(engine, packet, key, hash, waiting->source_is_low);
}

/* TCP takes the packet in, and what is spoken above it. */
static void analyse_tcp(struct engine *engine, struct flow *flow, enum direction direction, const struct waiting *waiting,
			bool damaged)
{
	const struct packet *packet = &waiting->packet;
	bool was_over = is_over(flow);
	if (damaged) {
		tcp_damaged(&engine->tcp, flow, direction, packet);
		return;
	}
	tcp_packet(&engine->tcp, flow, direction, packet);
	if (flow->above.application || packet->payload_captured)
		application_segment(engine->application, flow, direction, packet, waiting->hash);
	if (!was_over && is_over(flow))
		expiry_schedule(engine->expiry, flow, flow->last_ns + engine->options.closed_linger_ns);
}

static void analyse(struct engine *engine, struct waiting *waiting)
{
	const struct packet *packet = &waiting->packet;
	tick(engine, packet->t_ns);
	bool is_tcp = packet->protocol == PROTOCOL_TCP;
	bool copy = !is_tcp && is_copy(engine, waiting);
	struct flow *flow = flow_of(engine, waiting, copy);
	if (!flow) {
		engine->totals.memory_failures++;
		return;
	}
	enum direction direction = waiting->source_is_low == flow->client_is_low ? C2S : S2C;
	if (flow->client_guessed && client_is_other_side(flow, direction, packet)) {
		swap_sides(engine, flow);
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

static struct waiting *in_line(struct engine *engine, uint64_t number)
{
	return &engine->line[number & (PIPELINE - 1)];
}

/* Lets all packets in the line through. */
static void drain(struct engine *engine)
{
	while (engine->analysed < engine->arrived)
		analyse(engine, in_line(engine, engine->analysed++));
}

/* The frame will be gone when the packet's turn comes: keeps what will be wanted of its payload. */
static void keep_payload(struct engine *engine, struct packet *packet, uint64_t hash)
{
	if (!packet->payload)
		return;
	uint32_t wanted = PAYLOAD_MAX;
	if (!is_icmp(packet->protocol)) {
		wanted = application_wants(engine->application, packet, hash);
		if (packet->protocol == PROTOCOL_UDP && wanted < UDP_STREAM_BYTES)
			wanted = UDP_STREAM_BYTES;
	}
	uint32_t bytes = packet->payload_captured < wanted ? packet->payload_captured : wanted;
	if (bytes > PAYLOAD_MAX)
		bytes = PAYLOAD_MAX;
	uint8_t *room = engine->payload[engine->arrived & (PIPELINE - 1)];
	memcpy(room, packet->payload, bytes);
	packet->payload = bytes ? room : NULL;
	packet->payload_captured = bytes;
}

static void enqueue(struct engine *engine, struct waiting *waiting)
{
	struct packet *packet = &waiting->packet;
	waiting->source_is_low = make_key(packet, &waiting->key);
	waiting->hash = flow_key_hash(&waiting->key, engine->options.hash_seed);
	flow_table_prefetch(engine->flows, waiting->hash);
	keep_payload(engine, packet, waiting->hash);
	waiting->fingerprint = duplicates_fingerprint(packet, waiting->hash);
	duplicates_prefetch(engine->duplicates, waiting->fingerprint);
	uint64_t number = engine->arrived++;
	if (number >= AHEAD) {
		struct waiting *first = in_line(engine, number - AHEAD);
		first->guess = flow_table_guess(engine->flows, first->hash);
		if (first->guess)
			flow_prefetch(first->guess);
	}
	if (number >= 2 * AHEAD && in_line(engine, number - 2 * AHEAD)->guess)
		tcp_prefetch(in_line(engine, number - 2 * AHEAD)->guess);
	if (number - engine->analysed >= 3 * AHEAD)
		analyse(engine, in_line(engine, engine->analysed++));
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
	struct waiting *waiting = in_line(engine, engine->arrived);
	struct packet *packet = &waiting->packet;
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
	enqueue(engine, waiting);
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
	for (const struct flow *flow; (flow = flow_table_next(engine->flows, &index));) {
		bool is_tcp = flow->key.protocol == PROTOCOL_TCP;
		enum flow_end end = is_over(flow) ? FLOW_END_CLOSE : FLOW_END_CAPTURE;
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
	for (struct flow *flow; (flow = expiry_first(engine->expiry));)
		end_flow(engine, flow, is_over(flow) ? FLOW_END_CLOSE : FLOW_END_CAPTURE);
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
	totals->flows_live = flow_table_count(engine->flows);
	totals->fragments_incomplete = fragments_incomplete(engine->fragments);
	totals->ranges_merged = engine->tcp.ranges_merged;
	totals->memory_failures += engine->tcp.memory_failures;
	totals->memory_bytes = sizeof *engine + engine->arena.bytes + flow_table_bytes(engine->flows) +
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
	expiry_free(engine->expiry);
	flow_table_free(engine->flows);
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
