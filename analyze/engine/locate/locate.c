#include "analyze/engine/address.h"
#include "analyze/engine/locate/locate_internal.h"
#include "analyze/engine/sum.h"

#include <stdlib.h>

#define SECOND INT64_C(1000000000)
#define LINGER_NS SECOND	    /* a copy comes sooner */
#define BACKWARDS_NS INT64_C(5000000) /* what the clocks' fit may be wrong by */
#define SURVEY_PAYLOAD 8
#define LAST_TIME_NS (4500000000 * SECOND) /* in the year 2112; later is as of then, so that differences can't overflow */

void locate_options_default(struct locate_options *options)
{
	*options = (struct locate_options){ .horizon_ns = 10 * SECOND, .waiting_most = 4000000 };
}

struct locate *locate_new(const struct locate_options *options, const struct locate_sink *sink, void *user)
{
	struct locate *locate = calloc(1, sizeof *locate);
	if (!locate)
		return NULL;
	locate->options = *options;
	locate->sink = *sink;
	locate->user = user;
	locate->rule = (struct identity_rule){ .nat = options->nat, .payload_bytes = SURVEY_PAYLOAD };
	locate->payload_kept = UINT32_MAX;
	locate->flows = locate_flows_new(options->hash_seed);
	locate->survey = locate_survey_new();
	locate->table = locate_table_new(options->waiting_most, options->hash_seed);
	bool good = locate->flows && locate->survey && locate->table;
	for (int tap = TAP_A; tap <= TAP_B; tap++) {
		locate->duplicates[tap] = duplicates_new();
		locate->summary.captures[tap].first_ns = locate->summary.captures[tap].last_ns = NO_TIME;
		good = good && locate->duplicates[tap];
	}
	if (good)
		return locate;
	locate_free(locate);
	return NULL;
}

void locate_free(struct locate *locate)
{
	if (!locate)
		return;
	locate_flows_free(locate->flows);
	locate_survey_free(locate->survey);
	locate_table_free(locate->table);
	duplicates_free(locate->duplicates[TAP_A]);
	duplicates_free(locate->duplicates[TAP_B]);
	free(locate);
}

const struct locate_summary *locate_summary(const struct locate *locate)
{
	return &locate->summary;
}

struct locate_flows *locate_all_flows(struct locate *locate)
{
	return locate->flows;
}

static int64_t clamp_time(int64_t t_ns)
{
	return t_ns < 0 ? 0 : t_ns > LAST_TIME_NS ? LAST_TIME_NS : t_ns;
}

static struct frame clamp_frame(const struct frame *frame)
{
	struct frame clamped = *frame;
	clamped.t_ns = clamp_time(frame->t_ns);
	return clamped;
}

int64_t locate_common_time(const struct locate *locate, enum tap tap, int64_t t_ns)
{
	const int64_t own_ns = clamp_time(t_ns);
	return tap == TAP_A ? own_ns : clamp_time(own_ns - clock_offset_at(&locate->summary.clock, own_ns));
}

/* True if the packet is new at this tap. */
static bool is_new_here(struct locate *locate, enum tap tap, const struct packet *packet, uint64_t base)
{
	struct duplicates *duplicates = locate->duplicates[tap];
	const struct parts whole = { 1, packet->payload_bytes };
	const uint64_t fingerprint = identity_part(packet, base, &whole, 0);
	struct seen *seen = duplicates_find(duplicates, packet, fingerprint, base);
	return !seen || duplicates_judge(duplicates, seen, packet, base, 0) != DUPLICATE_TAP;
}

/* A packet taken apart, and what is known of it. */
struct arrival {
	struct packet packet;
	struct parts parts;
	uint64_t base;
	uint32_t flow, path;
	bool again; /* at this tap */
	bool nameless; /* its sender has no address yet (DHCP, MLD): it stays on its link, where others send the very same */
};

static enum packet_result arrive(struct locate *locate, enum tap tap, const struct frame *frame, struct arrival *arrival)
{
	struct packet *packet = &arrival->packet;
	const enum packet_result result = packet_decode(frame, packet);
	if (result != PACKET_DECODED)
		return result;
	arrival->nameless = address_is_unspecified(&packet->source);
	arrival->base = identity_base(packet, &locate->rule);
	arrival->again = !is_new_here(locate, tap, packet, arrival->base);
	if (arrival->again)
		return result;
	arrival->flow = locate_flows_find(locate->flows, packet);
	const struct located_flow *flow = locate_flow_at(locate->flows, arrival->flow);
	arrival->path = flow ? flow->path : NO_PATH;
	arrival->parts = identity_parts(packet, locate_flow_unit(flow, packet));
	return result;
}

static void count_frame(struct locate_capture *capture, const struct frame *frame)
{
	capture->frames++;
	if (capture->first_ns == NO_TIME || frame->t_ns < capture->first_ns)
		capture->first_ns = frame->t_ns;
	if (capture->last_ns == NO_TIME || frame->t_ns > capture->last_ns)
		capture->last_ns = frame->t_ns;
}

bool locate_survey(struct locate *locate, enum tap tap, const struct frame *given)
{
	const struct frame clamped = clamp_frame(given), *frame = &clamped;
	struct arrival arrival;
	const struct packet *packet = &arrival.packet;
	struct locate_capture *capture = &locate->summary.captures[tap];
	count_frame(capture, frame);
	const enum packet_result result = arrive(locate, tap, frame, &arrival);
	capture->not_ip += result == PACKET_NOT_IP;
	capture->undecoded += result != PACKET_NOT_IP && result != PACKET_DECODED;
	if (result != PACKET_DECODED)
		return true;
	capture->tap_duplicates += arrival.again;
	if (arrival.again || arrival.nameless)
		return true;
	if (packet->protocol == PROTOCOL_TCP && packet->tcp_flags & TCP_SYN && arrival.flow != NO_FLOW)
		locate_flows_syn(locate->flows, packet, arrival.flow);
	if (packet->protocol != PROTOCOL_TCP && packet->payload_captured < packet->payload_bytes) {
		if (packet->payload_captured < locate->payload_kept)
			locate->payload_kept = packet->payload_captured;
		if (packet->payload_captured < SURVEY_PAYLOAD)
			return true;
	}
	bool good = true;
	for (uint32_t i = 0; i < arrival.parts.count; i++) {
		const struct survey_item item = {
			.identity = identity_part(packet, arrival.base, &arrival.parts, i),
			.t_ns = frame->t_ns, .path = arrival.path, .ttl = packet->ttl,
		};
		good &= locate_survey_add(locate->survey, tap, &item);
	}
	return good;
}

static void flush(struct locate *locate)
{
	if (locate->has_pending && locate->sink.located)
		locate->sink.located(locate->user, &locate->pending);
	locate->has_pending = false;
}

static void tell(struct locate *locate, const struct located *located)
{
	struct located *pending = &locate->pending;
	if (locate->has_pending && pending->kind == located->kind && pending->tap == located->tap && pending->frame == located->frame &&
	    pending->seq + pending->bytes == located->seq) {
		pending->bytes += located->bytes;
		pending->parts += located->parts;
		return;
	}
	flush(locate);
	*pending = *located;
	locate->has_pending = true;
}

static struct located located_of(const struct waiting *entry, enum located_kind kind, enum course course)
{
	return (struct located){
		.kind = kind, .course = course, .tap = (enum tap)entry->tap, .frame = entry->frame, .t_ns = entry->own_ns,
		.flow = entry->flow, .seq = entry->seq, .bytes = entry->bytes, .parts = 1,
	};
}

static struct locate_interval *interval_at(struct locate *locate, int64_t t_ns)
{
	struct locate_summary *summary = &locate->summary;
	int64_t index = (t_ns - summary->from_ns) / summary->interval_ns;
	if (index < 0)
		index = 0;
	return &summary->interval[index < summary->intervals ? index : summary->intervals - 1];
}

static void count_judged(struct locate *locate, const struct waiting *sent, enum course course)
{
	struct locate_direction *direction = &locate->summary.directions[course];
	struct located_flow *flow = locate_flow_at(locate->flows, sent->flow);
	direction->judged++;
	direction->bytes += sent->bytes;
	interval_at(locate, sent->t_ns)->judged[course]++;
	if (!flow)
		return;
	flow->course = (uint8_t)course;
	flow->judged++;
	flow->bytes += sent->bytes;
}

static void lose(struct locate *locate, const struct waiting *entry, enum course course)
{
	struct locate_direction *direction = &locate->summary.directions[course];
	struct located_flow *flow = locate_flow_at(locate->flows, entry->flow);
	const struct located located = located_of(entry, LOCATED_LOST, course);
	count_judged(locate, entry, course);
	direction->lost++;
	direction->lost_bytes += entry->bytes;
	interval_at(locate, entry->t_ns)->lost[course]++;
	if (flow) {
		flow->lost++;
		flow->lost_bytes += entry->bytes;
	}
	tell(locate, &located);
}

static void count_unsent(struct locate *locate, const struct waiting *entry, enum course course)
{
	struct located_flow *flow = locate_flow_at(locate->flows, entry->flow);
	const struct located located = located_of(entry, LOCATED_UNSENT, course);
	locate->summary.directions[course].unsent++;
	if (flow) {
		flow->course = (uint8_t)course;
		flow->unsent++;
	}
	tell(locate, &located);
}

static enum course course_of(struct locate *locate, const struct waiting *entry)
{
	const struct located_flow *flow = locate_flow_at(locate->flows, entry->flow);
	return locate_course(locate->flows, flow ? flow->path : NO_PATH);
}

/* The other tap never saw it: was it lost, or did nobody look there then? Where it would have passed depends on the transit. */
static void judge_missing(struct locate *locate, const struct waiting *entry)
{
	struct locate_capture *capture = &locate->summary.captures[entry->tap];
	const enum course course = course_of(locate, entry);
	if (course == COURSE_UNKNOWN) {
		capture->strangers++;
		return;
	}
	const struct locate_direction *direction = &locate->summary.directions[course];
	const bool sent_here = sending_tap(course) == (enum tap)entry->tap;
	int64_t first_ns, last_ns;
	locate_span(locate, entry->tap == TAP_A ? TAP_B : TAP_A, &first_ns, &last_ns);
	const int64_t soonest_ns = sent_here ? entry->t_ns + direction->shortest_ns : entry->t_ns - direction->longest_ns;
	const int64_t latest_ns = sent_here ? entry->t_ns + direction->longest_ns : entry->t_ns - direction->shortest_ns;
	if (!locate->options.whole && (soonest_ns < first_ns || latest_ns > last_ns))
		capture->outside++;
	else if (sent_here)
		lose(locate, entry, course);
	else
		count_unsent(locate, entry, course);
}

/* Was the packet overtaken? True if one of its flow that was sent after it has come before it. */
static bool is_overtaken(struct located_flow *flow, const struct waiting *sent, const struct waiting *received)
{
	if (sent->order < flow->ahead_sent && received->order > flow->ahead_received)
		return true;
	if (sent->order > flow->ahead_sent) {
		flow->ahead_sent = sent->order;
		flow->ahead_received = received->order;
	}
	return false;
}

static void count_transit(struct locate_direction *direction, int64_t transit_ns)
{
	if (direction->transits == 0 || transit_ns < direction->transit_min_ns)
		direction->transit_min_ns = transit_ns;
	if (direction->transits == 0 || transit_ns > direction->transit_max_ns)
		direction->transit_max_ns = transit_ns;
	if (direction->transits > 0)
		sum_add(&direction->jitter_sum_ns, llabs(transit_ns - direction->latest_ns));
	direction->latest_ns = transit_ns;
	sum_add(&direction->transit_sum_ns, transit_ns);
	direction->transits++;
	histogram_add(&direction->transit, transit_ns);
}

static void pass(struct locate *locate, const struct waiting *sent, const struct waiting *received, enum course course)
{
	struct locate_direction *direction = &locate->summary.directions[course];
	struct located_flow *flow = locate_flow_at(locate->flows, sent->flow);
	const int64_t transit_ns = received->t_ns - sent->t_ns;
	struct located located = located_of(received, LOCATED_REORDERED, course);
	located.flow = sent->flow;
	located.transit_ns = transit_ns;
	count_judged(locate, sent, course);
	count_transit(direction, transit_ns);
	const bool overtaken = flow && is_overtaken(flow, sent, received), late = transit_ns > direction->late_ns;
	direction->reordered += overtaken;
	direction->delayed += late;
	if (flow) {
		flow->reordered += overtaken;
		flow->delayed += late;
		flow->transit_min_ns = flow->transits == 0 || transit_ns < flow->transit_min_ns ? transit_ns : flow->transit_min_ns;
		flow->transit_max_ns = flow->transits == 0 || transit_ns > flow->transit_max_ns ? transit_ns : flow->transit_max_ns;
		sum_add(&flow->transit_sum_ns, transit_ns);
		flow->transits++;
	}
	if (overtaken)
		tell(locate, &located);
	located.kind = LOCATED_DELAYED;
	if (late)
		tell(locate, &located);
}

static void count_duplicate(struct locate *locate, const struct waiting *entry, enum course course)
{
	struct located_flow *flow = locate_flow_at(locate->flows, entry->flow);
	const struct located located = located_of(entry, LOCATED_DUPLICATED, course);
	locate->summary.directions[course].duplicated++;
	if (flow)
		flow->duplicated++;
	tell(locate, &located);
}

/* May one that is alike, and was sent before this one, still arrive? Then all that come after it are shifted by one. */
static bool is_order_open(struct locate *locate, const struct waiting *sent, int64_t now_ns)
{
	const enum tap tap = (enum tap)sent->tap;
	const struct waiting *oldest = locate_table_oldest_alike(locate->table, sent->identity, tap, WAITING_PASSED_OVER);
	if (!oldest)
		return false;
	const struct waiting *newest = locate_table_newest_alike(locate->table, sent->identity, tap, WAITING_PASSED_OVER);
	return (oldest->t_ns < sent->t_ns && oldest->t_ns >= now_ns - LINGER_NS) ||
	       (newest->t_ns < sent->t_ns && newest->t_ns >= now_ns - LINGER_NS);
}

/* Of those that are alike and held, as many from either tap, the first that was sent is the first that came. */
static void settle_oldest(struct locate *locate, uint64_t identity)
{
	struct waiting *held[2];
	for (int tap = TAP_A; tap <= TAP_B; tap++)
		held[tap] = locate_table_oldest_alike(locate->table, identity, (enum tap)tap, WAITING_HELD);
	enum course course = course_of(locate, held[TAP_B]);
	if (course == COURSE_UNKNOWN)
		course = course_of(locate, held[TAP_A]) == COURSE_BA ? COURSE_BA : COURSE_AB;
	struct waiting *sent = held[sending_tap(course)], *received = held[sent->tap == TAP_A ? TAP_B : TAP_A];
	pass(locate, sent, received, course);
	locate_table_drop(locate->table, received);
	locate_table_move(locate->table, sent, WAITING_MATCHED);
}

static void expire(struct locate *locate, int64_t now_ns)
{
	const struct waiting *entry;
	while ((entry = locate_table_oldest(locate->table, WAITING_HELD)) && entry->t_ns < now_ns - LINGER_NS)
		settle_oldest(locate, entry->identity);
	while ((entry = locate_table_oldest(locate->table, WAITING_MATCHED)) && entry->t_ns < now_ns - LINGER_NS)
		locate_table_drop(locate->table, entry);
	while ((entry = locate_table_oldest(locate->table, WAITING_OPEN)) && entry->t_ns < now_ns - locate->options.horizon_ns) {
		judge_missing(locate, entry);
		locate_table_drop(locate->table, entry);
	}
}

static void wait_for_other(struct locate *locate, const struct waiting *entry)
{
	if (locate_table_add(locate->table, entry))
		return;
	const struct waiting *oldest = locate_table_oldest(locate->table, WAITING_MATCHED);
	if (!oldest) {
		oldest = locate_table_oldest(locate->table, WAITING_OPEN);
		locate->summary.captures[oldest ? oldest->tap : entry->tap].given_up++;
	}
	if (oldest) {
		locate_table_drop(locate->table, oldest);
		locate_table_add(locate->table, entry);
	}
}

/* A packet has come that the other tap saw before. */
static void meet(struct locate *locate, const struct waiting *received, struct waiting *sent, enum course course)
{
	const uint64_t identity = sent->identity;
	const enum tap tap = (enum tap)sent->tap;
	const int64_t now_ns = received->t_ns;
	const bool hold = is_order_open(locate, sent, now_ns) || locate_table_oldest_alike(locate->table, identity, tap, WAITING_HELD);
	struct waiting held = *received;
	held.state = WAITING_HELD;
	if (hold)
		locate_table_move(locate->table, sent, WAITING_HELD);
	if (!hold || !locate_table_add(locate->table, &held)) {
		pass(locate, sent, received, course);
		locate_table_move(locate->table, sent, WAITING_MATCHED);
	}
	if (!hold)
		return;
	while ((sent = locate_table_oldest_alike(locate->table, identity, tap, WAITING_HELD)) && !is_order_open(locate, sent, now_ns))
		settle_oldest(locate, identity);
}

/* One packet of a frame, at the tap that it was seen at. */
static void take(struct locate *locate, const struct waiting *seen, enum course course)
{
	const enum tap tap = (enum tap)seen->tap, other = tap == TAP_A ? TAP_B : TAP_A;
	const bool received = course != COURSE_UNKNOWN && sending_tap(course) == other;
	const int64_t usual_ns = course == COURSE_UNKNOWN ? 0 : locate->summary.directions[course].usual_ns;
	const int64_t near_ns = received ? seen->t_ns - usual_ns : seen->t_ns + usual_ns;
	const int64_t varies_ns = course == COURSE_UNKNOWN ? 0 : locate->summary.directions[course].varies_ns;
	struct waiting *partner = locate_table_find(locate->table, seen->identity, other, near_ns, varies_ns);
	if (partner) {
		const int64_t later_ns = received || course == COURSE_UNKNOWN ? seen->t_ns - partner->t_ns : partner->t_ns - seen->t_ns;
		if (later_ns < -BACKWARDS_NS)
			partner = NULL;
	}
	if (partner && received) {
		meet(locate, seen, partner, course);
	} else if (partner) {
		const enum course way = course != COURSE_UNKNOWN ? course : other == TAP_A ? COURSE_AB : COURSE_BA;
		const bool sent_there = sending_tap(way) == other;
		pass(locate, sent_there ? partner : seen, sent_there ? seen : partner, way);
		locate_table_move(locate->table, partner, WAITING_MATCHED);
	} else if (received && (locate_table_oldest_alike(locate->table, seen->identity, other, WAITING_MATCHED) ||
				locate_table_oldest_alike(locate->table, seen->identity, other, WAITING_HELD))) {
		count_duplicate(locate, seen, course);
	} else {
		wait_for_other(locate, seen);
	}
}

void locate_judge(struct locate *locate, enum tap tap, const struct frame *given)
{
	const struct frame clamped = clamp_frame(given), *frame = &clamped;
	struct arrival arrival;
	const struct packet *packet = &arrival.packet;
	const int64_t t_ns = locate_common_time(locate, tap, frame->t_ns);
	expire(locate, t_ns);
	if (arrive(locate, tap, frame, &arrival) != PACKET_DECODED || arrival.again)
		return;
	if (arrival.nameless) {
		locate->summary.captures[tap].strangers++;
		return;
	}
	struct located_flow *flow = locate_flow_at(locate->flows, arrival.flow);
	const enum course course = locate_course(locate->flows, arrival.path);
	struct waiting seen = {
		.t_ns = t_ns, .own_ns = frame->t_ns, .frame = frame->number, .flow = arrival.flow,
		.order = flow ? ++flow->order[tap] : 0, .tap = (uint8_t)tap,
	};
	for (uint32_t i = 0; i < arrival.parts.count; i++) {
		seen.identity = identity_part(packet, arrival.base, &arrival.parts, i);
		identity_range(packet, &arrival.parts, i, &seen.seq, &seen.bytes);
		take(locate, &seen, course);
	}
}

void locate_finish(struct locate *locate)
{
	const struct waiting *entry;
	if (locate->finished)
		return;
	while ((entry = locate_table_oldest(locate->table, WAITING_HELD)))
		settle_oldest(locate, entry->identity);
	while ((entry = locate_table_oldest(locate->table, WAITING_OPEN))) {
		judge_missing(locate, entry);
		locate_table_drop(locate->table, entry);
	}
	flush(locate);
	locate->finished = true;
}
