/* Speaks for analyze/engine/tcp_data.c and tcp_evidence.c: what fills a hole, the segment sent again or the late original. */
#include "tests/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MS 1000000

/* The packet with ID 4 never reached the tap; what fills its place has ID 6, later than 5, which jumped over it. */
static void test_hole_filled_by_later_id(void **state)
{
	struct trace *trace = story_play(state, AT_SERVER
				   "0.100 > A 1 len 1448 id 3\n"
				   "0.101 < A 1 ack 1449\n"
				   "0.102 > A 2897 len 1448 id 5\n"
				   "0.103 < A 1 ack 1449 sack 2897-4345\n"
				   "0.154 > A 1449 len 1448 id 6\n"
				   "0.155 < A 1 ack 4345\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 3, .new_bytes = 4344, .retransmitted = 1,
					      .retransmitted_bytes = 1448, .fast = 1, .upstream = 1 });
	assert_int_equal(trace_event(trace, EVENT_RETRANSMISSION, 0)->evidence, EVIDENCE_IP_ID | EVIDENCE_SACK);
	trace_free(trace);
}

/* IP IDs wrap at 65536: 0 comes after 65535, which with DF says nothing by itself (RFC 6864), and then 1. */
static void test_ip_id_wraps(void **state)
{
	struct trace *trace = story_play(state,
				   "0.000 > S 0 mss 1460 sack id 65531\n"
				   "0.001 < SA 0 mss 1460 sack\n"
				   "0.051 > A 1 id 65532\n"
				   "0.100 > A 1 len 1460 id 65533\n"
				   "0.101 > A 2921 len 1460 id 65535\n"
				   "0.102 < A 1 ack 1461 sack 2921-4381\n"
				   "0.152 > A 4381 id 0\n"
				   "0.153 > A 1461 len 1460 id 1\n"
				   "0.154 < A 1 ack 4381\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 3, .new_bytes = 4380, .retransmitted = 1,
					      .retransmitted_bytes = 1460, .fast = 1, .upstream = 1 });
	trace_free(trace);
}

static void test_hole_filled_by_older_id(void **state)
{
	struct trace *trace = story_play(state, AT_SERVER
				   "0.100 > A 1 len 1448 id 3\n"
				   "0.101 < A 1 ack 1449\n"
				   "0.102 > A 2897 len 1448 id 5\n"
				   "0.103 < A 1 ack 1449 sack 2897-4345\n"
				   "0.104 > A 1449 len 1448 id 4\n"
				   "0.105 < A 1 ack 4345\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 3, .new_bytes = 4344, .reordered = 1 });
	const struct event_facts *event = trace_event(trace, EVENT_REORDERED, 0);
	assert_int_equal(event->evidence, EVIDENCE_IP_ID);
	assert_int_equal(event->value_ns, 2 * MS);
	trace_free(trace);
}

/* The same, but the old packet has been under way for four round trips: late, not sent again. */
static void test_very_late_packet(void **state)
{
	struct trace *trace = story_play(state, AT_SERVER
				   "0.100 > A 1 len 1448 id 3\n"
				   "0.101 < A 1 ack 1449\n"
				   "0.102 > A 2897 len 1448 id 5\n"
				   "0.103 < A 1 ack 1449 sack 2897-4345\n"
				   "0.302 > A 1449 len 1448 id 4\n"
				   "0.303 < A 1 ack 4345\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 3, .new_bytes = 4344, .reordered = 1 });
	trace_free(trace);
}

/* No IP ID (0 with DF): the timestamp option decides (RFC 7323). */
static void test_hole_filled_by_later_timestamp(void **state)
{
	struct trace *trace = story_play(state, AT_SERVER_TS
				   "0.100 > A 1 len 1448 ts 1100 5000\n"
				   "0.101 < A 1 ack 1449 ts 5100 1100\n"
				   "0.102 > A 2897 len 1448 ts 1102 5000\n"
				   "0.103 < A 1 ack 1449 sack 2897-4345 ts 5102 1100\n"
				   "0.154 > A 1449 len 1448 ts 1154 5102\n"
				   "0.155 < A 1 ack 4345 ts 5154 1154\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 3, .new_bytes = 4344, .retransmitted = 1,
					      .retransmitted_bytes = 1448, .fast = 1, .upstream = 1 });
	assert_int_equal(trace_event(trace, EVENT_RETRANSMISSION, 0)->evidence, EVIDENCE_TIMESTAMP | EVIDENCE_SACK);
	trace_free(trace);
}

static void test_hole_filled_by_older_timestamp(void **state)
{
	struct trace *trace = story_play(state, AT_SERVER_TS
				   "0.100 > A 1 len 1448 ts 1100 5000\n"
				   "0.101 < A 1 ack 1449 ts 5100 1100\n"
				   "0.102 > A 2897 len 1448 ts 1102 5000\n"
				   "0.103 < A 1 ack 1449 sack 2897-4345 ts 5102 1100\n"
				   "0.154 > A 1449 len 1448 ts 1101 5000\n"
				   "0.155 < A 1 ack 4345 ts 5154 1101\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 3, .new_bytes = 4344, .reordered = 1 });
	assert_int_equal(trace_event(trace, EVENT_REORDERED, 0)->evidence, EVIDENCE_TIMESTAMP);
	trace_free(trace);
}

/* Neither ID nor timestamp: 52 ms after the hole appeared is a round trip, and SACK had reported it. */
static void test_hole_filled_after_round_trip(void **state)
{
	struct trace *trace = story_play(state, AT_SERVER_BARE
				   "0.100 > A 1 len 1460\n"
				   "0.101 < A 1 ack 1461\n"
				   "0.102 > A 2921 len 1460\n"
				   "0.103 < A 1 ack 1461 sack 2921-4381\n"
				   "0.154 > A 1461 len 1460\n"
				   "0.155 < A 1 ack 4381\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 3, .new_bytes = 4380, .retransmitted = 1,
					      .retransmitted_bytes = 1460, .fast = 1, .upstream = 1 });
	assert_int_equal(trace_event(trace, EVENT_RETRANSMISSION, 0)->evidence, EVIDENCE_RTT | EVIDENCE_SACK);
	trace_free(trace);
}

/* 2 ms are not enough for news of the hole to reach the sender. */
static void test_hole_filled_within_round_trip(void **state)
{
	struct trace *trace = story_play(state, AT_SERVER_BARE
				   "0.100 > A 1 len 1460\n"
				   "0.101 < A 1 ack 1461\n"
				   "0.102 > A 2921 len 1460\n"
				   "0.103 < A 1 ack 1461 sack 2921-4381\n"
				   "0.104 > A 1461 len 1460\n"
				   "0.105 < A 1 ack 4381\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 3, .new_bytes = 4380, .reordered = 1 });
	assert_int_equal(trace_event(trace, EVENT_REORDERED, 0)->evidence, EVIDENCE_RTT);
	trace_free(trace);
}

/* Nothing was reported. A round trip (51 ms) and the shortest time-out (200 ms) after the hole appeared it may have been either; a little
 * later no packet is on its way any more. */
static void test_hole_filled_after_a_time_out(void **state)
{
	struct trace *trace = story_play(state, AT_SERVER_BARE
				   "0.100 > A 1 len 1460\n"
				   "0.101 < A 1 ack 1461\n"
				   "0.102 > A 2921 len 1460\n"
				   "0.350 > A 1461 len 1460\n"
				   "0.351 < A 1 ack 4381\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 3, .new_bytes = 4380, .unknown = 1 });
	trace_free(trace);
	trace = story_play(state, AT_SERVER_BARE
				   "0.100 > A 1 len 1460\n"
				   "0.101 < A 1 ack 1461\n"
				   "0.102 > A 2921 len 1460\n"
				   "0.356 > A 1461 len 1460\n"
				   "0.357 < A 1 ack 4381\n");
	assert_int_equal(trace_count(trace, EVENT_UNKNOWN), 0);
	assert_int_equal(trace_event(trace, EVENT_RETRANSMISSION, 0)->evidence & EVIDENCE_RTT, EVIDENCE_RTT);
	trace_free(trace);
}

/* In the middle of a connection, without IDs, timestamps or any RTT, nothing decides. */
static void test_hole_filled_without_evidence(void **state)
{
	struct trace *trace = story_play(state,
				   "0.100 > A 1 len 1000\n"
				   "0.101 > A 2001 len 1000\n"
				   "0.150 > A 1001 len 1000\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 3, .new_bytes = 3000, .unknown = 1 });
	assert_int_equal(trace_count(trace, EVENT_UNKNOWN), 1);
	trace_free(trace);
}

/* The retransmission (ID 6) comes by before the original (ID 4): it was needless, and nothing was lost. */
static void test_late_original(void **state)
{
	struct trace *trace = story_play(state, AT_SERVER
				   "0.100 > A 1 len 1448 id 3\n"
				   "0.101 < A 1 ack 1449\n"
				   "0.102 > A 2897 len 1448 id 5\n"
				   "0.103 < A 1 ack 1449 sack 2897-4345\n"
				   "0.154 > A 1449 len 1448 id 6\n"
				   "0.155 < A 1 ack 4345\n"
				   "0.156 > A 1449 len 1448 id 4\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 4, .new_bytes = 4344, .retransmitted = 1,
					      .retransmitted_bytes = 1448, .fast = 1, .spurious = 1, .reordered = 1 });
	assert_int_equal(trace_event(trace, EVENT_SPURIOUS, 0)->frame, 10);
	trace_free(trace);
}

int main(void)
{
	const struct story stories[] = {
		{ "hole_filled_by_later_id", test_hole_filled_by_later_id },
		{ "ip_id_wraps", test_ip_id_wraps },
		{ "hole_filled_by_older_id", test_hole_filled_by_older_id },
		{ "very_late_packet", test_very_late_packet },
		{ "hole_filled_by_later_timestamp", test_hole_filled_by_later_timestamp },
		{ "hole_filled_by_older_timestamp", test_hole_filled_by_older_timestamp },
		{ "hole_filled_after_round_trip", test_hole_filled_after_round_trip },
		{ "hole_filled_within_round_trip", test_hole_filled_within_round_trip },
		{ "hole_filled_without_evidence", test_hole_filled_without_evidence },
		{ "late_original", test_late_original },
		{ "hole_filled_after_a_time_out", test_hole_filled_after_a_time_out },
	};
	return stories_run(stories, sizeof stories / sizeof stories[0]);
}
