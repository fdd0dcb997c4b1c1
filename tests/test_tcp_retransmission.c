/* Speaks for analyze/engine/tcp_data.c, tcp_cause.c and tcp_evidence.c: what is a retransmission, and why it was sent.
 * The expected numbers are those of the story that each script tells. */
#include "tests/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MS 1000000

/* Four full segments; the second is lost after the tap; SACK reports the third and fourth. */
static void test_fast_with_sack(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT_TS
				   "0.100 > A 1 len 1448 ts 1100 5000 id 3\n"
				   "0.101 > A 1449 len 1448 ts 1101 5000 id 4\n"
				   "0.102 > A 2897 len 1448 ts 1102 5000 id 5\n"
				   "0.103 > A 4345 len 1448 ts 1103 5000 id 6\n"
				   "0.151 < A 1 ack 1449 ts 5101 1100\n"
				   "0.153 < A 1 ack 1449 sack 2897-4345 ts 5103 1100\n"
				   "0.154 < A 1 ack 1449 sack 2897-5793 ts 5104 1100\n"
				   "0.155 > A 1449 len 1448 ts 1155 5104 id 7\n"
				   "0.205 < A 1 ack 5793 ts 5155 1155\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 5, .new_bytes = 5792, .retransmitted = 1,
					      .retransmitted_bytes = 1448, .fast = 1, .downstream = 1 });
	const struct event_facts *event = trace_event(trace, EVENT_RETRANSMISSION, 0);
	assert_int_equal(trace_relative(trace, C2S, event->seq), 1449);
	assert_int_equal(event->len, 1448);
	assert_int_equal(event->frame, 11);
	assert_int_equal(event->direction, C2S);
	assert_int_equal(event->cause, CAUSE_FAST);
	assert_int_equal(event->evidence & (EVIDENCE_SEEN | EVIDENCE_SACK), EVIDENCE_SEEN | EVIDENCE_SACK);
	assert_int_equal(event->value_ns, 54 * MS); /* 0.155 - 0.101 */
	assert_int_equal(trace_side(trace, S2C)->duplicate_acks, 2);
	assert_int_equal(trace_side(trace, C2S)->acked_bytes, 5792);
	trace_free(trace);
}

/* RFC 5681 3.2: the third duplicate ACK starts fast retransmit. */
static void test_fast_with_three_duplicate_acks(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT_NO_SACK
				   "0.100 > A 1 len 1460 id 3\n"
				   "0.101 > A 1461 len 1460 id 4\n"
				   "0.102 > A 2921 len 1460 id 5\n"
				   "0.103 > A 4381 len 1460 id 6\n"
				   "0.104 > A 5841 len 1460 id 7\n"
				   "0.151 < A 1 ack 1461 id 1\n"
				   "0.153 < A 1 ack 1461 id 2\n"
				   "0.154 < A 1 ack 1461 id 3\n"
				   "0.155 < A 1 ack 1461 id 4\n"
				   "0.156 > A 1461 len 1460 id 8\n"
				   "0.206 < A 1 ack 7301 id 5\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 6, .new_bytes = 7300, .retransmitted = 1,
					      .retransmitted_bytes = 1460, .fast = 1, .downstream = 1 });
	assert_int_equal(trace_side(trace, S2C)->duplicate_acks, 3);
	assert_int_equal(trace_event(trace, EVENT_RETRANSMISSION, 0)->evidence,
			 EVIDENCE_SEEN | EVIDENCE_DUPLICATE_ACKS);
	trace_free(trace);
}

/* NewReno (RFC 6582): after a partial ACK the next loss is repaired at once, still within the same fast recovery. */
static void test_partial_ack_without_sack(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT_NO_SACK
				   "0.100 > A 1 len 1460 id 3\n"
				   "0.101 > A 1461 len 1460 id 4\n"
				   "0.102 > A 2921 len 1460 id 5\n"
				   "0.103 > A 4381 len 1460 id 6\n"
				   "0.104 > A 5841 len 1460 id 7\n"
				   "0.153 < A 1 ack 1 id 1\n"
				   "0.154 < A 1 ack 1 id 2\n"
				   "0.155 < A 1 ack 1 id 3\n"
				   "0.156 > A 1 len 1460 id 8\n"
				   "0.206 < A 1 ack 1461 id 4\n"
				   "0.207 > A 1461 len 1460 id 9\n"
				   "0.257 < A 1 ack 7301 id 5\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 7, .new_bytes = 7300, .retransmitted = 2,
					      .retransmitted_bytes = 2920, .fast = 2, .downstream = 2 });
	trace_free(trace);
}

/* All four are lost, and so is the probe of the tail after two round trips (RFC 8985 7.2); the timer (RFC 6298: SRTT +
 * 200 ms as Linux has it) sends the first again, and slow start the rest. */
static void test_probe_timeout_slow_start(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT
				   "0.100 > A 1 len 1460 id 3\n"
				   "0.101 > A 1461 len 1460 id 4\n"
				   "0.102 > A 2921 len 1460 id 5\n"
				   "0.103 > A 4381 len 1460 id 6\n"
				   "0.207 > A 4381 len 1460 id 7\n"
				   "0.460 > A 1 len 1460 id 8\n"
				   "0.510 < A 1 ack 1461\n"
				   "0.511 > A 1461 len 1460 id 9\n"
				   "0.5111 > A 2921 len 1460 id 10\n"
				   "0.561 < A 1 ack 2921\n"
				   "0.5611 < A 1 ack 4381\n"
				   "0.562 > A 4381 len 1460 id 11\n"
				   "0.612 < A 1 ack 5841\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 9, .new_bytes = 5840, .retransmitted = 5,
					      .retransmitted_bytes = 7300, .probe = 1, .timeout = 1, .slow_start = 3,
					      .downstream = 5 });
	assert_int_equal(trace_event(trace, EVENT_RETRANSMISSION, 0)->cause, CAUSE_TAIL_LOSS_PROBE);
	assert_int_equal(trace_event(trace, EVENT_RETRANSMISSION, 1)->cause, CAUSE_TIMEOUT);
	assert_int_equal(trace_event(trace, EVENT_RETRANSMISSION, 2)->cause, CAUSE_SLOW_START);
	trace_free(trace);
}

/* One segment, lost again and again: probe, then time-outs with the timer doubled each time. */
static void test_probe_then_timeouts(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT
				   "0.100 > A 1 len 1000 id 3\n"
				   "0.204 > A 1 len 1000 id 4\n"
				   "0.455 > A 1 len 1000 id 5\n"
				   "0.957 > A 1 len 1000 id 6\n"
				   "1.007 < A 1 ack 1001\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 4, .new_bytes = 1000, .retransmitted = 3,
					      .retransmitted_bytes = 3000, .probe = 1, .timeout = 2, .downstream = 3 });
	trace_free(trace);
}

/* Without SACK there is no tail loss probe: RFC 8985 7 needs SACK, and so does Linux. */
static void test_timeout_without_sack(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT_NO_SACK
				   "0.100 > A 1 len 1000 id 3\n"
				   "0.352 > A 1 len 1000 id 4\n"
				   "0.402 < A 1 ack 1001\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 2, .new_bytes = 1000, .retransmitted = 1,
					      .retransmitted_bytes = 1000, .timeout = 1, .downstream = 1 });
	assert_int_equal(trace_event(trace, EVENT_RETRANSMISSION, 0)->evidence, EVIDENCE_SEEN | EVIDENCE_TIMER);
	trace_free(trace);
}

/* The first 700 of 1448 bytes are sent again, then the other 748. */
static void test_partial(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT_TS
				   "0.100 > A 1 len 1448 ts 1100 5000 id 3\n"
				   "0.204 > A 1 len 700 ts 1204 5000 id 4\n"
				   "0.2041 > A 701 len 748 ts 1204 5000 id 5\n"
				   "0.254 < A 1 ack 701 ts 5204 1204\n"
				   "0.2541 < A 1 ack 1449 ts 5204 1204\n");
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->new_bytes, 1448);
	assert_int_equal(facts->data_bytes, 2896);
	assert_int_equal(facts->retransmitted_segments, 2);
	assert_int_equal(facts->retransmitted_bytes, 1448);
	assert_int_equal(facts->spurious_retransmissions, 0);
	assert_int_equal(trace_relative(trace, C2S, trace_event(trace, EVENT_RETRANSMISSION, 1)->seq), 701);
	assert_int_equal(facts->rtt_samples, 0); /* Karn: all of it was sent twice */
	trace_free(trace);
}

/* Two lost segments of 500 bytes go out again as one, with 400 new bytes behind them. */
static void test_more_than_the_original(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT
				   "0.100 > A 1 len 500 id 3\n"
				   "0.101 > A 501 len 500 id 4\n"
				   "0.355 > A 1 len 1400 id 5\n"
				   "0.405 < A 1 ack 1401\n");
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->data_bytes, 2400);
	assert_int_equal(facts->new_bytes, 1400);
	assert_int_equal(facts->acked_bytes, 1400);
	assert_int_equal(facts->retransmitted_segments, 1);
	assert_int_equal(facts->retransmitted_bytes, 1000);
	assert_int_equal(facts->rtt_samples, 0);
	trace_free(trace);
}

/* A retransmission that begins before and ends inside what is outstanding: 500 acknowledged bytes, 500 that are not. */
static void test_partly_acknowledged(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT_NO_SACK
				   "0.100 > A 1 len 500 id 3\n"
				   "0.101 > A 501 len 500 id 4\n"
				   "0.150 < A 1 ack 501 id 1\n"
				   "0.400 > A 1 len 1000 id 5\n"
				   "0.450 < A 1 ack 1001 id 2\n");
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->new_bytes, 1000);
	assert_int_equal(facts->retransmitted_segments, 1);
	assert_int_equal(facts->retransmitted_bytes, 1000);
	assert_int_equal(facts->timeout_retransmissions, 1);
	trace_free(trace);
}

/* The tap is at the server, and the client has moved from 50 ms to 400 ms since the handshake, as the answer's ACK tells. SACK makes it
 * send again, which takes 400 ms: less than any time-out of that path (600 ms), though more than the handshake's (250 ms). */
static void test_fast_over_a_path_that_grew(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.000 > S 0 mss 1460 sack\n"
					 "0.001 < SA 0 mss 1460 sack\n"
					 "0.051 > A 1\n"
					 "0.100 < PA 1 len 100\n"
					 "0.500 > A 1 ack 101\n"
					 "1.000 > A 1 ack 101 len 1460 id 1\n"
					 "1.001 > A 1461 ack 101 len 1460 id 2\n"
					 "1.002 > A 2921 ack 101 len 1460 id 3\n"
					 "1.002 < A 101 ack 1461\n"
					 "1.003 < A 101 ack 1461 sack 2921-4381\n"
					 "1.403 > A 1461 ack 101 len 1460 id 4\n"
					 "1.404 < A 101 ack 4381\n");
	assert_int_equal(trace_event(trace, EVENT_RETRANSMISSION, 0)->cause, CAUSE_FAST);
	trace_free(trace);
}

/* What is sent again 5 ms after new data, a tenth of a round trip, is no timer's: a time-out follows a silence. After 30 ms it may be. */
static void test_repeat_beside_new_data(void **state)
{
	(void)state;
	static const char *const last[] = { "0.395 > A 1 len 1460 id 3\n", "0.420 > A 1 len 1460 id 3\n" };
	static const enum cause causes[] = { CAUSE_UNKNOWN, CAUSE_TIMEOUT };
	for (unsigned i = 0; i < 2; i++) {
		struct trace *trace = trace_new(NULL);
		trace_feed(trace, "0.000 > S 0 mss 1460 sack\n"
				  "0.050 < SA 0 mss 1460 sack\n"
				  "0.051 > A 1\n"
				  "0.100 > A 1 len 1460 id 1\n"
				  "0.390 > A 1461 len 1460 id 2\n");
		trace_feed(trace, last[i]);
		trace_finish(trace);
		assert_int_equal(trace_event(trace, EVENT_RETRANSMISSION, 0)->cause, causes[i]);
		trace_free(trace);
	}
}

/* The network delivers one packet twice: all of it is the same, the IP ID too. The sender sent it once. */
static void test_network_duplicate(void **state)
{
	struct trace *trace = story_play(state, AT_SERVER
				   "0.100 > A 1 len 1448 id 3\n"
				   "0.101 > A 1449 len 1448 id 4\n"
				   "0.102 < A 1 ack 2897\n"
				   "0.103 > A 1449 len 1448 id 4\n");
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->network_duplicates, 1);
	assert_int_equal(facts->retransmitted_segments, 0);
	assert_int_equal(facts->spurious_retransmissions, 0);
	assert_int_equal(facts->tap_duplicates, 0);
	assert_int_equal(facts->new_bytes, 2896);
	assert_int_equal(facts->packets, 5);
	assert_int_equal(trace_event(trace, EVENT_NETWORK_DUPLICATE, 0)->evidence, EVIDENCE_IP_ID);
	trace_free(trace);
}

/* A recovery is over when all that had been sent is acknowledged, and so is a probe: what is lost at the end of later data
 * has its own probe each time, after two round trips. */
static void test_probes_after_a_recovery(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT_TS
				   "0.100 > A 1 len 1448 ts 1100 5000 id 3\n"
				   "0.101 > A 1449 len 1448 ts 1101 5000 id 4\n"
				   "0.102 > A 2897 len 1448 ts 1102 5000 id 5\n"
				   "0.151 < A 1 ack 1449 ts 5101 1100\n"
				   "0.153 < A 1 ack 1449 sack 2897-4345 ts 5103 1100\n"
				   "0.155 > A 1449 len 1448 ts 1155 5103 id 6\n"
				   "0.205 < A 1 ack 4345 ts 5155 1155\n"
				   "1.000 > A 4345 len 1448 ts 2000 5155 id 7\n"
				   "1.105 > A 4345 len 1448 ts 2105 5155 id 8\n"
				   "1.155 < A 1 ack 5793 ts 6105 2105\n"
				   "2.000 > A 5793 len 1448 ts 3000 6105 id 9\n"
				   "2.105 > A 5793 len 1448 ts 3105 6105 id 10\n"
				   "2.155 < A 1 ack 7241 ts 7105 3105\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 8, .new_bytes = 7240, .retransmitted = 3,
					      .retransmitted_bytes = 4344, .fast = 1, .probe = 2, .downstream = 3 });
	trace_free(trace);
}

/* The first of two ACKs was lost: two blocks are new at once, the newest first (RFC 2018 4). Both holes lie below the highest. */
static void test_two_blocks_at_once(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT_TS
				   "0.100 > A 1 len 1448 ts 1100 5000 id 3\n"
				   "0.101 > A 1449 len 1448 ts 1101 5000 id 4\n"
				   "0.102 > A 2897 len 1448 ts 1102 5000 id 5\n"
				   "0.103 > A 4345 len 1448 ts 1103 5000 id 6\n"
				   "0.153 < A 1 sack 4345-5793,1449-2897 ts 5101 1000\n"
				   "0.154 > A 1 len 1448 ts 1154 5101 id 7\n"
				   "0.155 > A 2897 len 1448 ts 1155 5101 id 8\n"
				   "0.205 < A 1 ack 5793 ts 5155 1155\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 6, .new_bytes = 5792, .retransmitted = 2,
					      .retransmitted_bytes = 2896, .fast = 2, .downstream = 2 });
	for (unsigned i = 0; i < 2; i++)
		assert_int_not_equal(trace_event(trace, EVENT_RETRANSMISSION, i)->evidence & EVIDENCE_SACK, 0);
	trace_free(trace);
}

/* The server takes 536 bytes at a time and sends no more itself, though the client takes 1460: 1072 bytes are two segments. */
static void test_segments_of_the_smaller_mss(void **state)
{
	struct trace *trace = story_play(state,
				   "0.000 > S 0 mss 1460\n"
				   "0.050 < SA 0 mss 536\n"
				   "0.051 > A 1\n"
				   "0.100 > A 1 len 1072\n"
				   "0.150 < A 1 ack 1073 len 1072\n"
				   "0.151 > A 1073 ack 1073\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 2, .new_bytes = 1072 });
	story_check(trace, S2C, &(struct expected){ .data_segments = 2, .new_bytes = 1072 });
	trace_free(trace);
}

/* One captured frame of ten MSS (14480 = 10 * 1448); two of them are sent again as one frame. */
static void test_super_segment(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT_TS
				   "0.100 > A 1 len 14480 ts 1100 5000 id 3\n"
				   "0.151 < A 1 ack 1449 ts 5150 1100\n"
				   "0.152 < A 1 ack 1449 sack 4345-14481 ts 5151 1100\n"
				   "0.153 > A 1449 len 2896 ts 1153 5151 id 13\n"
				   "0.203 < A 1 ack 14481 ts 5203 1153\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 12, .new_bytes = 14480, .retransmitted = 2,
					      .retransmitted_bytes = 2896, .fast = 2, .downstream = 2 });
	assert_int_equal(trace_side(trace, C2S)->segment_bytes, 1448);
	assert_int_equal(trace_side(trace, C2S)->packets, 4); /* frames */
	trace_free(trace);
}

/* A super-segment of 64 KiB and more has total length 0 (BIG TCP): 100 * 1448 bytes. */
static void test_big_tcp(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT_TS
				   "0.100 > A 1 len 144800 ts 1100 5000 id 3\n"
				   "0.151 < A 1 ack 144801 ts 5150 1100\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 100, .new_bytes = 144800 });
	assert_int_equal(trace_side(trace, C2S)->acked_bytes, 144800);
	trace_free(trace);
}

static void test_fin(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT_NO_SACK
				   "0.100 > A 1 len 1000 id 3\n"
				   "0.150 < A 1 ack 1001 id 1\n"
				   "0.200 > FA 1001 id 4\n"
				   "0.452 > FA 1001 id 5\n"
				   "0.502 < A 1 ack 1002 id 2\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 1, .new_bytes = 1000, .retransmitted = 1, .timeout = 1,
					      .fin = 1, .downstream = 1 });
	assert_int_equal(trace_side(trace, C2S)->acked_bytes, 1000);
	assert_int_equal(trace_side(trace, C2S)->fins, 2);
	trace_free(trace);
}

/* The FIN rides on the last data, and is sent again with it. */
static void test_fin_with_data(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT_NO_SACK
				   "0.100 > FA 1 len 1000 id 3\n"
				   "0.352 > FA 1 len 1000 id 4\n"
				   "0.402 < A 1 ack 1002\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 2, .new_bytes = 1000, .retransmitted = 1,
					      .retransmitted_bytes = 1000, .timeout = 1, .downstream = 1 });
	assert_int_equal(trace_side(trace, C2S)->acked_bytes, 1000);
	trace_free(trace);
}

/* The capture begins in the middle; then comes what was sent before it and is acknowledged already. */
static void test_below_the_capture(void **state)
{
	struct trace *trace = story_play(state,
				   "0.100 > A 10001 len 1000\n"
				   "0.150 < A 1 ack 11001\n"
				   "0.400 > A 5001 len 1000\n");
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->retransmitted_segments, 1);
	assert_int_equal(facts->spurious_retransmissions, 1);
	assert_int_equal(facts->lost_downstream, 0);
	assert_int_equal(facts->new_bytes, 1000);
	trace_free(trace);
}

/* The server sends, the client acknowledges: the same analysis in the other direction. */
static void test_other_direction(void **state)
{
	struct trace *trace = story_play(state, AT_SERVER
				   "0.100 < A 1 len 1460 id 11\n"
				   "0.101 < A 1461 len 1460 id 12\n"
				   "0.102 < A 2921 len 1460 id 13\n"
				   "0.151 > A 1 ack 1461 id 3\n"
				   "0.153 > A 1 ack 1461 sack 2921-4381 id 4\n"
				   "0.154 < A 1461 len 1460 id 14\n"
				   "0.204 > A 1 ack 4381 id 5\n");
	story_check(trace, S2C, &(struct expected){ .data_segments = 4, .new_bytes = 4380, .retransmitted = 1,
					      .retransmitted_bytes = 1460, .fast = 1, .downstream = 1 });
	story_check(trace, C2S, &(struct expected){ .data_segments = 0 });
	trace_free(trace);
}

/* IPv6 has no IDs. */
static void test_ipv6(void **state)
{
	const uint32_t *isn = *state;
	const struct trace_options options = { .isn = { isn[0], isn[1] }, .ipv6 = true };
	struct trace *trace = trace_play(&options, AT_CLIENT_TS
					 "0.100 > A 1 len 1428 ts 1100 5000\n"
					 "0.204 > A 1 len 1428 ts 1204 5000\n"
					 "0.254 < A 1 ack 1429 ts 5204 1204\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 2, .new_bytes = 1428, .retransmitted = 1,
					      .retransmitted_bytes = 1428, .probe = 1, .downstream = 1 });
	trace_free(trace);
}

int main(void)
{
	const struct story stories[] = {
		{ "fast_with_sack", test_fast_with_sack },
		{ "fast_with_three_duplicate_acks", test_fast_with_three_duplicate_acks },
		{ "partial_ack_without_sack", test_partial_ack_without_sack },
		{ "probe_timeout_slow_start", test_probe_timeout_slow_start },
		{ "probe_then_timeouts", test_probe_then_timeouts },
		{ "timeout_without_sack", test_timeout_without_sack },
		{ "partial", test_partial },
		{ "more_than_the_original", test_more_than_the_original },
		{ "partly_acknowledged", test_partly_acknowledged },
		{ "network_duplicate", test_network_duplicate },
		{ "probes_after_a_recovery", test_probes_after_a_recovery },
		{ "two_blocks_at_once", test_two_blocks_at_once },
		{ "segments_of_the_smaller_mss", test_segments_of_the_smaller_mss },
		{ "super_segment", test_super_segment },
		{ "big_tcp", test_big_tcp },
		{ "fast_over_a_path_that_grew", test_fast_over_a_path_that_grew },
		{ "repeat_beside_new_data", test_repeat_beside_new_data },
		{ "fin", test_fin },
		{ "fin_with_data", test_fin_with_data },
		{ "below_the_capture", test_below_the_capture },
		{ "other_direction", test_other_direction },
		{ "ipv6", test_ipv6 },
	};
	return stories_run(stories, sizeof stories / sizeof stories[0]);
}
