/* Speaks for analyze/engine/tcp_limits.c: what held a sender back, for how long, and that both ends tell the same. */
#include "tests/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define MS 1000000LL

#define PLAIN                              \
	"0.000 > S 0 mss 1460\n"           \
	"0.050 < SA 0 mss 1460 win 4380\n" \
	"0.051 > A 1\n"

#define SACK                            \
	"0.000 > S 0 mss 1460 sack\n"   \
	"0.050 < SA 0 mss 1460 sack\n"  \
	"0.051 > A 1\n"

/* Four segments, of which the first is lost; repaired at 0.153, all is acknowledged at 0.203. */
#define ONE_LOSS                                   \
	SACK                                       \
	"0.100 > A 1 len 1460 id 1\n"              \
	"0.100 > A 1461 len 1460 id 2\n"           \
	"0.100 > A 2921 len 1460 id 3\n"           \
	"0.100 > A 4381 len 1460 id 4\n"           \
	"0.150 < A 1 ack 1 sack 1461-2921\n"       \
	"0.151 < A 1 ack 1 sack 1461-4381\n"       \
	"0.152 < A 1 ack 1 sack 1461-5841\n"       \
	"0.153 > A 1 len 1460 id 5\n"              \
	"0.203 < A 1 ack 5841\n"

static int64_t sum_of_limits(const struct direction_facts *facts)
{
	bool window_known = facts->limited_receive_window_ns != NO_TIME;
	return facts->limited_handshake_ns + facts->limited_application_ns +
	       (window_known ? facts->limited_receive_window_ns : 0) + facts->limited_zero_window_ns +
	       facts->limited_recovery_ns + facts->limited_network_ns;
}

/* From 0.000 to 0.550:
 *   handshake       0.000 - 0.051                                 51
 *   application     0.051 - 0.100, 0.150 - 0.200, 0.450 - 0.500   49 + 50 + 50
 *   network         0.100 - 0.150, 0.500 - 0.550                  50 + 50
 *   receive window  0.200 - 0.250                                 50
 *   zero window     0.250 - 0.450                                 200 */
static void test_limits(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, PLAIN
					 "0.100 > A 1 len 1460\n"
					 "0.150 < A 1 ack 1461 win 4380\n"
					 "0.200 > A 1461 len 1460\n"
					 "0.200 > A 2921 len 1460\n"
					 "0.200 > A 4381 len 1460\n"
					 "0.250 < A 1 ack 5841 win 0\n"
					 "0.450 < A 1 ack 5841 win 4380\n"
					 "0.500 > A 5841 len 1460\n"
					 "0.550 < A 1 ack 7301 win 4380\n");
	const struct direction_facts *client = trace_side(trace, C2S), *server = trace_side(trace, S2C);
	assert_int_equal(client->limited_application_ns, 149 * MS);
	assert_int_equal(client->limited_network_ns, 100 * MS);
	assert_int_equal(client->limited_receive_window_ns, 50 * MS);
	assert_int_equal(client->limited_zero_window_ns, 200 * MS);
	assert_int_equal(client->limited_recovery_ns, 0);
	assert_int_equal(server->limited_application_ns, 499 * MS);
	assert_int_equal(client->limited_handshake_ns, 51 * MS);
	assert_int_equal(server->limited_handshake_ns, 51 * MS);
	assert_int_equal(sum_of_limits(client), 550 * MS);
	assert_int_equal(sum_of_limits(server), 550 * MS);
	trace_free(trace);
}

/* Three segments fill the window, and its 500 bytes that open at 0.150 are not enough for another. The sender waits, until the
 * persist timer lets it send them at 0.400. Receive window: 0.100 to 0.450; then there is room, and nothing to send. */
static void test_window_with_little_room(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, PLAIN
					 "0.100 > A 1 len 1460\n"
					 "0.100 > A 1461 len 1460\n"
					 "0.100 > A 2921 len 1460\n"
					 "0.150 < A 1 ack 4381 win 500\n"
					 "0.400 > A 4381 len 500\n"
					 "0.450 < A 1 ack 4881 win 4380\n"
					 "0.500 < A 1 ack 4881 win 5000\n");
	const struct direction_facts *client = trace_side(trace, C2S);
	assert_int_equal(client->limited_receive_window_ns, 350 * MS);
	assert_int_equal(client->limited_application_ns, 49 * MS + 50 * MS);
	assert_int_equal(sum_of_limits(client), 500 * MS);
	trace_free(trace);
}

/* Recovery lasts from the repair at 0.155 to the ACK of all that was out when it began, at 0.205. */
static void test_limited_by_recovery(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.000 > S 0 mss 1460 sack\n"
					 "0.050 < SA 0 mss 1460 sack\n"
					 "0.051 > A 1\n"
					 "0.100 > A 1 len 1460 id 1\n"
					 "0.101 > A 1461 len 1460 id 2\n"
					 "0.102 > A 2921 len 1460 id 3\n"
					 "0.153 < A 1 ack 1 sack 1461-2921\n"
					 "0.154 < A 1 ack 1 sack 1461-4381\n"
					 "0.155 > A 1 len 1460 id 4\n"
					 "0.205 < A 1 ack 4381\n");
	const struct direction_facts *client = trace_side(trace, C2S);
	assert_int_equal(client->limited_application_ns, 49 * MS);
	assert_int_equal(client->limited_network_ns, 55 * MS);
	assert_int_equal(client->limited_recovery_ns, 50 * MS);
	assert_int_equal(sum_of_limits(client), 205 * MS);
	trace_free(trace);
}

/* A SYN sent three times is the handshake's time: up to the ACK at 3.051. */
static void test_slow_handshake(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.000 > S 0\n"
					 "1.000 > S 0\n"
					 "3.000 > S 0\n"
					 "3.050 < SA 0\n"
					 "3.051 > A 1\n"
					 "3.100 > A 1 len 100\n"
					 "3.150 < A 1 ack 101\n");
	const struct direction_facts *client = trace_side(trace, C2S), *server = trace_side(trace, S2C);
	assert_int_equal(client->limited_handshake_ns, 3051 * MS);
	assert_int_equal(server->limited_handshake_ns, 3051 * MS);
	assert_int_equal(sum_of_limits(client), 3150 * MS);
	assert_int_equal(sum_of_limits(server), 3150 * MS);
	trace_free(trace);
}

static void test_no_handshake(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.000 > S 0\n1.000 > S 0\n3.000 > S 0\n");
	assert_int_equal(trace_side(trace, C2S)->limited_handshake_ns, 3000 * MS);
	assert_int_equal(sum_of_limits(trace_side(trace, C2S)), 3000 * MS);
	trace_free(trace);
	/* Only what the server sends is captured: its data shows that the handshake is over. */
	trace = trace_play(NULL, "0.000 < SA 0\n0.100 < A 1 len 100 ack 101\n0.400 < A 101 len 100 ack 101\n");
	assert_int_equal(trace_side(trace, S2C)->limited_handshake_ns, 100 * MS);
	assert_int_equal(sum_of_limits(trace_side(trace, S2C)), 400 * MS);
	trace_free(trace);
}

/* Captured later: 50 ms in flight, 150 ms nothing. */
static void test_from_the_middle(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.000 > A 1 len 100\n"
					 "0.050 < A 1 ack 101\n"
					 "0.200 > A 101 len 100\n");
	const struct direction_facts *client = trace_side(trace, C2S);
	assert_int_equal(client->limited_handshake_ns, 0);
	assert_int_equal(client->limited_network_ns, 50 * MS);
	assert_int_equal(client->limited_application_ns, 150 * MS);
	assert_true(client->limited_receive_window_ns == NO_TIME);
	trace_free(trace);
}

/* After the loss at most two, then three segments are in flight, until there are four again at 0.306.
 *   application  0.051 - 0.100, and 1 ms three times     49 + 3
 *   network      0.100 - 0.153, 0.306 - 0.356            53 + 50
 *   recovery     0.153 - 0.203, 0.204 - 0.254, 0.255 - 0.305 */
static void test_smaller_window_after_a_loss(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, ONE_LOSS
					 "0.204 > A 5841 len 1460 id 6\n"
					 "0.204 > A 7301 len 1460 id 7\n"
					 "0.254 < A 1 ack 8761\n"
					 "0.255 > A 8761 len 1460 id 8\n"
					 "0.255 > A 10221 len 1460 id 9\n"
					 "0.255 > A 11681 len 1460 id 10\n"
					 "0.305 < A 1 ack 13141\n"
					 "0.306 > A 13141 len 1460 id 11\n"
					 "0.306 > A 14601 len 1460 id 12\n"
					 "0.306 > A 16061 len 1460 id 13\n"
					 "0.306 > A 17521 len 1460 id 14\n"
					 "0.356 < A 1 ack 18981\n");
	const struct direction_facts *client = trace_side(trace, C2S);
	assert_int_equal(client->limited_application_ns, 52 * MS);
	assert_int_equal(client->limited_network_ns, 103 * MS);
	assert_int_equal(client->limited_recovery_ns, 150 * MS);
	assert_int_equal(sum_of_limits(client), 356 * MS);
	trace_free(trace);
}

/* The sender then pauses for longer than a round trip: what it sends later is not held back by the loss.
 *   application  0.051 - 0.100, 0.203 - 0.400   49 + 197
 *   network      0.100 - 0.153, 0.400 - 0.450   53 + 50 */
static void test_pause_after_a_loss(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, ONE_LOSS
					 "0.400 > A 5841 len 1460 id 6\n"
					 "0.450 < A 1 ack 7301\n");
	const struct direction_facts *client = trace_side(trace, C2S);
	assert_int_equal(client->limited_application_ns, 246 * MS);
	assert_int_equal(client->limited_network_ns, 103 * MS);
	assert_int_equal(client->limited_recovery_ns, 50 * MS);
	trace_free(trace);
}

/* One segment each 40 ms, so that two are in flight, less than the four of the loss, for long: 5 round trips (51 ms by
 * the handshake) after 0.203 is 0.458 at the latest. Then the next packet ends recovery: the ACK at 0.494. Pauses:
 * 0.203 - 0.204. */
static void test_loss_is_forgotten(void **state)
{
	(void)state;
	struct trace *trace = trace_new(NULL);
	trace_feed(trace, ONE_LOSS);
	for (int i = 0; i < 40; i++) { /* data at 204 + 40 i, its ACK 50 ms later: 10 ms after the next data */
		char line[128];
		if (i > 0) {
			snprintf(line, sizeof(line), "%.3f > A %d len 1460\n", (204 + 40 * i) / 1e3, 5841 + 1460 * i);
			trace_feed(trace, line);
			snprintf(line, sizeof(line), "%.3f < A 1 ack %d\n", (214 + 40 * i) / 1e3, 5841 + 1460 * i);
			trace_feed(trace, line);
		} else {
			trace_feed(trace, "0.204 > A 5841 len 1460\n");
		}
	}
	trace_finish(trace);
	const struct direction_facts *client = trace_side(trace, C2S);
	assert_in_range(client->limited_recovery_ns, (458 - 154) * MS, (458 + 51 - 154) * MS);
	assert_int_equal(client->limited_application_ns, 50 * MS);
	assert_int_equal(sum_of_limits(client), 1774 * MS);
	trace_free(trace);
}

/* 100 bytes every 30 ms for as long as one likes: something is always in flight, but what is sent is what there is. Known
 * after a round trip (51 ms) and 200 ms of that, from 0.100 on: at the ACK of 0.360.
 *   application  0.051 - 0.100, 0.360 - 0.720   49 + 360
 *   network      0.100 - 0.360 */
static void test_small_writes(void **state)
{
	(void)state;
	struct trace *trace = trace_new(NULL);
	trace_feed(trace, SACK);
	for (int i = 0; i < 22; i++) {
		char line[128];
		if (i < 20) { /* at 100 + 30 i; before it, 10 ms earlier, the ACK of the one before the last, at 90 + 30 i */
			snprintf(line, sizeof(line), "%.3f > A %d len 100\n", (100 + 30 * i) / 1e3, 1 + 100 * i);
			trace_feed(trace, line);
		}
		if (i > 0 && i < 21) {
			snprintf(line, sizeof(line), "%.3f < A 1 ack %d\n", (120 + 30 * i) / 1e3, 1 + 100 * i);
			trace_feed(trace, line);
		}
	}
	trace_finish(trace);
	const struct direction_facts *client = trace_side(trace, C2S);
	assert_int_equal(client->limited_application_ns, 409 * MS);
	assert_int_equal(client->limited_network_ns, 260 * MS);
	assert_int_equal(sum_of_limits(client), 720 * MS);
	trace_free(trace);
}

/* Without SACK there is no probe: the timer's 300 ms are waited for the repair, which is acknowledged 50 ms later. */
static void test_waiting_for_the_timer(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, PLAIN
					 "0.100 > A 1 len 1460\n"
					 "0.400 > A 1 len 1460\n"
					 "0.450 < A 1 ack 1461 win 4380\n");
	const struct direction_facts *client = trace_side(trace, C2S);
	assert_int_equal(client->limited_recovery_ns, 350 * MS);
	assert_int_equal(client->limited_application_ns, 49 * MS);
	assert_int_equal(client->limited_network_ns, 0);
	trace_free(trace);
}

/* At the receiver, 100 ms from the sender: its SYN-ACK is answered after that time. */
#define FAR "0.000 > S 0 mss 1460\n0.000 < SA 0 mss 1460 win %d\n0.100 > A 1\n"

/* Four segments fill the window, are acknowledged 1 ms later, and 100 ms after that the next four come. Up to the initial
 * window, 10 segments, an ACK counts at once; after that (0.302) not before it can have reached the sender and its
 * answer the tap. The last ACK is from 0.606, so the window is the limit until 0.706.
 *   receive window  1 + 1 + 404      application  100 + 100 + 194 */
static void test_window_at_the_far_end(void **state)
{
	(void)state;
	char line[128];
	struct trace *trace = trace_new(NULL);
	snprintf(line, sizeof(line), FAR, 5840);
	trace_feed(trace, line);
	for (int i = 0; i < 24; i++) {
		int t_ms = 100 + 101 * (i / 4), seq = 1 + 1460 * i;
		snprintf(line, sizeof(line), "%.3f > A %d len 1460\n", t_ms / 1e3, seq);
		trace_feed(trace, line);
		snprintf(line, sizeof(line), "%.3f < A 1 ack %d win 5840\n", (t_ms + 1) / 1e3, seq + 1460);
		if (i % 4 == 3)
			trace_feed(trace, line);
	}
	trace_feed(trace, "0.900 > A 35041\n");
	trace_finish(trace);
	const struct direction_facts *client = trace_side(trace, C2S);
	assert_int_equal(client->limited_handshake_ns, 100 * MS);
	assert_int_equal(client->limited_receive_window_ns, 406 * MS);
	assert_int_equal(client->limited_application_ns, 394 * MS);
	assert_int_equal(client->limited_network_ns, 0);
	assert_int_equal(client->window_full, 6);
	trace_free(trace);
}

/* One segment every 20 ms, each acknowledged after 1 ms: five are always under way to the tap or their ACKs back. The 11th
 * comes at 0.300, and the 19 ms before it are no pause of the sender, as none of less than 100 ms is from then on; the
 * last one's ACK, of 0.681, reaches the sender by 0.781.
 *   network  10 * 1 + 19 + 481      application  9 * 19 + 119 */
static void test_network_at_the_far_end(void **state)
{
	(void)state;
	char line[128];
	struct trace *trace = trace_new(NULL);
	snprintf(line, sizeof(line), FAR, 65535);
	trace_feed(trace, line);
	for (int i = 0; i < 30; i++) {
		snprintf(line, sizeof(line), "%.3f > A %d len 1460\n", (100 + 20 * i) / 1e3, 1 + 1460 * i);
		trace_feed(trace, line);
		snprintf(line, sizeof(line), "%.3f < A 1 ack %d\n", (101 + 20 * i) / 1e3, 1461 + 1460 * i);
		trace_feed(trace, line);
	}
	trace_feed(trace, "0.900 > A 43801\n");
	trace_finish(trace);
	const struct direction_facts *client = trace_side(trace, C2S);
	assert_int_equal(client->limited_network_ns, 510 * MS);
	assert_int_equal(client->limited_application_ns, 290 * MS);
	assert_int_equal(client->limited_receive_window_ns, 0);
	trace_free(trace);
}

/* The same with a queue before the tap: one segment every 250 ms, more than twice the shortest round trip of 100 ms.
 * Each echoes the timestamp of an ACK from 500 ms ago, so two more ACKs are still under way: it was not the application.
 * The 11th comes at 2.600. From the 12th on, at 2.850, the delay is known; the last data is from 7.350. */
static void play_queue(const char *handshake)
{
	char line[128];
	struct trace *trace = trace_new(NULL);
	trace_feed(trace, handshake);
	for (int i = 0; i < 30; i++) {
		int t_ms = 100 + 250 * i;
		snprintf(line, sizeof(line), "%.3f > A %d len 1448 ts %d %d\n", t_ms / 1e3, 1 + 1448 * i, t_ms,
			 i > 1 ? t_ms - 500 + 1 : 1);
		trace_feed(trace, line);
		snprintf(line, sizeof(line), "%.3f < A 1 ack %d ts %d %d\n", (t_ms + 1) / 1e3, 1449 + 1448 * i, t_ms + 1, t_ms);
		trace_feed(trace, line);
	}
	trace_finish(trace);
	const struct direction_facts *client = trace_side(trace, C2S);
	assert_in_range(client->limited_network_ns, (7350 - 2850) * MS, (7350 - 2600 + 20) * MS);
	trace_free(trace);
}

static void test_queue_before_the_far_end(void **state)
{
	(void)state;
	play_queue("0.000 > S 0 mss 1460 ts 1 0\n0.000 < SA 0 mss 1460 ts 1 1\n0.100 > A 1 ts 100 1\n");
	play_queue(""); /* captured later: timestamps alone tell */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_window_with_little_room),
		cmocka_unit_test(test_limited_by_recovery),
		cmocka_unit_test(test_slow_handshake),
		cmocka_unit_test(test_no_handshake),
		cmocka_unit_test(test_from_the_middle),
		cmocka_unit_test(test_smaller_window_after_a_loss),
		cmocka_unit_test(test_pause_after_a_loss),
		cmocka_unit_test(test_loss_is_forgotten),
		cmocka_unit_test(test_small_writes),
		cmocka_unit_test(test_waiting_for_the_timer),
		cmocka_unit_test(test_window_at_the_far_end),
		cmocka_unit_test(test_network_at_the_far_end),
		cmocka_unit_test(test_queue_before_the_far_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
