/* Speaks for analyze/engine/limit_account.c: what held a sender back, told by the rows of its flow: each time once, and none as what it
 * later turns out not to have been. */
#include "tests/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define MS 1000000LL
#define SECOND (1000 * MS)
#define START (1000 * SECOND)

#define PLAIN                              \
	"0.000 > S 0 mss 1460\n"           \
	"0.050 < SA 0 mss 1460 win 4380\n" \
	"0.051 > A 1\n"

static struct trace *play(const char *script)
{
	struct engine_options engine;
	engine_options_default(&engine);
	engine.interval_ns = 100 * MS;
	engine.flow_timeline_packets = 0;
	return trace_play(&(struct trace_options){ .engine = &engine, .start_ns = START }, script);
}

/* The row of the first flow that begins at `t_ms`. NULL: there is none; two fail. */
static const struct flow_interval_facts *row_at(const struct trace *trace, enum direction direction, int64_t t_ms)
{
	const struct flow_interval_facts *found = NULL;
	for (unsigned i = 0; i < trace->flow_interval_count; i++) {
		const struct flow_interval_facts *row = &trace->flow_intervals[i];
		if (row->flow_id != 1 || row->direction != direction || row->t_ns != START + t_ms * MS)
			continue;
		assert_null(found);
		found = row;
	}
	return found;
}

static void expect(const struct trace *trace, int64_t t_ms, int64_t handshake_ms, int64_t application_ms, int64_t receive_window_ms,
		   int64_t zero_window_ms, int64_t recovery_ms, int64_t network_ms)
{
	const struct flow_interval_facts *row = row_at(trace, C2S, t_ms);
	assert_non_null(row);
	assert_int_equal(row->limited_handshake_ns, handshake_ms * MS);
	assert_int_equal(row->limited_application_ns, application_ms * MS);
	assert_int_equal(row->limited_receive_window_ns, receive_window_ms * MS);
	assert_int_equal(row->limited_zero_window_ns, zero_window_ms * MS);
	assert_int_equal(row->limited_recovery_ns, recovery_ms * MS);
	assert_int_equal(row->limited_network_ns, network_ms * MS);
}

/* As test_limits of test_tcp_limits.c, cut every 100 ms; what is behind the newest packet waits for the next row:
 *   0 - 100    handshake 0 - 51
 *   100 - 200  application 51 - 100, network 100 - 150
 *   200 - 300  application 150 - 200, receive window 200 - 250
 *   300 - 400  without packets: no row
 *   400 - 500  zero window 250 - 450
 *   500 - 600  application 450 - 500, network 500 - 550 */
static void each_row_goes_on_where_the_last_one_ended(void **state)
{
	(void)state;
	struct trace *trace = play(PLAIN
				   "0.100 > A 1 len 1460\n"
				   "0.150 < A 1 ack 1461 win 4380\n"
				   "0.200 > A 1461 len 1460\n"
				   "0.200 > A 2921 len 1460\n"
				   "0.200 > A 4381 len 1460\n"
				   "0.250 < A 1 ack 5841 win 0\n"
				   "0.450 < A 1 ack 5841 win 4380\n"
				   "0.500 > A 5841 len 1460\n"
				   "0.550 < A 1 ack 7301 win 4380\n");
	expect(trace, 0, 51, 0, 0, 0, 0, 0);
	expect(trace, 100, 0, 49, 0, 0, 0, 50);
	expect(trace, 200, 0, 50, 50, 0, 0, 0);
	assert_null(row_at(trace, C2S, 300));
	expect(trace, 400, 0, 0, 0, 200, 0, 0);
	expect(trace, 500, 0, 50, 0, 0, 0, 50);
	trace_free(trace);
}

/* From 100 ms on nothing is acknowledged, and room in the window is no answer; but only the retransmission at 320 ms says
 * that the sender waited for its timer, and until 370 ms repaired: 270 ms of recovery, told at once. Until then no row calls
 * it network. */
static void a_timer_is_told_when_it_has_expired(void **state)
{
	(void)state;
	struct trace *trace = play(PLAIN
				   "0.100 > A 1 len 1460\n"
				   "0.150 < A 1 ack 1 win 5000\n"
				   "0.210 < A 1 ack 1 win 6000\n"
				   "0.320 > A 1 len 1460\n"
				   "0.370 < A 1 ack 1461 win 4380\n");
	expect(trace, 100, 0, 49, 0, 0, 0, 0);
	expect(trace, 200, 0, 0, 0, 0, 0, 0);
	expect(trace, 300, 0, 0, 0, 0, 270, 0);
	assert_int_equal(trace_side(trace, C2S)->limited_recovery_ns, 270 * MS);
	trace_free(trace);
}

/* The connection falls silent at 150 ms, before anybody can say what that was, while another one goes on: 50 ms of network, in a row
 * without packets after its last. */
static void what_nobody_decides_has_a_row_of_its_own(void **state)
{
	(void)state;
	struct trace *trace = play(PLAIN
				   "0.100 > A 1 len 1460\n"
				   "0.150 < A 1 ack 1 win 5000\n"
				   "5.000 > S 0 flow 2\n");
	expect(trace, 100, 0, 49, 0, 0, 0, 0);
	expect(trace, 200, 0, 0, 0, 0, 0, 50);
	assert_int_equal(row_at(trace, C2S, 200)->packets, 0);
	assert_non_null(row_at(trace, S2C, 200));
	trace_free(trace);
}

/* Nothing comes of the other side from 100 ms to 250 ms, but the segment of 180 ms says that the network held until then; what is behind it
 * waits for the next row. */
static void the_newest_data_says_how_long_it_was(void **state)
{
	(void)state;
	struct trace *trace = play(PLAIN
				   "0.100 > A 1 len 1460\n"
				   "0.180 > A 1461 len 1460\n"
				   "0.250 < A 1 ack 2921 win 4380\n");
	expect(trace, 100, 0, 49, 0, 0, 0, 80);
	expect(trace, 200, 0, 0, 0, 0, 0, 70);
	trace_free(trace);
}

/* A pause of the program is told when it has lasted a second: a shorter one may be the queue before a tap that is far from the sender. */
static void a_short_pause_may_be_a_queue(void **state)
{
	(void)state;
	struct trace *trace = play(PLAIN
				   "0.100 > A 1 len 100\n"
				   "0.110 < A 1 ack 101\n"
				   "0.600 < A 1 ack 101 len 100\n"
				   "1.300 < A 101 ack 101 len 100\n");
	expect(trace, 600, 0, 0, 0, 0, 0, 0);
	expect(trace, 1300, 0, 1190, 0, 0, 0, 0);
	trace_free(trace);
}

/* Of a connection that is closed all is told in the rows of its packets: no more come. */
static void a_closed_connection_has_no_row_behind_its_packets(void **state)
{
	static const struct {
		const char *end;
		int64_t application_ms, network_ms;
	} cases[] = {
		/* 51 - 60, 70 - 80 and 85 - 90; 60 - 70, and the FIN 80 - 85 */
		{ "0.080 > FA 101 ack 1\n0.085 < FA 1 ack 102\n0.090 > A 102 ack 2\n", 24, 15 },
		{ "0.090 > R 101\n", 29, 10 },
	};
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		char script[512];
		snprintf(script, sizeof script, PLAIN "0.060 > A 1 len 100\n0.070 < A 1 ack 101\n%s5.000 > S 0 flow 2\n", cases[i].end);
		struct trace *trace = play(script);
		expect(trace, 0, 51, cases[i].application_ms, 0, 0, 0, cases[i].network_ms);
		assert_null(row_at(trace, C2S, 100));
		trace_free(trace);
	}
}

/* A row is only told what is known: no windows without their scale, no limits of UDP. */
static void what_is_not_known_is_said(void **state)
{
	(void)state;
	struct trace *trace = play("0.000 > A 1 len 1460\n"
				   "0.050 < A 1 ack 1461\n");
	assert_true(row_at(trace, C2S, 0)->limited_receive_window_ns == NO_TIME);
	assert_true(row_at(trace, S2C, 0)->limited_network_ns == 0);
	trace_free(trace);
	trace = play("0.000 > udp len 100\n");
	assert_true(row_at(trace, C2S, 0)->limited_network_ns == NO_TIME);
	trace_free(trace);
}

/* Times that are no whole microseconds: each sum is rounded, not each row, so that the rows add up to it. 1.4 us of
 * application, 100000.4 and 100000.8 make 200002.6, which is 200003; rows rounded alone, and a sum that is cut, would say 200002. */
static void rounded_rows_add_up(void **state)
{
	(void)state;
	struct trace *trace = play("0.0 > S 0 mss 1460\n0.0 < SA 0 mss 1460\n0.0 > A 1\n"
				   "0.0000014 > A 1 len 1460\n0.0000014 < A 1 ack 1461\n"
				   "0.1000018 > A 1461 len 1460\n0.1000018 < A 1 ack 2921\n"
				   "0.2000026 > A 2921 len 1460\n0.2000026 < A 1 ack 4381\n"
				   "0.2000026 > FA 4381 ack next\n0.2000026 < FA 1 ack next\n0.2000026 > A 4382 ack next\n");
	int64_t told_ns = 0;
	for (unsigned i = 0; i < trace->flow_interval_count; i++)
		if (trace->flow_intervals[i].direction == C2S)
			told_ns += trace->flow_intervals[i].limited_application_ns;
	assert_int_equal(trace_side(trace, C2S)->limited_application_ns, 200002600);
	assert_int_equal(told_ns, 200003000);
	trace_free(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_goes_on_where_the_last_one_ended), cmocka_unit_test(a_timer_is_told_when_it_has_expired),
		cmocka_unit_test(what_nobody_decides_has_a_row_of_its_own), cmocka_unit_test(what_is_not_known_is_said),
		cmocka_unit_test(rounded_rows_add_up),
		cmocka_unit_test(the_newest_data_says_how_long_it_was), cmocka_unit_test(a_short_pause_may_be_a_queue),
		cmocka_unit_test(a_closed_connection_has_no_row_behind_its_packets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
