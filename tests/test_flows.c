/* Speaks for analyze/engine/engine.c, flow_table.c, ledger.c, timeline.c and fragments.c: flows begin and end, and every
 * row's sums add up. */
#include "tests/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000000)

static struct engine_options defaults(void)
{
	struct engine_options options;
	engine_options_default(&options);
	return options;
}

/* The whole life of a connection. */
#define CONNECTION                                                     \
	"0.000 > S 0 mss 1460\n0.010 < SA 0 mss 1460\n0.011 > A 1\n"   \
	"0.020 > A 1 len 100 id 1\n0.030 < A 1 ack 101 len 2000\n"     \
	"0.031 > A 101 ack 2001\n0.032 > FA 101 ack 2001\n"            \
	"0.042 < FA 2001 ack 102\n0.043 > A 102 ack 2002\n"

static void test_options_out_of_range(void **state)
{
	(void)state;
	const struct engine_sink sink = { 0 };
	struct engine_options options = defaults();
	options.max_flows = 0;
	assert_null(engine_new(&options, &sink, NULL));
	options = defaults();
	options.interval_ns = 0;
	assert_null(engine_new(&options, &sink, NULL));
	options = defaults();
	options.udp_idle_ns = -1;
	assert_null(engine_new(&options, &sink, NULL));
	engine_free(NULL);
}

/* Nothing listens: all callbacks are NULL. */
static void test_no_callbacks(void **state)
{
	(void)state;
	struct engine_options options = defaults();
	const struct engine_sink sink = { 0 };
	struct trace *trace = trace_new(NULL);
	engine_free(trace->engine);
	trace->engine = engine_new(&options, &sink, NULL);
	trace_feed(trace, CONNECTION);
	trace_finish(trace);
	assert_int_equal(trace_totals(trace).flows, 1);
	assert_int_equal(trace_totals(trace).frames, 9);
	trace_free(trace);
}

static void test_nothing(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "");
	assert_int_equal(trace->flow_count + trace->event_count + trace->interval_count, 0);
	assert_int_equal(trace_totals(trace).first_ns, NO_TIME);
	trace_feed(trace, CONNECTION); /* too late */
	assert_int_equal(trace->flow_count, 0);
	assert_int_equal(trace_totals(trace).flows, 0);
	trace_free(trace);
}

/* 20 flows, room for 4: 16 are evicted, all are written. */
static void test_cap(void **state)
{
	(void)state;
	struct engine_options options = defaults();
	options.max_flows = 4;
	struct trace *trace = trace_new(&(struct trace_options){ .engine = &options });
	for (unsigned i = 1; i <= 20; i++) {
		char line[64];
		snprintf(line, sizeof line, "0.%03u > S 0 flow %u\n", i, i);
		trace_feed(trace, line);
	}
	trace_finish(trace);
	struct engine_totals totals = trace_totals(trace);
	assert_int_equal(totals.flows, 20);
	assert_int_equal(totals.flows_evicted, 16);
	assert_int_equal(totals.flows_live_max, 4);
	assert_int_equal(totals.flows_live, 0);
	assert_int_equal(trace->flow_count, 20);
	unsigned evicted = 0;
	bool seen[21] = { false };
	for (unsigned i = 0; i < 20; i++) {
		evicted += trace->flows[i].end == FLOW_END_EVICTED;
		assert_in_range(trace->flows[i].id, 1, 20);
		assert_false(seen[trace->flows[i].id]);
		seen[trace->flows[i].id] = true;
		assert_int_equal(trace->flows[i].direction[C2S].packets, 1);
	}
	assert_int_equal(evicted, 16);
	trace_free(trace);
}

/* Who goes first: the one that has been quiet, not the one that is older but active. */
static void test_evicts_the_idle(void **state)
{
	(void)state;
	struct engine_options options = defaults();
	options.max_flows = 2;
	struct trace *trace = trace_play(&(struct trace_options){ .engine = &options },
					 "0.0 > A 1 len 10 flow 1\n"
					 "1.0 > A 1 len 10 flow 2\n"
					 "100.0 > A 11 len 10 flow 1\n"
					 "100.1 > A 1 len 10 flow 3\n");
	assert_int_equal(trace->flow_count, 3);
	assert_int_equal(trace->flows[0].id, 2);
	assert_int_equal(trace->flows[0].end, FLOW_END_EVICTED);
	trace_free(trace);
}

/* The defaults: UDP 180 s, TCP 2 h, closed 10 s; an unanswered SYN doesn't wait 2 h. */
static void test_idle(void **state)
{
	(void)state;
	struct trace *trace = trace_new(NULL);
	trace_feed(trace,
		   "0.0 > udp len 10 flow 1\n"
		   "0.0 > A 1 len 10 flow 2\n"
		   "0.0 > S 0 flow 3\n"
		   "0.0 > S 0 flow 4\n"
		   "0.1 < RA 0 flow 4\n"
		   "9.0 < R 0 flow 4\n");
	engine_advance(trace->engine, 18 * SECOND);
	assert_int_equal(trace->flow_count, 0);
	engine_advance(trace->engine, 21 * SECOND); /* 9 + 10 s, to the wheel's two seconds */
	assert_int_equal(trace->flow_count, 1);
	assert_int_equal(trace->flows[0].id, 4);
	assert_int_equal(trace->flows[0].end, FLOW_END_CLOSE);
	engine_advance(trace->engine, 179 * SECOND);
	assert_int_equal(trace->flow_count, 2);
	assert_int_equal(trace->flows[1].id, 3);
	assert_int_equal(trace->flows[1].end, FLOW_END_IDLE);
	assert_int_equal(trace->flows[1].state, FLOW_UNANSWERED);
	engine_advance(trace->engine, 182 * SECOND);
	assert_int_equal(trace->flow_count, 3);
	assert_int_equal(trace->flows[2].protocol, PROTOCOL_UDP);
	assert_int_equal(trace->flows[2].end, FLOW_END_IDLE);
	engine_advance(trace->engine, 7199 * SECOND);
	assert_int_equal(trace->flow_count, 3);
	engine_advance(trace->engine, 7202 * SECOND);
	assert_int_equal(trace->flow_count, 4);
	assert_int_equal(trace_totals(trace).flows_live, 0);
	trace_free(trace);
}

/* Activity puts it off. */
static void test_not_idle(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0 > udp len 1\n100 > udp len 1\n250 > udp len 1\n400 < udp len 1\n");
	assert_int_equal(trace_flow(trace)->end, FLOW_END_CAPTURE);
	assert_int_equal(trace_side(trace, C2S)->packets, 3);
	trace_free(trace);
}

/* Clocks that jump to where no clock should be: nothing is lost or overflows. */
static void test_absurd_times(void **state)
{
	(void)state;
	static const int64_t starts[] = { 0,		     INT64_MAX - SECOND, -5 * SECOND, INT64_MIN + SECOND,
					  1700000000 * SECOND, 4102444800 * SECOND, 1, INT64_MAX / 2, INT64_MAX / 2 - SECOND };
	enum { STARTS = sizeof starts / sizeof starts[0] };
	for (unsigned first = 0; first < STARTS; first++) {
		struct trace *trace = trace_new(NULL);
		for (unsigned i = 0; i < STARTS; i++) {
			trace->options.start_ns = starts[(first + i * 2) % STARTS];
			trace_feed(trace, CONNECTION "0.050 > udp len 10\n0.060 > icmp 8 0 len 10\n");
		}
		trace_finish(trace);
		uint64_t packets = 0, rows = 0;
		for (unsigned i = 0; i < trace->flow_count; i++) {
			const struct flow_facts *flow = &trace->flows[i];
			packets += flow->direction[C2S].packets + flow->direction[S2C].packets +
				   flow->direction[C2S].tap_duplicates + flow->direction[S2C].tap_duplicates;
			assert_true(flow->first_ns <= flow->last_ns);
		}
		for (unsigned i = 0; i < trace->interval_count; i++)
			if (trace->intervals[i].scope == SCOPE_ALL)
				rows += trace->intervals[i].packets + trace->intervals[i].tap_duplicates;
		assert_int_equal(packets, STARTS * 11);
		assert_int_equal(rows, STARTS * 11);
		assert_int_equal(trace_totals(trace).frames, STARTS * 11);
		assert_int_equal(trace_totals(trace).memory_failures, 0);
		assert_true(trace_totals(trace).time_backwards > 0);
		trace_free(trace);
	}
}

/* Two capture queues: a frame 1 ms older than the one before it. */
static void test_time_backwards(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "5.000 > udp len 10\n5.002 > udp len 20\n5.001 < udp len 30\n");
	assert_int_equal(trace_totals(trace).time_backwards, 1);
	assert_int_equal(trace_flow(trace)->last_ns, 5002000000);
	assert_int_equal(trace_totals(trace).first_ns, 5000000000);
	assert_int_equal(trace_totals(trace).last_ns, 5002000000);
	trace_free(trace);
}

/* One frame from eleven days ahead doesn't stop the clock: the seconds after it get rows of their own, and the flow, idle
 * since 2 s, is over at 400 s, so that the last packet begins another. */
static void test_clock_set_right(void **state)
{
	(void)state;
	struct trace *trace =
		trace_play(NULL, "1000000 > udp len 10\n1 > udp len 10 flow 2\n2 > udp len 10 flow 2\n400 > udp len 10 flow 2\n");
	unsigned seconds = 0;
	for (unsigned i = 0; i < trace->interval_count; i++)
		if (trace->intervals[i].scope == SCOPE_ALL)
			seconds++;
	assert_int_equal(seconds, 4); /* 1,000,000 s, 1 s, 2 s, 400 s */
	assert_int_equal(trace_totals(trace).flows, 3);
	trace_free(trace);
}

/* Five SYN retransmissions, room for two events. */
static void test_max_events(void **state)
{
	(void)state;
	struct engine_options options = defaults();
	options.max_events = 2;
	struct trace *trace = trace_play(&(struct trace_options){ .engine = &options },
					 "0 > S 0\n1 > S 0\n3 > S 0\n7 > S 0\n15 > S 0\n31 > S 0\n");
	assert_int_equal(trace->event_count, 2);
	assert_int_equal(trace_totals(trace).events, 2);
	assert_int_equal(trace_totals(trace).events_dropped, 3);
	assert_int_equal(trace_side(trace, C2S)->syn_retransmissions, 5); /* counts don't suffer */
	trace_free(trace);
}

static void check_sums(const struct trace *trace)
{
	struct interval_facts sum[3];
	memset(sum, 0, sizeof sum);
	for (unsigned i = 0; i < trace->interval_count; i++) {
		const struct interval_facts *row = &trace->intervals[i];
		struct interval_facts *to = &sum[row->scope];
		assert_int_equal(row->t_ns % row->interval_ns, 0);
		to->packets += row->packets;
		to->bytes += row->bytes;
		to->data_segments += row->data_segments;
		to->new_bytes += row->new_bytes;
		to->retransmitted_segments += row->retransmitted_segments;
		to->syns += row->syns;
		to->resets += row->resets;
		to->flows_new += row->flows_new;
		to->flows_active += row->flows_active;
		to->rtt_samples += row->rtt_samples;
		to->responses += row->responses;
	}
	for (unsigned i = SCOPE_SERVICE; i <= SCOPE_PEER; i++) {
		assert_int_equal(sum[i].packets, sum[SCOPE_ALL].packets);
		assert_int_equal(sum[i].bytes, sum[SCOPE_ALL].bytes);
		assert_int_equal(sum[i].data_segments, sum[SCOPE_ALL].data_segments);
		assert_int_equal(sum[i].new_bytes, sum[SCOPE_ALL].new_bytes);
		assert_int_equal(sum[i].retransmitted_segments, sum[SCOPE_ALL].retransmitted_segments);
		assert_int_equal(sum[i].syns, sum[SCOPE_ALL].syns);
		assert_int_equal(sum[i].resets, sum[SCOPE_ALL].resets);
		assert_int_equal(sum[i].flows_new, sum[SCOPE_ALL].flows_new);
		assert_int_equal(sum[i].flows_active, sum[SCOPE_ALL].flows_active);
		assert_int_equal(sum[i].rtt_samples, sum[SCOPE_ALL].rtt_samples);
		assert_int_equal(sum[i].responses, sum[SCOPE_ALL].responses);
	}
	uint64_t packets = 0, bytes = 0;
	for (unsigned i = 0; i < trace->flow_count; i++)
		for (unsigned side = 0; side < 2; side++) {
			packets += trace->flows[i].direction[side].packets;
			bytes += trace->flows[i].direction[side].bytes;
		}
	assert_int_equal(sum[SCOPE_ALL].packets, packets);
	assert_int_equal(sum[SCOPE_ALL].bytes, bytes);
	assert_int_equal(sum[SCOPE_ALL].flows_new, trace_totals(trace).flows);
}

/* Two rows per scope: one for the largest (10.0.0.2), one for the most troubled (10.0.0.3: a reset); three others make
 * the rest. */
static void test_timeline_keys(void **state)
{
	(void)state;
	struct engine_options options = defaults();
	options.timeline_keys = 2;
	struct trace *trace = trace_play(&(struct trace_options){ .engine = &options },
					 "10.1 > A 1 len 1000 flow 1\n"
					 "10.2 > A 1 len 1400 flow 2\n"
					 "10.3 < R 1 flow 3\n"
					 "10.4 > A 1 len 700 flow 4\n"
					 "10.5 > A 1 len 600 flow 5\n");
	check_sums(trace);
	assert_int_equal(trace->interval_count, 1 + 1 + 3);
	assert_int_equal(trace->intervals[0].scope, SCOPE_ALL);
	assert_int_equal(trace->intervals[0].t_ns, 10 * SECOND);
	assert_int_equal(trace->intervals[0].packets, 5);
	assert_int_equal(trace->intervals[0].flows_active, 5);
	const struct interval_facts *service = &trace->intervals[1], *peer = &trace->intervals[2];
	assert_int_equal(service->scope, SCOPE_SERVICE);
	assert_int_equal(service->port, 80);
	assert_int_equal(service->protocol, PROTOCOL_TCP);
	assert_int_equal(service->packets, 5);
	char text[ADDRESS_TEXT_MAX];
	assert_string_equal(address_text(&service->address, text), "192.0.2.1");
	assert_string_equal(address_text(&peer[0].address, text), "10.0.0.2");
	assert_string_equal(address_text(&peer[1].address, text), "10.0.0.3");
	assert_int_equal(peer[1].resets, 1);
	assert_true(peer[2].rest);
	assert_int_equal(peer[2].rest_keys, 3);
	assert_int_equal(peer[2].data_bytes, 2300); /* 1000 + 700 + 600 */
	trace_free(trace);
}

/* More peers in one interval than the engine keeps apart, over several intervals. */
static void test_many_peers(void **state)
{
	(void)state;
	struct trace *trace = trace_new(NULL);
	for (unsigned i = 0; i < 6000; i++) {
		char line[128];
		snprintf(line, sizeof line, "%u.%04u > A %u len %u flow %u\n", i / 3000, i % 3000, 1 + i, 1 + i % 50,
			 1 + i * 7 % 2500);
		trace_feed(trace, line);
	}
	trace_finish(trace);
	check_sums(trace);
	unsigned peers = 0;
	for (unsigned i = 0; i < trace->interval_count; i++)
		peers += trace->intervals[i].scope == SCOPE_PEER;
	assert_int_equal(peers, 2 * (64 + 1));
	trace_free(trace);
}

/* Packets in seconds 0, 2 and 3, and a row only from 4 packets on: the first covers seconds 0 to 2. Flow 2 has three packets, all of
 * one direction. */
static void test_flow_intervals(void **state)
{
	(void)state;
	struct engine_options options = defaults();
	options.flow_timeline_packets = 4;
	struct trace *trace = trace_play(&(struct trace_options){ .engine = &options, .start_ns = 50 * SECOND },
					 "0.1 > A 1 len 100\n"
					 "0.2 < A 1 ack 101\n"
					 "2.1 > A 101 len 100\n"
					 "2.2 < A 1 ack 201\n"
					 "2.3 > A 201 len 100\n"
					 "3.1 < A 1 ack 301 len 50\n"
					 "3.2 > A 301 ack 51 flow 2\n"
					 "3.3 > A 301 ack 52 flow 2\n"
					 "3.4 > A 301 ack 53 flow 2\n");
	assert_int_equal(trace->flow_interval_count, 4);
	const struct flow_interval_facts *row = trace->flow_intervals;
	assert_int_equal(row[0].t_ns, 50 * SECOND);
	assert_int_equal(row[0].interval_ns, 3 * SECOND);
	assert_int_equal(row[0].direction, C2S);
	assert_int_equal(row[0].packets, 3);
	assert_int_equal(row[0].data_bytes, 300);
	assert_int_equal(row[0].acked_bytes, 200);
	assert_int_equal(row[1].direction, S2C);
	assert_int_equal(row[1].packets, 2);
	assert_int_equal(row[2].t_ns, 53 * SECOND);
	assert_int_equal(row[2].interval_ns, 1 * SECOND);
	assert_int_equal(row[2].packets, 0);
	assert_int_equal(row[2].acked_bytes, 100);
	assert_int_equal(row[3].packets, 1);
	assert_int_equal(row[3].data_bytes, 50);
	check_sums(trace);
	trace_free(trace);
}

/* All flows get rows: they add up to the flow's own. */
static void test_flow_intervals_add_up(void **state)
{
	(void)state;
	struct engine_options options = defaults();
	options.flow_timeline_packets = 0;
	options.interval_ns = SECOND / 100;
	struct trace *trace = trace_play(&(struct trace_options){ .engine = &options }, CONNECTION);
	uint64_t packets[2] = { 0 }, bytes[2] = { 0 }, acked[2] = { 0 };
	for (unsigned i = 0; i < trace->flow_interval_count; i++) {
		const struct flow_interval_facts *row = &trace->flow_intervals[i];
		packets[row->direction] += row->packets;
		bytes[row->direction] += row->bytes;
		acked[row->direction] += row->acked_bytes;
	}
	assert_int_equal(packets[C2S], 6);
	assert_int_equal(packets[S2C], 3);
	assert_int_equal(acked[C2S], 100);
	assert_int_equal(acked[S2C], 2000);
	assert_int_equal(bytes[C2S], trace_side(trace, C2S)->bytes);
	assert_int_equal(bytes[S2C], trace_side(trace, S2C)->bytes);
	check_sums(trace);
	trace_free(trace);
}

static char *text_of_play(uint64_t seed)
{
	struct engine_options options = defaults();
	options.hash_seed = seed;
	options.max_flows = 50;
	options.flow_timeline_packets = 0;
	struct trace *trace = trace_new(&(struct trace_options){ .engine = &options, .isn = { 0xfffff000, 7 } });
	uint32_t random = 1;
	for (unsigned i = 0; i < 3000; i++) {
		char line[128];
		random = random * 1664525u + 1013904223u;
		snprintf(line, sizeof line, "%u.%03u %c A %u ack %u len %u id %u flow %u\n", i / 100, i % 100,
			 random >> 31 ? '<' : '>', 1 + (random >> 8) % 8000, 1 + (random >> 4) % 8000, (random >> 12) % 1400,
			 i, 1 + (random >> 20) % 100);
		trace_feed(trace, line);
	}
	trace_finish(trace);
	char *text = trace_text(trace);
	trace_free(trace);
	return text;
}

/* The same frames give the same facts to the byte, whatever the seed of the hash. */
static void test_determinism(void **state)
{
	(void)state;
	char *one = text_of_play(0), *again = text_of_play(0), *seeded = text_of_play(0x123456789abcdef0);
	assert_true(strlen(one) > 100000);
	assert_string_equal(one, again);
	assert_string_equal(one, seeded);
	free(one);
	free(again);
	free(seeded);
}

static void test_icmp_and_udp(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "1.0 > icmp 8 0 len 56\n"
					 "1.1 < icmp 0 0 len 56\n"
					 "1.2 < icmp 3 4 len 28\n"
					 "1.3 < icmp 3 1 len 28\n"
					 "1.4 < icmp 3 13 len 28\n"
					 "1.5 < icmp 11 0 len 28\n"
					 "1.6 > udp len 100\n"
					 "1.7 < udp len 200\n");
	const struct interval_facts *all = &trace->intervals[0];
	assert_int_equal(all->icmp_packets, 6);
	assert_int_equal(all->icmp_fragmentation_needed, 1);
	assert_int_equal(all->icmp_unreachable, 2);
	assert_int_equal(all->icmp_time_exceeded, 1);
	assert_int_equal(all->udp_packets, 2);
	assert_int_equal(all->udp_bytes, 2 * (14 + 20 + 8) + 300);
	assert_int_equal(all->data_bytes, 0); /* TCP's */
	check_sums(trace);
	trace_free(trace);
}

/* ICMPv6 (RFC 4443): the fixture writes protocol 1 only, so that these frames are bytes: packet too big (type 2). */
static void test_icmpv6(void **state)
{
	(void)state;
	static const uint8_t frame[] = { 0x60, 0, 0, 0, 0, 8, 58, 64, /* payload 8, ICMPv6 */
					 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, /* from */
					 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, /* to */
					 2, 0, 0, 0, 0, 0, 5, 0 }; /* too big: MTU 1280 */
	struct trace *trace = trace_new(NULL);
	trace_frame(trace, SECOND, LINK_RAW, frame, sizeof frame, sizeof frame);
	trace_finish(trace);
	assert_int_equal(trace->intervals[0].icmp_fragmentation_needed, 1);
	assert_int_equal(trace->intervals[0].icmp_packets, 1);
	assert_int_equal(trace_flow(trace)->protocol, PROTOCOL_ICMPV6);
	trace_free(trace);
}

/* A datagram of 3000 bytes in three fragments: 8 + 1472, 1480 and 48 bytes. */
static void test_fragments(void **state)
{
	(void)state;
	static const char *const orders[] = {
		"1.0 > udp len 1472 id 5 frag 0 more\n1.1 > udp len 1480 id 5 frag 1480 more\n1.2 > udp len 48 id 5 frag 2960\n",
		"1.0 > udp len 48 id 5 frag 2960\n1.1 > udp len 1480 id 5 frag 1480 more\n1.2 > udp len 1472 id 5 frag 0 more\n",
		"1.0 > udp len 1480 id 5 frag 1480 more\n1.1 > udp len 1472 id 5 frag 0 more\n1.2 > udp len 48 id 5 frag 2960\n",
	};
	for (unsigned i = 0; i < 3; i++) {
		struct trace *trace = trace_play(NULL, orders[i]);
		const struct direction_facts *client = trace_side(trace, C2S);
		assert_int_equal(client->packets, 3);
		assert_int_equal(client->data_bytes, 3000);
		assert_int_equal(client->bytes, 3 * 34 + 8 + 3000);
		assert_int_equal(trace_flow(trace)->server_port, 80);
		assert_int_equal(trace_totals(trace).fragments, 3);
		assert_int_equal(trace_totals(trace).fragments_incomplete, 0);
		check_sums(trace);
		trace_free(trace);
	}
}

/* The middle one never comes; another datagram, with another ID, isn't mixed up with it. */
static void test_incomplete_fragments(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "1.0 > udp len 1472 id 5 frag 0 more\n"
					 "1.1 > udp len 1472 id 6 frag 0 more\n"
					 "1.2 > udp len 48 id 5 frag 2960\n"
					 "1.3 > udp len 20 id 6 frag 1480\n");
	assert_int_equal(trace_flow(trace)->direction[C2S].packets, 2);
	assert_int_equal(trace_flow(trace)->direction[C2S].data_bytes, 1492);
	assert_int_equal(trace_totals(trace).fragments, 4);
	assert_int_equal(trace_totals(trace).fragments_incomplete, 1);
	assert_int_equal(trace_totals(trace).fragments_unused, 2);
	trace_free(trace);
}

/* A SYN of 60 bytes without its last 20, ARP, an impossible header, an unknown link. */
static void test_totals(void **state)
{
	(void)state;
	static const uint8_t arp[14] = { [12] = 0x08, [13] = 0x06 }, bad[34] = { [12] = 0x08, [13] = 0x00 };
	struct trace *trace = trace_new(NULL);
	trace_frame(trace, SECOND, LINK_ETHERNET, arp, sizeof arp, sizeof arp);
	trace_frame(trace, SECOND, LINK_ETHERNET, bad, sizeof bad, sizeof bad);
	trace_frame(trace, SECOND, 105, arp, sizeof arp, sizeof arp);
	trace_feed(trace, "2.0 > S 0 snap 40\n3.0 > S 0\n");
	trace_finish(trace);
	struct engine_totals totals = trace_totals(trace);
	assert_int_equal(totals.frames, 5);
	assert_int_equal(totals.bytes, 14 + 34 + 14 + 54 + 54);
	assert_int_equal(totals.not_ip, 1);
	assert_int_equal(totals.malformed, 1);
	assert_int_equal(totals.unsupported_link, 1);
	assert_int_equal(totals.snapped, 1);
	assert_int_equal(totals.flows, 1);
	assert_int_equal(totals.first_ns, 1 * SECOND);
	assert_int_equal(totals.last_ns, 3 * SECOND);
	assert_int_equal(trace_flow(trace)->first_frame, 5);
	trace_free(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options_out_of_range),
		cmocka_unit_test(test_no_callbacks),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_evicts_the_idle),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_not_idle),
		cmocka_unit_test(test_absurd_times),
		cmocka_unit_test(test_time_backwards),
		cmocka_unit_test(test_clock_set_right),
		cmocka_unit_test(test_max_events),
		cmocka_unit_test(test_timeline_keys),
		cmocka_unit_test(test_many_peers),
		cmocka_unit_test(test_flow_intervals),
		cmocka_unit_test(test_flow_intervals_add_up),
		cmocka_unit_test(test_determinism),
		cmocka_unit_test(test_icmp_and_udp),
		cmocka_unit_test(test_icmpv6),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_incomplete_fragments),
		cmocka_unit_test(test_totals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
