/* Speaks for analyze/engine/control/echo.c: pings that others send. Client 10.0.0.1 pings 192.0.2.1. */
#include "tests/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define MS 1000000

static const struct echo_facts *only_echo(const struct trace *trace)
{
	assert_int_equal(trace->echo_count, 1);
	return trace->echoes;
}

/* Sums over all intervals of scope all. */
static struct interval_facts all_of(const struct trace *trace)
{
	struct interval_facts sum = { .scope = SCOPE_ALL };
	for (unsigned i = 0; i < trace->interval_count; i++) {
		const struct interval_facts *row = &trace->intervals[i];
		if (row->scope != SCOPE_ALL)
			continue;
		sum.echo_requests += row->echo_requests;
		sum.echo_replies += row->echo_replies;
		sum.echo_lost += row->echo_lost;
		if (row->echo_max_ns > sum.echo_max_ns)
			sum.echo_max_ns = row->echo_max_ns;
	}
	return sum;
}

/* RTTs 10, 14, 12 and 30 ms: mean 16.5; differences 4, 2 and 18: mean 8. The third was lost, and the last two are too
 * young. */
static const char ping[] = "0.000 > icmp 8 0 sequence 1 len 56\n0.010 < icmp 0 0 sequence 1 len 56\n"
			   "1.000 > icmp 8 0 sequence 2 len 56\n1.014 < icmp 0 0 sequence 2 len 56\n"
			   "2.000 > icmp 8 0 sequence 3 len 56\n"
			   "3.000 > icmp 8 0 sequence 4 len 56\n3.012 < icmp 0 0 sequence 4 len 56\n"
			   "4.000 > icmp 8 0 sequence 5 len 56\n4.030 < icmp 0 0 sequence 5 len 56\n"
			   "5.000 > icmp 8 0 sequence 6 len 56\n7.900 > icmp 8 0 sequence 7 len 56\n";

static void test_a_ping(void **state)
{
	(void)state;
	for (unsigned ipv6 = 0; ipv6 < 2; ipv6++) {
		const struct trace_options options = { .ipv6 = ipv6 };
		struct trace *trace = trace_new(&options);
		if (ipv6) { /* types 128 and 129 */
			char script[sizeof ping * 2], *to = script;
			for (const char *at = ping; *at; at++) {
				if (!strncmp(at, "icmp 8", 6) || !strncmp(at, "icmp 0", 6)) {
					to += sprintf(to, "icmp %s", at[5] == '8' ? "128" : "129");
					at += 5;
				} else {
					*to++ = *at;
				}
			}
			*to = '\0';
			trace_feed(trace, script);
		} else {
			trace_feed(trace, ping);
		}
		trace_finish(trace);
		const struct echo_facts *echo = only_echo(trace);
		assert_int_equal(echo->requests, 7);
		assert_int_equal(echo->replies, 4);
		assert_int_equal(echo->lost, 1);
		assert_int_equal(echo->lost_run_max, 1);
		assert_int_equal(echo->duplicates, 0);
		assert_int_equal(echo->rtt_min_ns, 10 * MS);
		assert_int_equal(echo->rtt_mean_ns, 16500000);
		assert_int_equal(echo->rtt_max_ns, 30 * MS);
		assert_int_equal(echo->rtt_p95_ns, 30 * MS);
		assert_int_equal(echo->jitter_ns, 8 * MS);
		assert_int_equal(echo->first_lost_ns, 2000 * (int64_t)MS);
		assert_int_equal(echo->first_lost_frame, 5);
		const struct interval_facts all = all_of(trace);
		assert_int_equal(all.echo_requests, 7);
		assert_int_equal(all.echo_replies, 4);
		assert_int_equal(all.echo_lost, 1);
		assert_int_equal(all.echo_max_ns, 30 * MS);
		trace_free(trace);
	}
}

/* The numbers wrap between the second and the third; two in a row are lost, then one. */
static void test_numbers_wrap_and_runs(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.000 > icmp 8 0 sequence 65534\n0.001 < icmp 0 0 sequence 65534\n"
					       "0.100 > icmp 8 0 sequence 65535\n"
					       "0.200 > icmp 8 0 sequence 0\n"
					       "0.300 > icmp 8 0 sequence 1\n0.301 < icmp 0 0 sequence 1\n"
					       "0.400 > icmp 8 0 sequence 2\n"
					       "9.000 > udp\n");
	const struct echo_facts *echo = only_echo(trace);
	assert_int_equal(echo->lost, 3);
	assert_int_equal(echo->lost_run_max, 2);
	assert_int_equal(echo->first_lost_frame, 3);
	trace_free(trace);
}

/* The second reply comes from the network again; the third is the second as another interface has it. */
static void test_duplicates(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.000 > icmp 8 0 id 5\n0.0001 > icmp 8 0 id 5 mac 9 ttl 63\n"
					       "0.010 < icmp 0 0 id 6\n0.0101 < icmp 0 0 id 6 mac 9 ttl 63\n0.020 < icmp 0 0 id 6\n");
	const struct echo_facts *echo = only_echo(trace);
	assert_int_equal(echo->requests, 1);
	assert_int_equal(echo->replies, 1);
	assert_int_equal(echo->duplicates, 1);
	assert_int_equal(echo->rtt_max_ns, 10 * MS);
	trace_free(trace);
}

/* Only replies pass: nothing is known. Only requests pass: all of them are lost, as far as this tap can tell. */
static void test_one_way(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.0 < icmp 0 0 sequence 1\n1.0 < icmp 0 0 sequence 2\n");
	assert_int_equal(trace->echo_count, 0);
	trace_free(trace);
	trace = trace_play(NULL, "0.0 > icmp 8 0 sequence 1\n1.0 > icmp 8 0 sequence 2\n20.0 > udp\n");
	assert_int_equal(only_echo(trace)->lost, 2);
	assert_int_equal(trace->echoes->rtt_min_ns, NO_TIME);
	assert_int_equal(trace->echoes->jitter_ns, NO_TIME);
	trace_free(trace);
}

/* 192.0.2.255 may be all of 192.0.2.0/24: those who answer do it under their own addresses. */
static void test_broadcast_is_not_lost(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.0 > icmp 8 0 server 255\n0.1 < icmp 0 0 server 9\n20.0 > udp\n");
	assert_int_equal(only_echo(trace)->lost, 0);
	trace_free(trace);
}

/* A probe of traceroute is meant to die on its way. */
static void test_traceroute_is_not_lost(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.0 > icmp 8 0 ttl 3 sequence 1\n20.0 > udp\n");
	assert_int_equal(only_echo(trace)->requests, 1);
	assert_int_equal(trace->echoes->lost, 0);
	trace_free(trace);
	/* This one had 40 hops left; the time exceeded quotes it: 10.0.0.1 to 192.0.2.1, echo request 7, 1. */
	trace = trace_play(NULL, "0.0 > icmp 8 0 ttl 40 sequence 1\n"
				 "0.1 < icmp 11 0 server 9 hex 4500001c00004000010100000a000001c00002010800000000070001\n20.0 > udp\n");
	assert_int_equal(only_echo(trace)->lost, 0);
	trace_free(trace);
}

/* 300 are under way at once, in 3 s; each hundredth is lost. */
static void test_flood(void **state)
{
	(void)state;
	struct trace *trace = trace_new(NULL);
	for (unsigned i = 0; i < 1000; i++) {
		char line[80];
		snprintf(line, sizeof line, "%u.%03u > icmp 8 0 sequence %u\n", i / 100, i % 100 * 10, i);
		trace_feed(trace, line);
		if (i < 300 || (i - 300) % 100 == 50)
			continue;
		snprintf(line, sizeof line, "%u.%03u < icmp 0 0 sequence %u\n", i / 100, i % 100 * 10 + 1, i - 300);
		trace_feed(trace, line);
	}
	trace_feed(trace, "60.0 > udp\n");
	trace_finish(trace);
	const struct echo_facts *echo = only_echo(trace);
	assert_int_equal(echo->requests, 1000);
	assert_int_equal(echo->replies, 693); /* 700 less 50, 150, .. 650 */
	assert_int_equal(echo->lost, 307);
	assert_int_equal(echo->lost_run_max, 300);
	assert_int_equal(echo->rtt_min_ns, 3001 * (int64_t)MS);
	trace_free(trace);
}

/* 2^18 requests wait at a time, from four pings; 100 more in these 2.6 s push out the oldest, which nobody calls lost. */
static void test_too_many_wait(void **state)
{
	(void)state;
	struct trace *trace = trace_new(NULL);
	for (unsigned i = 0; i < 262144 + 100; i++) {
		char line[80];
		snprintf(line, sizeof line, "%u.%06u > icmp 8 0 ident %u sequence %u\n", i / 100000, i % 100000 * 10, i >> 16, i & 0xffff);
		trace_feed(trace, line);
	}
	trace_feed(trace, "60.0 > udp\n");
	trace_finish(trace);
	uint64_t lost = 0;
	for (size_t i = 0; i < trace->echo_count; i++)
		lost += trace->echoes[i].lost;
	assert_int_equal(trace_totals(trace).facts_dropped, 100);
	assert_int_equal(lost, 262144);
	trace_free(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_ping),
		cmocka_unit_test(test_numbers_wrap_and_runs),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_one_way),
		cmocka_unit_test(test_broadcast_is_not_lost),
		cmocka_unit_test(test_traceroute_is_not_lost),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_too_many_wait),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
