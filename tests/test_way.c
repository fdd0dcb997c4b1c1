/* Speaks for analyze/engine/way.c and checksum.c: TTL, DSCP, ECN, pauses, checksums of a flow; and the times of its ends. */
#include "tests/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include <string.h>

#define MS INT64_C(1000000)

/* A SYN proxy answers with another TTL, a firewall resets with another: only the change in between is one of the route. */
static void test_ttl(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.000 > S 0 mss 1460\n"
					       "0.001 < SA 0 mss 1460 ttl 128\n"
					       "0.002 > A 1\n"
					       "0.003 > A 1 len 100\n"
					       "0.010 < A 1 ack 101 len 10 ttl 57\n"
					       "0.020 < A 11 ack 101 len 10 ttl 57\n"
					       "0.030 < A 21 ack 101 len 10 ttl 55\n"
					       "0.040 < A 31 ack 101 len 10 ttl 55\n"
					       "0.050 < R 41 ttl 255\n"
					       "0.060 > A 101 ack 41 ttl 33\n");
	assert_int_equal(trace_side(trace, S2C)->ttl_changes, 1);
	assert_int_equal(trace_side(trace, S2C)->ttl_min, 55);
	assert_int_equal(trace_side(trace, S2C)->ttl_max, 255);
	assert_int_equal(trace_side(trace, C2S)->ttl_changes, 0);
	assert_int_equal(trace_count(trace, EVENT_TTL_CHANGE), 1);
	const struct event_facts *event = trace_event(trace, EVENT_TTL_CHANGE, 0);
	assert_int_equal(event->frame, 7);
	assert_int_equal(event->direction, S2C);
	assert_int_equal(event->seq, 57);
	assert_int_equal(event->len, 55);
	trace_free(trace);
}

/* Copies of one packet, a hop apart: no change. */
static void test_ttl_of_copies(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.000000 > A 1 len 100 id 1 ttl 64 mac 1\n"
					       "0.000010 > A 1 len 100 id 1 ttl 63 mac 2\n"
					       "0.001000 > A 101 len 100 id 2 ttl 64 mac 1\n"
					       "0.001010 > A 101 len 100 id 2 ttl 63 mac 2\n");
	assert_int_equal(trace_side(trace, C2S)->tap_duplicates, 2);
	assert_int_equal(trace_side(trace, C2S)->ttl_changes, 0);
	trace_free(trace);
}

/* Two routes that take turns: all changes are counted, 16 are told. */
static void test_ttl_of_turns(void **state)
{
	(void)state;
	struct trace *trace = trace_new(NULL);
	for (unsigned i = 0; i < 20; i++) {
		char line[48];
		snprintf(line, sizeof line, "0.1 > udp len 10 ttl %u fill %u\n", i % 2 ? 60 : 61, i);
		trace_feed(trace, line);
	}
	trace_feed(trace, "0.1 > udp len 10 ttl 1\n"); /* a probe */
	trace_finish(trace);
	assert_int_equal(trace_side(trace, C2S)->ttl_changes, 19);
	assert_int_equal(trace_count(trace, EVENT_TTL_CHANGE), 16);
	trace_free(trace);
}

static void test_dscp_and_ecn(void **state)
{
	(void)state;
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct trace_options options = { .ipv6 = ipv6 };
		struct trace *trace = trace_play(&options, "0.000 > S 0 mss 1460 dscp 46\n"
							   "0.001 < SA 0 mss 1460\n"
							   "0.002 > A 1 dscp 46\n"
							   "0.003 > A 1 len 100 dscp 46 ect\n"
							   "0.004 > A 101 len 100 dscp 10 ect\n"
							   "0.005 > A 201 len 100 dscp 10 ce\n");
		assert_int_equal(trace_side(trace, C2S)->dscp, 46);
		assert_int_equal(trace_side(trace, C2S)->dscp_changes, 1);
		assert_int_equal(trace_side(trace, C2S)->ect_packets, 3);
		assert_int_equal(trace_side(trace, C2S)->ce_marks, 1);
		assert_int_equal(trace_side(trace, S2C)->dscp, 0);
		assert_int_equal(trace_side(trace, S2C)->ect_packets, 0);
		trace_free(trace);
	}
}

static void test_gaps(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.000 > udp len 10\n"
					       "0.100 > udp len 10\n"
					       "0.150 < udp len 10\n"
					       "0.400 > udp len 10\n"
					       "0.500 > udp len 10\n");
	assert_int_equal(trace_side(trace, C2S)->gap_max_ns, 300 * MS);
	assert_int_equal(trace_side(trace, C2S)->gap_end_ns, 400 * MS);
	assert_int_equal(trace_side(trace, C2S)->gap_end_frame, 4);
	assert_true(trace_side(trace, S2C)->gap_max_ns == NO_TIME);
	trace_free(trace);
}

static void test_times(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "1.000 > S 0 mss 1460\n"
					       "2.000 > S 0 mss 1460\n"
					       "2.010 < SA 0 mss 1460\n"
					       "2.020 > A 1\n"
					       "3.000 > FA 1\n"
					       "3.500 < A 1 ack 2\n"
					       "4.000 < FA 1 ack 2\n"
					       "4.100 < FA 1 ack 2\n"
					       "4.200 < R 2\n");
	const struct flow_facts *flow = trace_flow(trace);
	assert_int_equal(flow->syn_ns, 1000 * MS);
	assert_int_equal(flow->syn_ack_ns, 2010 * MS);
	assert_int_equal(flow->reset_ns, 4200 * MS);
	assert_int_equal(flow->direction[C2S].fin_ns, 3000 * MS);
	assert_int_equal(flow->direction[C2S].fin_acked_ns, 3500 * MS);
	assert_int_equal(flow->direction[S2C].fin_ns, 4000 * MS);
	assert_true(flow->direction[S2C].fin_acked_ns == NO_TIME);
	trace_free(trace);
	trace = trace_play(NULL, "1.000 > A 1 len 10\n");
	assert_true(trace_flow(trace)->syn_ns == NO_TIME && trace_flow(trace)->reset_ns == NO_TIME);
	assert_true(trace_side(trace, C2S)->fin_ns == NO_TIME);
	trace_free(trace);
}

#define OPENING                                        \
	"0.000 > S 0 mss 1460 sum right id 1\n"        \
	"0.010 < SA 0 mss 1460 sum right id 1\n"       \
	"0.020 > A 1 sum right id 2\n"

/* A bit of the second segment flips before the tap: the receiver drops it, and gets it again. */
static void test_damaged(void **state)
{
	(void)state;
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct trace_options options = { .ipv6 = ipv6 };
		struct trace *trace = trace_play(&options, OPENING "0.030 > A 1 len 1000 sum right id 3\n"
								   "0.031 > A 1001 len 1001 sum wrong id 4\n"
								   "0.032 > A 2002 len 1000 sum right id 5\n"
								   "0.040 < A 1 ack 1001 sum right id 2\n"
								   "0.050 > A 1001 len 1001 sum right id 6\n"
								   "0.060 < A 1 ack 3002 sum right id 3\n");
		const struct direction_facts *side = trace_side(trace, C2S);
		assert_int_equal(side->checksum_errors, 1);
		assert_int_equal(side->retransmitted_segments, 1);
		assert_int_equal(side->lost_downstream, 1);
		assert_int_equal(side->lost_upstream, 0);
		assert_int_equal(side->new_bytes, 3001);
		assert_int_equal(side->acked_bytes, 3001);
		assert_int_equal(side->spurious_retransmissions, 0);
		assert_int_equal(trace_event(trace, EVENT_CHECKSUM_ERROR, 0)->frame, 5);
		assert_int_equal(trace_totals(trace).checksum_errors, 1);
		assert_int_equal(trace_totals(trace).checksum_offloads, 0);
		trace_free(trace);
	}
}

/* It is the last that is seen of the flow: nobody has sent it again, and it is lost all the same. */
static void test_damaged_tail(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, OPENING "0.030 > A 1 len 1000 sum wrong id 3\n");
	assert_int_equal(trace_side(trace, C2S)->checksum_errors, 1);
	assert_int_equal(trace_side(trace, C2S)->lost_downstream, 1);
	assert_int_equal(trace_side(trace, C2S)->data_bytes, 1000);
	trace_free(trace);
}

/* What a damaged header says is not believed: an ACK of what was never sent, a FIN, a reset. */
static void test_damaged_header(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, OPENING "0.025 < A 1 ack 1 sum right id 1\n"
						       "0.030 < RA 1 ack 1 sum wrong id 2\n"
						       "0.031 < FA 1 ack 90000 sum wrong id 3\n"
						       "0.040 < A 1 ack 1 len 10 sum right id 4\n"
						       "0.041 < A 11 ack 1 len 10 sum right id 5\n");
	assert_int_equal(trace_flow(trace)->state, FLOW_ESTABLISHED);
	assert_int_equal(trace_side(trace, S2C)->checksum_errors, 2);
	assert_int_equal(trace_flow(trace)->reset_by, -1);
	trace_free(trace);
}

/* The capturing host leaves them to its interface: nothing is wrong. */
static void test_offload(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, OPENING "0.030 > A 1 len 1000 sum partial id 3\n"
						       "0.031 > A 1001 len 1000 sum zero id 4\n"
						       "0.032 > A 2001 len 40000 sum wrong id 5\n" /* a super-segment */
						       "0.040 < A 1 ack 42001 sum right id 2\n");
	assert_int_equal(trace_side(trace, C2S)->checksum_errors, 0);
	assert_int_equal(trace_totals(trace).checksum_offloads, 3);
	assert_int_equal(trace_side(trace, C2S)->acked_bytes, 42000);
	trace_free(trace);
}

/* Garbage in all that one host sends, as in old captures of Windows. */
static void test_garbage(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.000 > S 0 mss 1460 sum wrong id 1\n"
					       "0.010 < SA 0 mss 1460 sum right id 1\n"
					       "0.020 > A 1 sum wrong id 2\n"
					       "0.030 > A 1 len 1000 sum wrong id 3\n"
					       "0.040 < A 1 ack 1001 sum right id 2\n");
	assert_int_equal(trace_side(trace, C2S)->checksum_errors, 0);
	assert_int_equal(trace_totals(trace).checksum_offloads, 3);
	assert_int_equal(trace_side(trace, C2S)->acked_bytes, 1000);
	assert_int_equal(trace_flow(trace)->state, FLOW_ESTABLISHED);
	trace_free(trace);
}

/* What was not captured whole can't be judged. */
static void test_snapped(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, OPENING "0.030 > A 1 len 1000 sum wrong id 3 snap 96\n");
	assert_int_equal(trace_side(trace, C2S)->checksum_errors, 0);
	assert_int_equal(trace_totals(trace).checksum_offloads, 0);
	trace_free(trace);
}

static void test_other_protocols(void **state)
{
	(void)state;
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct trace_options options = { .ipv6 = ipv6 };
		struct trace *trace = trace_play(&options, "0.000 > udp len 11 sum right\n"
							   "0.010 > udp len 11 sum wrong\n"
							   "0.020 > udp len 11 sum partial\n"
							   "0.030 > udp len 11 sum zero\n"); /* UDP has none, IPv4 leaves it */
		assert_int_equal(trace_side(trace, C2S)->checksum_errors, 1);
		assert_int_equal(trace_side(trace, C2S)->packets, 4);
		assert_int_equal(trace_totals(trace).checksum_offloads, 1);
		trace_free(trace);
	}
	struct trace *trace = trace_play(NULL, "0.000 > icmp 8 0 len 56 sum right\n"
					       "0.010 > icmp 8 0 len 56 sum wrong\n");
	assert_int_equal(trace_side(trace, C2S)->checksum_errors, 1);
	trace_free(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ttl),
		cmocka_unit_test(test_ttl_of_copies),
		cmocka_unit_test(test_ttl_of_turns),
		cmocka_unit_test(test_dscp_and_ecn),
		cmocka_unit_test(test_gaps),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_damaged_tail),
		cmocka_unit_test(test_damaged_header),
		cmocka_unit_test(test_offload),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_snapped),
		cmocka_unit_test(test_other_protocols),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
