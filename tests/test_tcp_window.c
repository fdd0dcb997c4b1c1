/* Speaks for analyze/engine/tcp_window.c and the probes in tcp_data.c: windows and probes. */
#include "tests/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MS 1000000

#define PLAIN                              \
	"0.000 > S 0 mss 1460\n"           \
	"0.050 < SA 0 mss 1460 win 4380\n" \
	"0.051 > A 1\n"

/* Shifts of 7 and 3: 100 << 7 = 12800, 1000 << 3 = 8000, 2000 << 3 = 16000. The windows in SYNs stay out. */
static void test_scale(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.000 > S 0 mss 1460 ws 7 win 64240\n"
					 "0.050 < SA 0 mss 1460 ws 3 win 65160\n"
					 "0.051 > A 1 win 100\n"
					 "0.060 < A 1 win 1000\n"
					 "0.061 < A 1 win 2000\n");
	const struct direction_facts *client = trace_side(trace, C2S), *server = trace_side(trace, S2C);
	assert_int_equal(client->window_scale, 7);
	assert_int_equal(server->window_scale, 3);
	assert_int_equal(client->window_min, 12800);
	assert_int_equal(client->window_max, 12800);
	assert_int_equal(server->window_min, 8000);
	assert_int_equal(server->window_max, 16000);
	trace_free(trace);
}

/* RFC 7323 2.2: scaling is on only if both SYNs have the option. */
static void test_scale_of_one_side(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.000 > S 0 mss 1460 ws 7\n"
					 "0.050 < SA 0 mss 1460\n"
					 "0.051 > A 1 win 100\n"
					 "0.060 < A 1 win 1000\n");
	assert_int_equal(trace_side(trace, C2S)->window_scale, 7);
	assert_int_equal(trace_side(trace, S2C)->window_scale, -2);
	assert_int_equal(trace_side(trace, C2S)->window_max, 100);
	assert_int_equal(trace_side(trace, S2C)->window_max, 1000);
	trace_free(trace);
}

static void test_no_scale(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.000 > S 0\n0.050 < SA 0\n0.051 > A 1 win 100\n0.06 < A 1 win 1000\n");
	assert_int_equal(trace_side(trace, C2S)->window_scale, -2);
	assert_int_equal(trace_side(trace, S2C)->window_scale, -2);
	assert_int_equal(trace_side(trace, C2S)->window_min, 100);
	assert_int_equal(trace_side(trace, S2C)->window_min, 1000);
	trace_free(trace);
}

/* RFC 7323 2.3: a shift above 14 counts as 14: 2 << 14 = 32768. */
static void test_scale_too_large(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.000 > S 0 ws 200\n0.050 < SA 0 ws 0\n0.051 > A 1 win 2\n");
	assert_int_equal(trace_side(trace, C2S)->window_max, 32768);
	trace_free(trace);
}

static void test_without_handshake(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.100 > A 1 len 100 win 500\n"
					 "0.150 < A 1 ack 101 win 0\n"
					 "0.250 < A 1 ack 101 win 500\n");
	assert_true(trace_side(trace, C2S)->window_min == UINT64_MAX);
	assert_true(trace_side(trace, S2C)->window_max == UINT64_MAX);
	assert_int_equal(trace_side(trace, C2S)->window_scale, -1);
	assert_true(trace_side(trace, C2S)->window_full == UINT64_MAX);
	assert_true(trace_side(trace, C2S)->limited_receive_window_ns == NO_TIME);
	assert_int_equal(trace_side(trace, S2C)->zero_windows, 1); /* 0 is 0 under any shift */
	assert_int_equal(trace_side(trace, S2C)->zero_window_ns, 100 * MS);
	trace_free(trace);
}

/* Closed from 0.150 to 1.150. Linux probes with no data at the byte before the next (tcp_xmit_probe_skb); others with
 * the next byte itself (RFC 9293 3.8.6.1), which then goes out for good with the rest. */
static void test_zero_window(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, PLAIN
					 "0.100 > A 1 len 1460 id 1\n"
					 "0.150 < A 1 ack 1461 win 0\n"
					 "0.350 > A 1460 id 2\n"
					 "0.400 < A 1 ack 1461 win 0\n"
					 "0.800 > A 1461 len 1 id 3\n"
					 "0.850 < A 1 ack 1461 win 0\n"
					 "1.150 < A 1 ack 1461 win 4380\n"
					 "1.151 > A 1461 len 1460 id 4\n"
					 "1.201 < A 1 ack 2921 win 4380\n");
	const struct direction_facts *client = trace_side(trace, C2S), *server = trace_side(trace, S2C);
	assert_int_equal(server->zero_windows, 1);
	assert_int_equal(server->zero_window_ns, 1000 * MS);
	assert_int_equal(server->window_min, 0);
	assert_int_equal(client->zero_windows, 0);
	assert_int_equal(client->zero_window_probes, 2);
	assert_int_equal(client->keep_alives, 0);
	assert_int_equal(client->retransmitted_segments, 0);
	assert_int_equal(client->new_bytes, 2920);
	assert_int_equal(client->acked_bytes, 2920);
	assert_int_equal(client->limited_zero_window_ns, 1000 * MS);
	assert_int_equal(trace_count(trace, EVENT_ZERO_WINDOW), 1);
	assert_int_equal(trace_event(trace, EVENT_ZERO_WINDOW, 0)->direction, S2C);
	assert_int_equal(trace_event(trace, EVENT_ZERO_WINDOW_END, 0)->value_ns, 1000 * MS);
	assert_int_equal(trace_count(trace, EVENT_ZERO_WINDOW_PROBE), 2);
	trace_free(trace);
}

/* The receiver takes the probe's byte though its window is closed. */
static void test_probe_accepted(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, PLAIN
					 "0.100 > A 1 len 1460\n"
					 "0.150 < A 1 ack 1461 win 0\n"
					 "0.350 > A 1461 len 1\n"
					 "0.400 < A 1 ack 1462 win 4380\n"
					 "0.401 > A 1462 len 100\n"
					 "0.451 < A 1 ack 1562 win 4380\n");
	const struct direction_facts *client = trace_side(trace, C2S);
	assert_int_equal(client->zero_window_probes, 1);
	assert_int_equal(client->retransmitted_segments + client->capture_gap_bytes, 0);
	assert_int_equal(client->acked_bytes, 1561);
	assert_int_equal(client->new_bytes, 1561);
	trace_free(trace);
}

/* Still closed at the last packet. */
static void test_zero_window_at_the_end(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, PLAIN
					 "0.100 > A 1 len 1460\n"
					 "0.150 < A 1 ack 1461 win 0\n"
					 "0.350 > A 1460\n");
	assert_int_equal(trace_side(trace, S2C)->zero_windows, 1);
	assert_int_equal(trace_side(trace, S2C)->zero_window_ns, 200 * MS);
	assert_int_equal(trace_count(trace, EVENT_ZERO_WINDOW_END), 0);
	trace_free(trace);
}

/* A RST's window means nothing; many stacks put 0 there. */
static void test_zero_window_of_reset(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, PLAIN "0.100 > A 1 len 100\n0.150 < RA 1 ack 101 win 0\n");
	assert_int_equal(trace_side(trace, S2C)->zero_windows, 0);
	trace_free(trace);
}

/* Three segments fill the window of 3 * 1460. */
static void test_window_full(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, PLAIN
					 "0.100 > A 1 len 1460\n"
					 "0.101 > A 1461 len 1460\n"
					 "0.102 > A 2921 len 1460\n"
					 "0.152 < A 1 ack 4381 win 4380\n");
	assert_int_equal(trace_side(trace, C2S)->window_full, 1);
	assert_int_equal(trace_count(trace, EVENT_WINDOW_FULL), 1);
	assert_int_equal(trace_event(trace, EVENT_WINDOW_FULL, 0)->frame, 6);
	assert_int_equal(trace_event(trace, EVENT_WINDOW_FULL, 0)->direction, C2S);
	trace_free(trace);
}

/* The window in a SYN-ACK is not scaled (RFC 7323 2.2): 2920 bytes, though the shift is 7. */
static void test_window_full_after_syn(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.000 > S 0 mss 1460 ws 7\n"
					 "0.050 < SA 0 mss 1460 ws 7 win 2920\n"
					 "0.051 > A 1\n"
					 "0.100 > A 1 len 1460\n"
					 "0.101 > A 1461 len 1460\n");
	assert_int_equal(trace_side(trace, C2S)->window_full, 1);
	trace_free(trace);
}

/* RFC 9293 3.8.4: a segment at the byte before the next, with none or one byte of garbage. */
static void test_keep_alive(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, PLAIN
					 "0.100 > A 1 len 1000\n"
					 "0.150 < A 1 ack 1001\n"
					 "60.000 > A 1000\n"
					 "60.050 < A 1 ack 1001\n"
					 "120.000 > A 1000 len 1\n"
					 "120.050 < A 1 ack 1001\n"
					 "130.000 < A 0 ack 1001\n"
					 "130.001 > A 1001\n");
	assert_int_equal(trace_side(trace, C2S)->keep_alives, 2);
	assert_int_equal(trace_side(trace, S2C)->keep_alives, 1);
	assert_int_equal(trace_side(trace, C2S)->retransmitted_segments, 0);
	assert_int_equal(trace_side(trace, C2S)->zero_window_probes, 0);
	assert_int_equal(trace_side(trace, C2S)->new_bytes, 1000);
	assert_int_equal(trace_side(trace, S2C)->duplicate_acks, 0);
	assert_int_equal(trace_count(trace, EVENT_KEEP_ALIVE), 3);
	trace_free(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scale),
		cmocka_unit_test(test_scale_of_one_side),
		cmocka_unit_test(test_no_scale),
		cmocka_unit_test(test_scale_too_large),
		cmocka_unit_test(test_without_handshake),
		cmocka_unit_test(test_zero_window),
		cmocka_unit_test(test_probe_accepted),
		cmocka_unit_test(test_zero_window_at_the_end),
		cmocka_unit_test(test_zero_window_of_reset),
		cmocka_unit_test(test_window_full),
		cmocka_unit_test(test_window_full_after_syn),
		cmocka_unit_test(test_keep_alive),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
