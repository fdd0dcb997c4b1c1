/* Speaks for analyze/engine/ledger.c: what the rows of an interval say of round trips. */
#include "tests/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)

/* Round trips of 50, 90 and 60 ms within a second, and one of 70 ms in the next. */
static void test_round_trips_of_an_interval(void **state)
{
	(void)state;
	struct engine_options options;
	engine_options_default(&options);
	options.flow_timeline_packets = 0;
	struct trace *trace = trace_play(&(struct trace_options){ .engine = &options, .start_ns = 50 * SECOND },
					 "0.10 > A 1 len 100\n"
					 "0.15 < A 1 ack 101\n"
					 "0.20 > A 101 len 100\n"
					 "0.29 < A 1 ack 201\n"
					 "0.30 > A 201 len 100\n"
					 "0.36 < A 1 ack 301\n"
					 "1.10 > A 301 len 100\n"
					 "1.17 < A 1 ack 401\n");
	assert_int_equal(trace->flow_interval_count, 4);
	const struct flow_interval_facts *row = trace->flow_intervals;
	assert_int_equal(row[0].direction, C2S);
	assert_int_equal(row[0].rtt_samples, 3);
	assert_int_equal(row[0].rtt_min_ns, 50 * MS);
	assert_int_equal(row[0].rtt_max_ns, 90 * MS);
	assert_int_equal(row[0].rtt_mean_ns / 1000, 66666); /* 200 / 3 */
	assert_int_equal(row[2].direction, C2S);
	assert_int_equal(row[2].rtt_samples, 1);
	assert_int_equal(row[2].rtt_min_ns, 70 * MS);
	assert_int_equal(row[2].rtt_max_ns, 70 * MS);
	trace_free(trace);
}

/* The tap is at the client, 1 ms from it and 50 ms from the server: an interval tells of the longer way only. Round trips of 50, 90 and
 * 60 ms: the next differs by 40, then by 30. */
static void test_round_trips_of_the_longer_way(void **state)
{
	(void)state;
	struct trace *trace = trace_play(&(struct trace_options){ .start_ns = 50 * SECOND },
					 "0.000 > S 0 mss 1460\n"
					 "0.050 < SA 0 mss 1460\n"
					 "0.051 > A 1\n"
					 "1.100 > A 1 len 100\n"
					 "1.150 < A 1 ack 101\n"
					 "1.200 > A 101 len 100\n"
					 "1.290 < A 1 ack 201\n"
					 "1.300 > A 201 len 100\n"
					 "1.360 < A 1 ack 301\n"
					 "1.400 < A 1 ack 301 len 100\n"
					 "1.401 > A 301 ack 101\n");
	unsigned seen = 0;
	for (unsigned i = 0; i < trace->interval_count; i++) {
		const struct interval_facts *row = &trace->intervals[i];
		if (row->t_ns != 51 * SECOND)
			continue;
		seen++;
		assert_int_equal(row->rtt_samples, 3);
		assert_int_equal(row->rtt_min_ns, 50 * MS);
		assert_int_equal(row->rtt_max_ns, 90 * MS);
		assert_int_equal(row->rtt_jitter_ns, 35 * MS);
	}
	assert_int_equal(seen, 3); /* all, the service, the peer */
	trace_free(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trips_of_an_interval),
		cmocka_unit_test(test_round_trips_of_the_longer_way),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
