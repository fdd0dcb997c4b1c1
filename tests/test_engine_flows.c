/* Speaks for engine_flows and tcp_preview: what is said of live flows is what their end would say, and saying it
 * changes nothing. */
#include "tests/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void take(void *user, const struct flow_facts *facts)
{
	struct trace *seen = user;
	struct flow_facts *flows = realloc(seen->flows, (seen->flow_count + 1) * sizeof *flows);
	assert_non_null(flows);
	seen->flows = flows;
	flows[seen->flow_count++] = *facts;
}

static int by_id(const void *left, const void *right)
{
	const struct flow_facts *a = left, *b = right;
	return a->id < b->id ? -1 : a->id > b->id;
}

static char *flows_text(const struct trace *trace)
{
	struct trace flows = { .flows = trace->flows, .flow_count = trace->flow_count };
	if (flows.flow_count)
		qsort(flows.flows, flows.flow_count, sizeof flows.flows[0], by_id);
	return trace_text(&flows);
}

static char *preview(struct trace *trace)
{
	struct trace seen = { 0 };
	engine_flows(trace->engine, take, &seen);
	char *text = flows_text(&seen);
	free(seen.flows);
	return text;
}

/* Feeds the lines one by one. After each a second engine, which has had the same lines, is ended: its flows are the
 * first's live ones. At the end the first, which was asked each time, says what one says that was never asked. */
static void follow(const char *story)
{
	struct trace *asked = trace_new(NULL);
	char *line, *rest, *copy = strdup(story);
	for (line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char one[256], before[8192];
		snprintf(one, sizeof one, "%s\n", line);
		trace_feed(asked, one);
		engine_advance(asked->engine, 0); /* lets the packets in, as no time passes */
		snprintf(before, sizeof before, "%.*s\n", (int)(line - copy + (long)strlen(line)), story);
		struct trace *ended = trace_play(NULL, before);
		char *now = preview(asked), *then = flows_text(ended);
		assert_string_equal(now, then);
		free(now);
		free(then);
		trace_free(ended);
	}
	trace_finish(asked);
	struct trace *never_asked = trace_play(NULL, story);
	char *text = trace_text(asked), *expected = trace_text(never_asked);
	assert_string_equal(text, expected);
	free(text);
	free(expected);
	free(copy);
	trace_free(asked);
	trace_free(never_asked);
}

#define OPENING "0.000 > S 0 mss 1460 sack ws 7 id 1\n0.050 < SA 0 mss 1460 sack ws 7\n0.051 > A 1 id 2\n"

/* A segment is missing for two seconds, then comes: while it is, it would be lost for good if the flow ended. */
static void test_hole(void **state)
{
	(void)state;
	follow(OPENING "0.100 > A 1 len 1448 id 3\n0.101 > A 2897 len 1448 id 5\n0.102 > A 4345 len 1448 id 6\n"
		       "0.150 < A 1 ack 1449 sack 2897-5793\n1.000 > A 5793 len 100 id 7\n1.050 < A 1 ack 1449 sack 2897-5893\n"
		       "2.000 > A 5893 len 100 id 8\n2.200 > A 1449 len 1448 id 9\n2.250 < A 1 ack 5993\n");
}

/* The server closes its window, and keeps it closed while time passes. */
static void test_zero_window(void **state)
{
	(void)state;
	follow(OPENING "0.100 > A 1 len 1448 id 3\n0.150 < A 1 ack 1449 win 0\n0.600 > A 1448 len 1 id 4\n"
		       "0.650 < A 1 ack 1449 win 0\n1.600 > A 1448 len 1 id 5\n1.650 < A 1 ack 1449 win 500\n"
		       "1.651 > A 1449 len 1448 id 6\n1.700 < A 1 ack 2897 win 500\n");
}

/* A sender far from the tap: its ACKs are under way. And more than enough round trips for a histogram. */
static void test_far_sender(void **state)
{
	(void)state;
	char story[4096] = OPENING "0.100 > A 1 len 100 id 3\n0.150 < A 1 ack 101\n";
	for (unsigned i = 0; i < 20; i++) {
		char lines[128];
		snprintf(lines, sizeof lines, "0.%03u < A %u len 1448 ack 101\n0.%03u > A 101 ack %u id %u\n", 200 + 30 * i,
			 1 + 1448 * i, 215 + 30 * i, 1449 + 1448 * i, 4 + i);
		strcat(story, lines);
	}
	follow(story);
}

/* One that nobody answers, UDP, ICMP, one that is refused, one that is closed: the ends are told apart. */
static void test_many_kinds(void **state)
{
	(void)state;
	follow("0.000 > S 0 flow 1\n0.001 > udp len 50 flow 2\n0.002 > icmp 8 0 len 56 flow 3\n0.003 > S 0 flow 4\n"
	       "0.004 < RA 0 ack 1 flow 4\n0.010 > S 0 flow 5\n0.020 < SA 0 flow 5\n0.021 > A 1 flow 5\n"
	       "0.030 > FA 1 flow 5\n0.040 < FA 1 ack 2 flow 5\n0.041 > A 2 ack 2 flow 5\n1.000 > S 0 flow 1\n");
}

/* Places of flows that are over are not visited. */
static void test_only_live_ones(void **state)
{
	(void)state;
	struct trace seen = { 0 }, *trace = trace_new(NULL);
	engine_flows(trace->engine, take, &seen);
	assert_int_equal(seen.flow_count, 0);
	trace_feed(trace, "0.0 > udp len 10 flow 1\n0.1 > udp len 10 flow 2\n100.0 > udp len 10 flow 2\n");
	engine_advance(trace->engine, INT64_C(200000000000));
	assert_int_equal(trace->flow_count, 1);
	engine_flows(trace->engine, take, &seen);
	assert_int_equal(seen.flow_count, 1);
	assert_int_equal(seen.flows[0].id, 2);
	assert_int_equal(seen.flows[0].direction[C2S].packets, 2);
	free(seen.flows);
	trace_free(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hole),	   cmocka_unit_test(test_zero_window),	  cmocka_unit_test(test_far_sender),
		cmocka_unit_test(test_many_kinds), cmocka_unit_test(test_only_live_ones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
