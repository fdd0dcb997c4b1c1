/* Speaks for the whole engine: bytes from hostile hands. The generator's seed is fixed, so that a crash comes again.
 * Worth most under -fsanitize=address,undefined. */
#include "analyze/engine/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#define MIB ((uint64_t)1 << 20)

enum { FRAME_MAX = 256, FLOWS_MAX = 128 };

struct random {
	uint64_t state;
};

/* xorshift64* (Marsaglia, Vigna). */
static uint32_t next(struct random *random)
{
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return (uint32_t)(random->state * UINT64_C(2685821657736338717) >> 32);
}

static uint32_t below(struct random *random, uint32_t limit)
{
	return next(random) % limit;
}

/* What the engine delivered. */
struct counts {
	uint64_t flows, events, intervals, flow_intervals, packets, interface_frames, interface_duplicates;
};

static void take_flow(void *user, const struct flow_facts *facts)
{
	struct counts *counts = user;
	counts->flows++;
	assert_true(facts->first_ns <= facts->last_ns);
	for (unsigned i = 0; i < 2; i++) {
		const struct direction_facts *side = &facts->direction[i];
		counts->packets += side->packets + side->tap_duplicates;
		assert_true(side->new_bytes <= side->data_bytes);
		assert_true(side->rtt_samples == 0 || (side->rtt_min_ns <= side->rtt_p50_ns && side->rtt_p50_ns <= side->rtt_p99_ns &&
						       side->rtt_p99_ns <= side->rtt_max_ns));
		/* No count has gone below zero. */
		assert_true(side->lost_upstream < UINT32_MAX && side->lost_downstream < UINT32_MAX &&
			    side->capture_gap_bytes < (uint64_t)1 << 48 && side->packets < UINT32_MAX &&
			    side->bytes < (uint64_t)1 << 48);
	}
}

static void take_event(void *user, const struct event_facts *facts)
{
	struct counts *counts = user;
	counts->events++;
	assert_true(facts->flow_id > 0 && facts->kind < EVENT_KINDS);
}

static void take_interval(void *user, const struct interval_facts *facts)
{
	struct counts *counts = user;
	counts->intervals++;
	assert_int_equal(facts->t_ns % facts->interval_ns, 0);
}

static void take_flow_interval(void *user, const struct flow_interval_facts *facts)
{
	struct counts *counts = user;
	counts->flow_intervals++;
	assert_true(facts->interval_ns > 0);
}

static void take_interface(void *user, const struct interface_facts *facts)
{
	struct counts *counts = user;
	counts->interface_frames += facts->packets;
	counts->interface_duplicates += facts->tap_duplicates;
	assert_true(facts->packets > 0 && facts->first_ns <= facts->last_ns);
}

static struct engine *new_engine(struct counts *counts)
{
	static const struct engine_sink sink = {
		.flow = take_flow,
		.event = take_event,
		.interval = take_interval,
		.flow_interval = take_flow_interval,
		.interface = take_interface,
	};
	struct engine_options options;
	engine_options_default(&options);
	options.max_flows = FLOWS_MAX;
	options.timeline_keys = 8;
	options.flow_timeline_packets = 2;
	*counts = (struct counts){ 0 };
	struct engine *engine = engine_new(&options, &sink, counts);
	assert_non_null(engine);
	return engine;
}

/* In memory of exactly this size. */
static void feed(struct engine *engine, int64_t t_ns, uint64_t number, uint16_t link_type, const uint8_t *bytes,
		 uint32_t captured, uint32_t wire)
{
	uint8_t *copy = malloc(captured ? captured : 1);
	assert_non_null(copy);
	memcpy(copy, bytes, captured);
	const struct frame frame = {
		.t_ns = t_ns,
		.number = number,
		.captured_bytes = captured,
		.wire_bytes = wire,
		.link_type = link_type,
		.data = copy,
	};
	engine_frame(engine, &frame);
	free(copy);
}

static void check_end(struct engine *engine, const struct counts *counts, uint64_t frames, uint64_t memory_bound)
{
	struct engine_totals totals;
	engine_totals(engine, &totals);
	assert_in_range(totals.memory_bytes, 1, memory_bound);
	assert_int_equal(totals.memory_failures, 0);
	engine_finish(engine);
	engine_totals(engine, &totals);
	assert_int_equal(totals.frames, frames);
	assert_int_equal(counts->interface_frames, frames);
	assert_int_equal(counts->interface_duplicates, totals.tap_duplicates);
	assert_int_equal(totals.flows_live, 0);
	assert_int_equal(totals.flows, counts->flows);
	assert_int_equal(totals.events, counts->events);
	assert_true(totals.flows_live_max <= FLOWS_MAX);
	/* Every frame is somewhere. */
	assert_int_equal(counts->packets + totals.malformed + totals.snapped + totals.not_ip + totals.unsupported_link +
				 totals.fragments_unused,
			 frames);
	engine_free(engine);
}

static const uint16_t link_types[] = { LINK_NULL, LINK_ETHERNET, 12, 14, LINK_RAW, LINK_LOOP, LINK_LINUX_SLL,
				       LINK_IPV4, LINK_IPV6, LINK_LINUX_SLL2, LINK_PPP, LINK_PPP_HDLC, LINK_PPP_ETHER, 105 };
enum { LINK_TYPES = sizeof link_types / sizeof link_types[0] };

static void test_garbage(void **state)
{
	(void)state;
	struct random random = { 0x9e3779b97f4a7c15 };
	struct counts counts;
	struct engine *engine = new_engine(&counts);
	enum { FRAMES = 50000 };
	for (uint32_t i = 1; i <= FRAMES; i++) {
		uint8_t bytes[FRAME_MAX];
		uint32_t captured = below(&random, FRAME_MAX + 1);
		for (uint32_t at = 0; at < captured; at++)
			bytes[at] = (uint8_t)next(&random);
		if (captured > 14) { /* let some through to the IP headers */
			static const uint8_t first[] = { 0x45, 0x60, 0x4f, 0x00 };
			bytes[0] = first[below(&random, 4)];
			bytes[12] = bytes[0] == 0x60 ? 0x86 : 0x08;
			bytes[13] = bytes[0] == 0x60 ? 0xdd : 0x00;
		}
		int64_t t_ns = (int64_t)((uint64_t)next(&random) << 32 | next(&random));
		feed(engine, t_ns, i, link_types[below(&random, LINK_TYPES)], bytes, captured,
		     captured + below(&random, 2) * below(&random, 100000));
	}
	check_end(engine, &counts, FRAMES, 64 * MIB);
}

struct writer {
	uint8_t at[FRAME_MAX];
	uint32_t count;
};

static void put(struct writer *to, uint64_t value, unsigned bytes)
{
	while (bytes-- > 0)
		to->at[to->count++] = (uint8_t)(value >> 8 * bytes);
}

static void put_options(struct writer *to, struct random *random, uint32_t anchor)
{
	switch (below(random, 4)) {
	case 0:
		put(to, 0x020405b401030307, 8);
		break;
	case 1:
		put(to, 0x0101080a, 4);
		put(to, below(random, 5000), 4);
		put(to, below(random, 5000), 4);
		break;
	case 2:
		put(to, 0x01010512, 4);
		for (unsigned i = 0; i < 4; i++)
			put(to, anchor + below(random, 40000), 4);
		break;
	default:
		break;
	}
}

/* A TCP segment of one of a few flows, all its numbers near those of the others, or wild. */
static struct writer make_segment(struct random *random, uint32_t flows, uint32_t *payload)
{
	struct writer frame = { .count = 0 }, tcp = { .count = 0 };
	static const uint8_t flags[] = { 0x10, 0x10, 0x10, 0x10, 0x10, 0x18, 0x18, 0x02, 0x12, 0x11, 0x04, 0x14, 0xff, 0x00 };
	bool wild = below(random, 50) == 0, to_server = below(random, 2), ipv6 = below(random, 4) == 0;
	uint32_t anchor = 0xffffc000;
	uint32_t client = 0x0a000000 | below(random, flows);
	*payload = below(random, 3) ? below(random, 3) : below(random, 40000);
	put(&tcp, to_server ? 40000 : 80, 2);
	put(&tcp, to_server ? 80 : 40000, 2);
	put(&tcp, wild ? next(random) : anchor + below(random, 40000), 4);
	put(&tcp, wild ? next(random) : anchor + below(random, 40000), 4);
	put(&tcp, (uint64_t)flags[below(random, sizeof flags)] << 16 | (below(random, 4) ? 0xffff : below(random, 2)), 4);
	put(&tcp, 0, 4);
	put_options(&tcp, random, anchor);
	tcp.at[12] = (uint8_t)(tcp.count / 4 << 4);
	put(&frame, 0x020000000002, 6);
	put(&frame, 0x020000000000 | below(random, 3), 6);
	put(&frame, ipv6 ? 0x86dd : 0x0800, 2);
	if (ipv6) {
		put(&frame, 0x60000000, 4);
		put(&frame, tcp.count + *payload, 2);
		put(&frame, 0x0640, 2);
	} else {
		put(&frame, 0x4500, 2);
		put(&frame, tcp.count + 20 + *payload, 2);
		put(&frame, (uint64_t)below(random, 70000) << 16 | (below(random, 30) ? 0 : below(random, 65536)), 4);
		put(&frame, 0x40060000, 4);
	}
	for (unsigned end = 0; end < 2; end++) {
		if (ipv6)
			put(&frame, 0, 8), put(&frame, 0, 4);
		put(&frame, (end == 0) == to_server ? client : 0xc0000201, 4);
	}
	memcpy(frame.at + frame.count, tcp.at, tcp.count);
	frame.count += tcp.count;
	return frame;
}

/* A header of a tunnel around what `inside` holds, an Ethernet frame. */
static void wrap(struct random *random, struct writer *frame)
{
	struct writer inside = *frame;
	bool ipv6 = inside.at[12] == 0x86;
	uint32_t kind = below(random, 6), from = kind < 2 ? 0 : 14; /* with the Ethernet header or without */
	uint32_t room = inside.count - from, header = kind == 0 ? 16 : kind == 1 ? 8 : kind == 2 ? 4 : 0;
	frame->count = 12;
	if (kind >= 4) { /* MPLS, PPPoE */
		put(frame, kind == 4 ? 0x8847 : 0x8864, 2);
		put(frame, kind == 4 ? 0x0001014000000000 >> 32 : 0x11000007, 4);
		if (kind == 5)
			put(frame, (uint64_t)(room + 2) << 16 | (ipv6 ? 0x57 : 0x21), 4);
	} else {
		static const uint8_t protocols[] = { 17, 47, 47, 4 };
		uint8_t protocol = kind == 3 && ipv6 ? 41 : protocols[kind];
		put(frame, 0x08004500, 4);
		put(frame, 20 + header + room, 2);
		put(frame, below(random, 40) ? 0x00010000 : 0x00012000, 4);
		put(frame, 0x4000u | protocol, 2);
		put(frame, 0, 2);
		put(frame, 0x0a0900010a090002, 8);
		if (kind == 0)
			put(frame, 0xc350000000000000 | (uint64_t)(below(random, 2) ? 4789 : 6081) << 32 | (header + room) << 16, 8);
		if (kind == 0)
			put(frame, frame->at[37] == 0xc1 ? 0x0000655800000100 : 0x0800000000000100 + (below(random, 3) << 8), 8);
		if (kind == 1)
			put(frame, 0x2000655800000000 | below(random, 3), 8);
		if (kind == 2)
			put(frame, ipv6 ? 0x000086dd : 0x00000800, 4);
	}
	if (frame->count + room > FRAME_MAX)
		room = FRAME_MAX - frame->count;
	memcpy(frame->at + frame->count, inside.at + from, room);
	frame->count += room;
}

static void play_segments(uint32_t frames, uint32_t flows, uint32_t mutations, uint32_t tunnels, uint64_t seed)
{
	struct random random = { seed };
	struct counts counts;
	struct engine *engine = new_engine(&counts);
	int64_t t_ns = 1700000000000000000;
	for (uint32_t i = 1; i <= frames; i++) {
		uint32_t payload;
		struct writer frame = make_segment(&random, flows, &payload);
		for (uint32_t n = tunnels ? below(&random, tunnels) : 0; n > 0; n--)
			wrap(&random, &frame);
		uint32_t captured = frame.count, wire = frame.count + payload;
		for (uint32_t n = mutations ? below(&random, mutations) : 0; n > 0; n--)
			frame.at[below(&random, frame.count)] ^= (uint8_t)(1u << below(&random, 8));
		if (mutations && below(&random, 10) == 0)
			captured = below(&random, frame.count + 1);
		t_ns += (int64_t)below(&random, 2000000) - 100000;
		if (mutations && below(&random, 5000) == 0)
			t_ns += ((int64_t)below(&random, 40000) - 20000) * 1000000000;
		feed(engine, t_ns, i, LINK_ETHERNET, frame.at, captured, wire);
		if (below(&random, 1000) == 0)
			engine_advance(engine, t_ns + (int64_t)below(&random, 2000000000));
	}
	struct engine_totals totals;
	engine_totals(engine, &totals);
	assert_true(!tunnels || totals.tunnelled > frames / 4);
	check_end(engine, &counts, frames, 64 * MIB);
}

static void test_mutated(void **state)
{
	(void)state;
	play_segments(80000, 5000, 6, 0, 12345);
}

/* Valid frames whose numbers make no sense together, in few flows: deep states. */
static void test_chaos(void **state)
{
	(void)state;
	play_segments(40000, 4, 0, 0, 777);
	play_segments(10000, 1, 0, 0, 4242);
}

/* In up to three tunnels, whole and with flipped bits, cut at any length. */
static void test_tunnels(void **state)
{
	(void)state;
	play_segments(60000, 50, 4, 4, 99);
	play_segments(20000, 4, 0, 3, 1234);
}

/* A sender that leaves a hole before each segment: what the engine remembers of it has an end. */
static void test_holes(void **state)
{
	(void)state;
	struct counts counts;
	struct engine *engine = new_engine(&counts);
	enum { FRAMES = 20000 };
	for (uint32_t i = 1; i <= FRAMES; i++) {
		struct writer frame = { .count = 0 };
		put(&frame, 0x4500002900004000, 8);
		put(&frame, 0x400600000a000001, 8);
		put(&frame, 0xc0000201, 4);
		put(&frame, 0x9c400050, 4);
		put(&frame, i * 100, 4);
		put(&frame, 1, 4);
		put(&frame, 0x5010ffff, 4);
		put(&frame, 0, 5);
		feed(engine, (int64_t)i * 1000, i, LINK_RAW, frame.at, frame.count, frame.count);
	}
	struct engine_totals totals;
	engine_advance(engine, 1);
	engine_totals(engine, &totals);
	assert_true(totals.ranges_merged > 0);
	check_end(engine, &counts, FRAMES, 24 * MIB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_mutated),
		cmocka_unit_test(test_chaos),
		cmocka_unit_test(test_tunnels),
		cmocka_unit_test(test_holes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
