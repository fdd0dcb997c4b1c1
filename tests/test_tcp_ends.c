/* Speaks for the tcp_*.c where the end at which one listens makes a difference, and for the rarer rules of RFC 9293: the
 * numbers are those that the story gives for that end. Played with small sequence numbers and with some that wrap. */
#include "tests/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define MS 1000000LL

/* RFC 2018 8 at the receiver's end: the first segment and its fast repair (IDs 3 and 7) are lost before the tap; the
 * receiver has reported the other three and then drops them. The timer's repair of the first and the three again
 * pass: four retransmissions, none of them needless. */
static void test_reneging_receiver(void **state)
{
	struct trace *trace = story_play(state, AT_SERVER
				   "0.101 > A 1461 len 1460 id 4\n"
				   "0.101 < A 1 ack 1 sack 1461-2921\n"
				   "0.102 > A 2921 len 1460 id 5\n"
				   "0.102 < A 1 ack 1 sack 1461-4381\n"
				   "0.103 > A 4381 len 1460 id 6\n"
				   "0.103 < A 1 ack 1 sack 1461-5841\n"
				   "0.600 > A 1 len 1460 id 8\n"
				   "0.600 < A 1 ack 1461\n"
				   "0.651 > A 1461 len 1460 id 9\n"
				   "0.652 > A 2921 len 1460 id 10\n"
				   "0.653 > A 4381 len 1460 id 11\n"
				   "0.653 < A 1 ack 5841\n");
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->data_segments, 7);
	assert_int_equal(facts->new_bytes, 5840);
	assert_int_equal(facts->acked_bytes, 5840);
	assert_int_equal(facts->retransmitted_segments, 4);
	assert_int_equal(facts->timeout_retransmissions, 1);
	assert_int_equal(facts->slow_start_retransmissions, 3);
	assert_int_equal(facts->spurious_retransmissions, 0);
	assert_int_equal(facts->reordered_segments + facts->unknown_segments, 0);
	trace_free(trace);
}

/* 1448 bytes (ID 3) are lost before the tap and come again as 700 and 748. */
static void test_partial_receiver(void **state)
{
	struct trace *trace = story_play(state, AT_SERVER
				   "0.101 > A 1449 len 1448 id 4\n"
				   "0.101 < A 1 ack 1 sack 1449-2897\n"
				   "0.154 > A 1 len 700 id 5\n"
				   "0.154 < A 1 ack 701 sack 1449-2897\n"
				   "0.155 > A 701 len 748 id 6\n"
				   "0.155 < A 1 ack 2897\n");
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->data_segments, 3);
	assert_int_equal(facts->new_bytes, 2896);
	assert_int_equal(facts->retransmitted_segments, 2);
	assert_int_equal(facts->retransmitted_bytes, 1448);
	assert_int_equal(facts->fast_retransmissions, 2);
	assert_int_equal(facts->spurious_retransmissions, 0);
	assert_int_equal(facts->lost_downstream, 0);
	assert_true(facts->lost_upstream > 0);
	trace_free(trace);
}

/* Of three small segments the first two (IDs 3, 4) are lost before the tap; all three go out again as one: 1000 bytes that
 * were never seen, and 400 that were. */
static void test_more_than_the_original_receiver(void **state)
{
	struct trace *trace = story_play(state, AT_SERVER
				   "0.102 > A 1001 len 400 id 5\n"
				   "0.102 < A 1 ack 1 sack 1001-1401\n"
				   "0.155 > A 1 len 1400 id 6\n"
				   "0.155 < A 1 ack 1401\n");
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->data_segments, 2);
	assert_int_equal(facts->data_bytes, 1800);
	assert_int_equal(facts->new_bytes, 1400);
	assert_int_equal(facts->acked_bytes, 1400);
	assert_int_equal(facts->retransmitted_segments, 1);
	assert_int_equal(facts->retransmitted_bytes, 1400);
	assert_int_equal(facts->fast_retransmissions, 1);
	assert_true(facts->lost_upstream > 0);
	trace_free(trace);
}

/* 1400 bytes are under way for long; the timer sends the first 500 of them again (the path's MTU is smaller now). Then the
 * ACK of all 1400 comes. */
static void test_less_than_the_original(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT
				   "0.100 > A 1 len 1400 id 3\n"
				   "0.355 > A 1 len 500 id 4\n"
				   "0.405 < A 1 ack 1401\n");
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->data_bytes, 1900);
	assert_int_equal(facts->new_bytes, 1400);
	assert_int_equal(facts->acked_bytes, 1400);
	assert_int_equal(facts->retransmitted_segments, 1);
	assert_int_equal(facts->retransmitted_bytes, 500);
	assert_int_equal(facts->capture_gap_bytes, 0);
	trace_free(trace);
}

/* Nobody answers: three keep-alives, then the client gives up. */
static void test_keep_alive_unanswered(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT
				   "0.100 > A 1 len 1000 id 3\n"
				   "0.150 < A 1 ack 1001\n"
				   "60.000 > A 1000 id 4\n"
				   "75.000 > A 1000 id 5\n"
				   "90.000 > A 1000 len 1 id 6\n"
				   "105.000 > RA 1001 id 7\n");
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->keep_alives, 3);
	assert_int_equal(facts->retransmitted_segments, 0);
	assert_int_equal(facts->zero_window_probes, 0);
	assert_int_equal(facts->new_bytes, 1000);
	assert_int_equal(trace_flow(trace)->state, FLOW_RESET);
	assert_int_equal(trace_flow(trace)->reset_by, C2S);
	trace_free(trace);
}

static void check_keep_alive_first(void **state, const char *story)
{
	struct trace *trace = story_play(state, story);
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->capture_gap_bytes, 0);
	assert_int_equal(facts->new_bytes, 100);
	assert_int_equal(facts->acked_bytes, 100);
	assert_int_equal(facts->retransmitted_segments + facts->reordered_segments + facts->unknown_segments, 0);
	trace_free(trace);
}

/* The capture begins with a keep-alive (RFC 9293 3.8.4: at the byte before the next), or with the other side's. That byte is
 * no gap. */
static void test_keep_alive_first(void **state)
{
	check_keep_alive_first(state, "0.000 > A 1000 id 3\n"
				      "0.050 < A 1 ack 1001\n"
				      "1.000 > A 1001 len 100 id 4\n"
				      "1.050 < A 1 ack 1101\n");
	check_keep_alive_first(state, "0.000 < A 0 ack 1001\n"
				      "0.001 > A 1000 ack 1 id 3\n"
				      "1.000 > A 1001 len 100 id 4\n"
				      "1.050 < A 1 ack 1101\n");
}

/* The window is closed; the next byte is sent three times as probe, refused twice, then taken with the window still
 * closed; the probe after it is of the byte that follows. Then the window opens. */
static void test_probes_of_next_byte(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT
				   "0.100 > A 1 len 1460 id 3\n"
				   "0.150 < A 1 ack 1461 win 0\n"
				   "0.400 > A 1461 len 1 id 4\n"
				   "0.450 < A 1 ack 1461 win 0\n"
				   "0.900 > A 1461 len 1 id 5\n"
				   "0.950 < A 1 ack 1461 win 0\n"
				   "1.900 > A 1461 len 1 id 6\n"
				   "1.950 < A 1 ack 1462 win 0\n"
				   "3.900 > A 1462 len 1 id 7\n"
				   "3.950 < A 1 ack 1462 win 0\n"
				   "4.150 < A 1 ack 1462 win 5000\n"
				   "4.151 > A 1462 len 1000 id 8\n"
				   "4.201 < A 1 ack 2462 win 5000\n");
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->zero_window_probes, 4);
	assert_int_equal(facts->keep_alives, 0);
	assert_int_equal(facts->retransmitted_segments, 0);
	assert_int_equal(facts->capture_gap_bytes, 0);
	assert_int_equal(facts->new_bytes, 2461); /* 1460 + 1 + 1000 */
	assert_int_equal(facts->acked_bytes, 2461);
	assert_int_equal(trace_side(trace, S2C)->zero_windows, 1);
	assert_int_equal(trace_side(trace, S2C)->zero_window_ns, 4000 * MS);
	trace_free(trace);
}

/* RFC 9293 3.5, figure 7, at the other end: the SYN of the one that is called client there comes first. */
static void test_simultaneous_open_other_end(void **state)
{
	struct trace *trace = story_play(state,
				   "0.000 < S 0 ack 0\n"
				   "0.010 > S 0\n"
				   "0.011 < SA 0 ack 1\n"
				   "0.061 > SA 0 ack 1\n"
				   "0.100 < A 1 ack 1 len 100\n"
				   "0.150 > A 1 ack 101\n");
	const struct flow_facts *flow = trace_flow(trace);
	assert_int_equal(flow->client_port, 80);
	assert_int_equal(flow->state, FLOW_ESTABLISHED);
	assert_int_equal(flow->direction[C2S].new_bytes, 100);
	assert_int_equal(flow->direction[C2S].acked_bytes, 100);
	assert_int_equal(flow->direction[C2S].syn_retransmissions + flow->direction[S2C].syn_retransmissions, 0);
	assert_int_equal(flow->direction[C2S].capture_gap_bytes + flow->direction[S2C].capture_gap_bytes, 0);
	trace_free(trace);
}

/* RFC 9293 3.6: FINs that cross; the client's is lost after the tap and sent again. */
static void test_simultaneous_close_with_loss(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT
				   "0.100 > FA 1 id 3\n"
				   "0.110 < FA 1 ack 1\n"
				   "0.111 > A 2 ack 2 id 4\n"
				   "0.362 > FA 1 ack 2 id 5\n"
				   "0.412 < A 2 ack 2\n");
	assert_int_equal(trace_flow(trace)->state, FLOW_CLOSED);
	assert_int_equal(trace_side(trace, C2S)->fin_retransmissions, 1);
	assert_int_equal(trace_side(trace, C2S)->retransmitted_segments, 1);
	assert_int_equal(trace_side(trace, S2C)->retransmitted_segments, 0);
	assert_int_equal(trace_flow(trace)->first_fin_by, C2S);
	trace_free(trace);
}

/* RFC 9293 3.10.7.4 takes a RST in the window: at the next byte, though data before it is still on its way. */
static void test_reset_behind_data(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT
				   "0.100 > A 1 len 1000 id 3\n"
				   "0.101 > A 1001 len 1000 id 4\n"
				   "0.102 > RA 2001 id 5\n");
	assert_int_equal(trace_flow(trace)->state, FLOW_RESET);
	assert_int_equal(trace_flow(trace)->reset_by, C2S);
	trace_free(trace);
}

/* In the window, but not at the next byte: the receiver asks back with an ACK (a challenge ACK, RFC 9293 3.10.7.4) and the
 * connection goes on. The next 1000 bytes are sent after that and acknowledged, so it was not reset. */
static void test_reset_refused(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT
				   "0.100 > A 1 len 1000 id 3\n"
				   "0.150 < A 1 ack 1001\n"
				   "0.200 > R 1501 id 4\n"
				   "0.250 < A 1 ack 1001\n"
				   "0.300 > A 1001 len 1000 id 5\n"
				   "0.350 < A 1 ack 2001\n");
	assert_int_equal(trace_flow(trace)->state, FLOW_ESTABLISHED);
	assert_int_equal(trace_flow(trace)->reset_by, -1);
	assert_int_equal(trace_side(trace, C2S)->resets, 1);
	assert_int_equal(trace_side(trace, C2S)->acked_bytes, 2000);
	trace_free(trace);
}

/* After a reset the same ports again; after that a client that was switched off takes even the same ISN. */
static void test_port_reuse_after_reset(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT
				   "0.100 > A 1 len 100 id 3\n"
				   "0.150 < RA 1 ack 101\n"
				   "0.200 > S 9000000 mss 1460 sack id 4\n"
				   "0.250 < SA 7000000 ack 9000001 mss 1460 sack\n"
				   "0.251 > A 9000001 ack 7000001 id 5\n"
				   "0.300 < RA 7000001 ack 9000001\n"
				   "1.000 > S 9000000 mss 1460 sack id 6\n"
				   "1.050 < RA 0 ack 9000001\n");
	assert_int_equal(trace->flow_count, 3);
	assert_int_equal(trace->flows[0].state, FLOW_RESET);
	assert_int_equal(trace->flows[1].state, FLOW_RESET);
	assert_int_equal(trace->flows[1].handshake_rtt_ns, 51 * MS);
	assert_int_equal(trace->flows[2].state, FLOW_REFUSED);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(trace->flows[i].direction[C2S].retransmitted_segments, 0);
	trace_free(trace);
}

/* RFC 7413 at the server's end: it answers the data in the SYN before the handshake is over. The client's ACK of
 * both comes 49 ms after the answer. */
static void test_fast_open_answered_early(void **state)
{
	struct trace *trace = story_play(state,
				   "0.000 > S 0 len 100 id 1\n"
				   "0.001 < SA 0 ack 101\n"
				   "0.002 < A 1 ack 101 len 50\n"
				   "0.051 > A 101 ack 51 id 2\n");
	const struct flow_facts *flow = trace_flow(trace);
	assert_int_equal(flow->state, FLOW_ESTABLISHED);
	assert_int_equal(flow->responses, 1);
	assert_int_equal(flow->response_min_ns, 2 * MS);
	assert_int_equal(flow->direction[C2S].acked_bytes, 100);
	assert_int_equal(flow->direction[S2C].acked_bytes, 50);
	assert_int_equal(flow->direction[S2C].rtt_min_ns, 49 * MS);
	assert_int_equal(flow->direction[C2S].retransmitted_segments, 0);
	trace_free(trace);
}

/* The SYN with its data is lost after the client's tap; Linux sends the SYN again without data (tcp_retransmit_timer), and
 * the data when the handshake is over: a SYN and a data segment sent again. At the server's tap nothing was. */
static void test_fast_open_lost(void **state)
{
	struct trace *trace = story_play(state,
				   "0.000 > S 0 len 100 mss 1460 id 1\n"
				   "1.000 > S 0 mss 1460 id 2\n"
				   "1.050 < SA 0 ack 1 mss 1460\n"
				   "1.051 > A 1 len 100 id 3\n"
				   "1.101 < A 1 ack 101\n");
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->syn_retransmissions, 1);
	assert_int_equal(facts->retransmitted_segments, 2);
	assert_int_equal(facts->retransmitted_bytes, 100);
	assert_int_equal(facts->new_bytes, 100);
	assert_int_equal(facts->acked_bytes, 100);
	assert_int_equal(facts->spurious_retransmissions, 0);
	trace_free(trace);
	trace = story_play(state,
		     "1.025 > S 0 mss 1460 id 2\n"
		     "1.026 < SA 0 ack 1 mss 1460\n"
		     "1.076 > A 1 len 100 id 3\n"
		     "1.076 < A 1 ack 101\n");
	facts = trace_side(trace, C2S);
	assert_int_equal(facts->retransmitted_segments, 0);
	assert_int_equal(facts->new_bytes, 100);
	assert_int_equal(facts->acked_bytes, 100);
	trace_free(trace);
}

int main(void)
{
	const struct story stories[] = {
		{ "reneging_receiver", test_reneging_receiver },
		{ "partial_receiver", test_partial_receiver },
		{ "more_than_the_original_receiver", test_more_than_the_original_receiver },
		{ "less_than_the_original", test_less_than_the_original },
		{ "keep_alive_unanswered", test_keep_alive_unanswered },
		{ "keep_alive_first", test_keep_alive_first },
		{ "probes_of_next_byte", test_probes_of_next_byte },
		{ "simultaneous_open_other_end", test_simultaneous_open_other_end },
		{ "simultaneous_close_with_loss", test_simultaneous_close_with_loss },
		{ "reset_behind_data", test_reset_behind_data },
		{ "reset_refused", test_reset_refused },
		{ "port_reuse_after_reset", test_port_reuse_after_reset },
		{ "fast_open_answered_early", test_fast_open_answered_early },
		{ "fast_open_lost", test_fast_open_lost },
	};
	return stories_run(stories, sizeof stories / sizeof stories[0]);
}
