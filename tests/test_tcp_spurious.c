/* Speaks for analyze/engine/tcp_ack.c: which retransmissions were needless, by DSACK, by timestamp, by ACK; and which that look so
 * were not. The expected numbers are those of the story that each script tells. */
#include "tests/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The probe was needless: a DSACK below the ACK says that the bytes came twice (RFC 2883 4.1). */
static void test_dsack(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT
				   "0.100 > A 1 len 1000 id 3\n"
				   "0.204 > A 1 len 1000 id 4\n"
				   "0.205 < A 1 ack 1001\n"
				   "0.255 < A 1 ack 1001 sack 1-1001\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 2, .new_bytes = 1000, .retransmitted = 1,
					      .retransmitted_bytes = 1000, .probe = 1, .spurious = 1 });
	assert_int_equal(trace_side(trace, S2C)->dsacks, 1);
	assert_int_equal(trace_side(trace, S2C)->duplicate_acks, 0); /* nothing was outstanding */
	const struct event_facts *event = trace_event(trace, EVENT_SPURIOUS, 0);
	assert_int_equal(event->evidence, EVIDENCE_DSACK);
	assert_int_equal(event->direction, C2S);
	assert_int_equal(trace_relative(trace, C2S, event->seq), 1);
	trace_free(trace);
}

/* RFC 2883 4.2: the first block lies inside the second: a duplicate above the ACK. Of two needless repairs it proves
 * one; the loss of the first segment is real. */
static void test_dsack_above_the_ack(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT
				   "0.100 > A 1 len 1460 id 3\n"
				   "0.101 > A 1461 len 1460 id 4\n"
				   "0.102 > A 2921 len 1460 id 5\n"
				   "0.153 < A 1 ack 1 sack 2921-4381\n"
				   "0.154 > A 1 len 1460 id 6\n"
				   "0.1541 > A 1461 len 1460 id 7\n"
				   "0.155 < A 1 ack 1 sack 1461-4381\n"
				   "0.2041 < A 1 ack 1 sack 1461-2921,1461-4381\n"
				   "0.2050 < A 1 ack 4381\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 5, .new_bytes = 4380, .retransmitted = 2,
					      .retransmitted_bytes = 2920, .fast = 2, .spurious = 1, .downstream = 1 });
	assert_int_equal(trace_side(trace, S2C)->dsacks, 1);
	trace_free(trace);
}

/* A DSACK of a segment that the network doubled proves nothing about the sender. */
static void test_dsack_without_retransmission(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT
				   "0.100 > A 1 len 1000 id 3\n"
				   "0.150 < A 1 ack 1001\n"
				   "0.151 < A 1 ack 1001 sack 1-1001\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 1, .new_bytes = 1000, .duplicates = 1 });
	assert_int_equal(trace_side(trace, S2C)->dsacks, 1);
	assert_int_equal(trace_event(trace, EVENT_NETWORK_DUPLICATE, 0)->evidence, EVIDENCE_DSACK);
	trace_free(trace);
}

/* A real loss of 1000 bytes; then two segments of 500 are sent again as one, needlessly, and one DSACK says so: that is
 * one needless retransmission, and the real loss stays. */
static void test_dsack_of_two_as_one(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT
				   "0.100 > A 1 len 1000 id 3\n"
				   "0.204 > A 1 len 1000 id 4\n"
				   "0.254 < A 1 ack 1001\n"
				   "0.300 > A 1001 len 500 id 5\n"
				   "0.301 > A 1501 len 500 id 6\n"
				   "0.405 > A 1001 len 1000 id 7\n"
				   "0.406 < A 1 ack 2001\n"
				   "0.455 < A 1 ack 2001 sack 1001-2001\n");
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->retransmitted_segments, 2);
	assert_int_equal(facts->retransmitted_bytes, 2000);
	assert_int_equal(facts->spurious_retransmissions, 1);
	assert_int_equal(facts->lost_downstream, 1);
	trace_free(trace);
}

/* The client offers SACK, the server doesn't: SACK is off (RFC 2018 2, 3), and with it tail loss probes. */
static void test_timeout_with_sack_of_one_side(void **state)
{
	struct trace *trace = story_play(state,
				   "0.000 > S 0 mss 1460 sack id 1\n"
				   "0.050 < SA 0 mss 1460\n"
				   "0.051 > A 1 id 2\n"
				   "0.100 > A 1 len 1000 id 3\n"
				   "0.352 > A 1 len 1000 id 4\n"
				   "0.402 < A 1 ack 1001\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 2, .new_bytes = 1000, .retransmitted = 1,
					      .retransmitted_bytes = 1000, .timeout = 1, .downstream = 1 });
	trace_free(trace);
}

/* The original was lost before the tap; its repair arrived, but the ACK of that was lost, so that it was repaired again.
 * The DSACK proves the second repair needless: nothing was lost after the tap, and the loss before it stays. */
static void test_dsack_of_second_repair(void **state)
{
	struct trace *trace = story_play(state, AT_SERVER
				   "0.100 > A 1 len 1448 id 3\n"
				   "0.101 < A 1 ack 1449\n"
				   "0.102 > A 2897 len 1448 id 5\n"
				   "0.103 < A 1 ack 1449 sack 2897-4345\n"
				   "0.154 > A 1449 len 1448 id 6\n"
				   "0.460 > A 1449 len 1448 id 7\n"
				   "0.461 < A 1 ack 4345 sack 1449-2897\n");
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->retransmitted_segments, 2);
	assert_int_equal(facts->spurious_retransmissions, 1);
	assert_int_equal(facts->lost_upstream, 1);
	assert_int_equal(facts->lost_downstream, 0);
	trace_free(trace);
}

/* RFC 3522: the ACK echoes the original's timestamp. */
static void test_eifel(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT_TS
				   "0.100 > A 1 len 1000 ts 1100 5000 id 3\n"
				   "0.204 > A 1 len 1000 ts 1204 5000 id 4\n"
				   "0.205 < A 1 ack 1001 ts 5155 1100\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 2, .new_bytes = 1000, .retransmitted = 1,
					      .retransmitted_bytes = 1000, .probe = 1, .spurious = 1 });
	assert_int_equal(trace_event(trace, EVENT_SPURIOUS, 0)->evidence, EVIDENCE_TSECR);
	trace_free(trace);
}

/* ... or the retransmission's: then it was needed. */
static void test_eifel_negative(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT_TS
				   "0.100 > A 1 len 1000 ts 1100 5000 id 3\n"
				   "0.204 > A 1 len 1000 ts 1204 5000 id 4\n"
				   "0.254 < A 1 ack 1001 ts 5204 1204\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 2, .new_bytes = 1000, .retransmitted = 1,
					      .retransmitted_bytes = 1000, .probe = 1, .downstream = 1 });
	trace_free(trace);
}

/* Eifel and the DSACK that follows prove the same retransmission needless: it counts once. */
static void test_spurious_counts_once(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT_TS
				   "0.100 > A 1 len 1000 ts 1100 5000 id 3\n"
				   "0.204 > A 1 len 1000 ts 1204 5000 id 4\n"
				   "0.205 < A 1 ack 1001 ts 5155 1100\n"
				   "0.255 < A 1 ack 1001 sack 1-1001 ts 5205 1204\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 2, .new_bytes = 1000, .retransmitted = 1,
					      .retransmitted_bytes = 1000, .probe = 1, .spurious = 1 });
	assert_int_equal(trace_count(trace, EVENT_SPURIOUS), 1);
	trace_free(trace);
}

/* The ACK passed the tap and was lost behind it: sent again, but nothing of the data was lost. */
static void test_acknowledged_already(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT_NO_SACK
				   "0.100 > A 1 len 1000 id 3\n"
				   "0.150 < A 1 ack 1001\n"
				   "0.352 > A 1 len 1000 id 4\n"
				   "0.402 < A 1 ack 1001 win 65000\n");
	story_check(trace, C2S, &(struct expected){ .data_segments = 2, .new_bytes = 1000, .retransmitted = 1,
					      .retransmitted_bytes = 1000, .timeout = 1, .spurious = 1 });
	assert_true(trace_event(trace, EVENT_SPURIOUS, 0)->evidence & EVIDENCE_ACKED);
	trace_free(trace);
}

/* The receiver drops what it had reported (RFC 2018 8); the sender must send it again, and that isn't needless. */
static void test_reneging(void **state)
{
	struct trace *trace = story_play(state, AT_CLIENT
				   "0.100 > A 1 len 1460 id 3\n"
				   "0.101 > A 1461 len 1460 id 4\n"
				   "0.102 > A 2921 len 1460 id 5\n"
				   "0.103 > A 4381 len 1460 id 6\n"
				   "0.154 < A 1 ack 1 sack 1461-5841\n"
				   "0.155 > A 1 len 1460 id 7\n"
				   "0.600 > A 1 len 1460 id 8\n"
				   "0.650 < A 1 ack 1461\n"
				   "0.651 > A 1461 len 1460 id 9\n"
				   "0.652 > A 2921 len 1460 id 10\n"
				   "0.653 > A 4381 len 1460 id 11\n"
				   "0.703 < A 1 ack 5841\n");
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->retransmitted_segments, 5);
	assert_int_equal(facts->fast_retransmissions, 1);
	assert_int_equal(facts->timeout_retransmissions, 1);
	assert_int_equal(facts->slow_start_retransmissions, 3);
	assert_int_equal(facts->spurious_retransmissions, 0);
	assert_int_equal(facts->new_bytes, 5840);
	assert_int_equal(facts->acked_bytes, 5840);
	trace_free(trace);
}

int main(void)
{
	const struct story stories[] = {
		{ "dsack", test_dsack },
		{ "dsack_above_the_ack", test_dsack_above_the_ack },
		{ "dsack_without_retransmission", test_dsack_without_retransmission },
		{ "dsack_of_two_as_one", test_dsack_of_two_as_one },
		{ "timeout_with_sack_of_one_side", test_timeout_with_sack_of_one_side },
		{ "dsack_of_second_repair", test_dsack_of_second_repair },
		{ "eifel", test_eifel },
		{ "eifel_negative", test_eifel_negative },
		{ "spurious_counts_once", test_spurious_counts_once },
		{ "acknowledged_already", test_acknowledged_already },
		{ "reneging", test_reneging },
	};
	return stories_run(stories, sizeof stories / sizeof stories[0]);
}
