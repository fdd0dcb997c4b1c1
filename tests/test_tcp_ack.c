/* Speaks for analyze/engine/tcp_ack.c: round trips, duplicate ACKs, capture gaps. */
#include "tests/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>

#define MS 1000000

/* The tap is at the client: 50 ms to the server and back, 1 ms to the client and back. */
#define HANDSHAKE                                   \
	"0.000 > S 0 mss 1460 sack ws 7\n"          \
	"0.050 < SA 0 mss 1460 sack ws 7\n"         \
	"0.051 > A 1\n"

/* Round trips of 51, 61 and 51 ms, the last two measured by one ACK. By RFC 6298 2.2 and 2.3:
 *   51: RTTVAR = 51 / 2 = 25.5, SRTT = 51
 *   61: RTTVAR = 3/4 * 25.5 + 1/4 * 10 = 21.625, SRTT = 7/8 * 51 + 1/8 * 61 = 52.25
 *   51: RTTVAR = 3/4 * 21.625 + 1/4 * 1.25 = 16.53125 */
static void test_samples(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE
					 "0.100 > A 1 len 1460\n"
					 "0.110 > A 1461 len 1460\n"
					 "0.120 > A 2921 len 1460\n"
					 "0.151 < A 1 ack 1461\n"
					 "0.171 < A 1 ack 4381\n");
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->rtt_samples, 3);
	assert_int_equal(facts->rtt_min_ns, 51 * MS);
	assert_int_equal(facts->rtt_max_ns, 61 * MS);
	assert_int_equal(facts->rtt_mean_ns, 54333333); /* 163 / 3 */
	assert_int_equal(facts->rtt_p50_ns, 51 * MS);	/* nearest rank: 2nd of 51, 51, 61 */
	assert_int_equal(facts->rtt_p95_ns, 61 * MS);
	assert_int_equal(facts->rtt_p99_ns, 61 * MS);
	assert_int_equal(facts->rtt_mdev_ns, 16531250);
	assert_int_equal(trace_side(trace, S2C)->rtt_samples, 0);
	trace_free(trace);
}

static void test_one_sample(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE "0.100 > A 1 len 10\n0.1523 < A 1 ack 11\n");
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->rtt_samples, 1);
	const int64_t all[] = { facts->rtt_min_ns, facts->rtt_mean_ns, facts->rtt_p50_ns,
				facts->rtt_p95_ns, facts->rtt_p99_ns,  facts->rtt_max_ns };
	for (unsigned i = 0; i < sizeof all / sizeof all[0]; i++)
		assert_int_equal(all[i], 52300000);
	assert_int_equal(facts->rtt_mdev_ns, 26150000); /* half of the first sample */
	trace_free(trace);
}

static void assert_near(int64_t value, int64_t expected)
{
	int64_t off = value > expected ? value - expected : expected - value;
	if (off * 100 > expected * 3) /* histogram.h promises 3% */
		fail_msg("%" PRId64 " is not near %" PRId64, value, expected);
}

/* Round trips of 1, 2, .. 20 ms: by nearest rank the 10th, 19th and 20th. */
static void test_many_samples(void **state)
{
	(void)state;
	struct trace *trace = trace_new(NULL);
	trace_feed(trace, "0.000 > S 0 mss 1460\n0.001 < SA 0 mss 1460\n0.002 > A 1\n");
	for (unsigned i = 1; i <= 20; i++) {
		char lines[128];
		snprintf(lines, sizeof lines, "%u.000 > A %u len 100\n%u.%03u < A 1 ack %u\n", i, i * 100 - 99, i, i,
			 i * 100 + 1);
		trace_feed(trace, lines);
	}
	trace_finish(trace);
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->rtt_samples, 20);
	assert_int_equal(facts->rtt_min_ns, 1 * MS);
	assert_int_equal(facts->rtt_max_ns, 20 * MS);
	assert_int_equal(facts->rtt_mean_ns, 10500000);
	assert_near(facts->rtt_p50_ns, 10 * MS);
	assert_near(facts->rtt_p95_ns, 19 * MS);
	assert_near(facts->rtt_p99_ns, 20 * MS);
	trace_free(trace);
}

/* Karn: no sample from what was sent twice, and none from what had to wait for it: without SACK the second and third
 * segment's ACK came only with the repair. */
static void test_karn(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.000 > S 0 mss 1460 id 1\n"
					 "0.050 < SA 0 mss 1460\n"
					 "0.051 > A 1 id 2\n"
					 "0.100 > A 1 len 1460 id 3\n"
					 "0.101 > A 1461 len 1460 id 4\n"
					 "0.102 > A 2921 len 1460 id 5\n"
					 "0.400 > A 1 len 1460 id 6\n"
					 "0.450 < A 1 ack 4381\n");
	assert_int_equal(trace_side(trace, C2S)->retransmitted_segments, 1);
	assert_int_equal(trace_side(trace, C2S)->rtt_samples, 0);
	trace_free(trace);
}

/* What SACK reports is measured when it is reported, not when the repair lets the ACK pass. */
static void test_sack_samples(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE
					 "0.100 > A 1 len 1460 id 3\n"
					 "0.101 > A 1461 len 1460 id 4\n"
					 "0.102 > A 2921 len 1460 id 5\n"
					 "0.152 < A 1 ack 1 sack 1461-2921\n"
					 "0.154 < A 1 ack 1 sack 1461-4381\n"
					 "0.155 > A 1 len 1460 id 6\n"
					 "0.205 < A 1 ack 4381\n");
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->rtt_samples, 2);
	assert_int_equal(facts->rtt_min_ns, 51 * MS); /* 0.152 - 0.101 */
	assert_int_equal(facts->rtt_max_ns, 52 * MS); /* 0.154 - 0.102 */
	trace_free(trace);
}

/* Both sides of the tap: the server's data are acknowledged by the client 1 ms later. */
static void test_both_directions(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE
					 "0.100 > A 1 len 100\n"
					 "0.151 < A 1 ack 101 len 500\n"
					 "0.153 > A 101 ack 501\n");
	assert_int_equal(trace_side(trace, C2S)->rtt_min_ns, 51 * MS);
	assert_int_equal(trace_side(trace, S2C)->rtt_samples, 1);
	assert_int_equal(trace_side(trace, S2C)->rtt_min_ns, 2 * MS);
	trace_free(trace);
}

/* RFC 5681 2: duplicate is an ACK when (a) data is outstanding, (b) it carries none, (c) no SYN or FIN, (d) it says the
 * highest ACK again, (e) with the same window. One of each that fails by one condition; only the line marked counts. */
static void test_duplicate_acks(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.000 > S 0 mss 1460\n"
					 "0.050 < SA 0 mss 1460\n"
					 "0.051 > A 1\n"
					 "0.060 < A 1 ack 1\n" /* (a) nothing outstanding */
					 "0.100 > A 1 len 1460\n"
					 "0.101 > A 1461 len 1460\n"
					 "0.150 < A 1 ack 1461\n"
					 "0.151 < A 1 ack 1461\n" /* counts */
					 "0.152 < A 1 ack 1461 win 60000\n" /* (e) */
					 "0.153 < A 1 ack 1461 win 60000 len 10\n" /* (b) */
					 "0.154 < A 11 ack 1 win 60000\n" /* (d) */
					 "0.155 < FA 11 ack 1461 win 60000\n"); /* (c) */
	assert_int_equal(trace_side(trace, S2C)->duplicate_acks, 1);
	assert_int_equal(trace_side(trace, C2S)->duplicate_acks, 0);
	trace_free(trace);
}

/* With SACK news it counts though the window has changed (RFC 6675 2: "carries ... previously unacknowledged and
 * un-SACKed octets"). */
static void test_duplicate_ack_with_sack(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE
					 "0.100 > A 1 len 1460\n"
					 "0.101 > A 1461 len 1460\n"
					 "0.151 < A 1 ack 1 win 500 sack 1461-2921\n");
	assert_int_equal(trace_side(trace, S2C)->duplicate_acks, 1);
	trace_free(trace);
}

/* The ACK covers two segments that the tap never saw. */
static void test_gap_at_the_end(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE
					 "0.100 > A 1 len 1460\n"
					 "0.150 < A 1 ack 4381\n"
					 "0.200 > A 4381 len 1460\n");
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->capture_gap_bytes, 2920);
	assert_int_equal(facts->capture_gap_segments, 2);
	assert_int_equal(facts->new_bytes, 2920); /* the first and the last segment */
	assert_int_equal(facts->lost_upstream + facts->lost_downstream + facts->retransmitted_segments, 0);
	const struct event_facts *event = trace_event(trace, EVENT_CAPTURE_GAP, 0);
	assert_int_equal(event->direction, C2S);
	assert_int_equal(trace_relative(trace, C2S, event->seq), 1461);
	assert_int_equal(event->len, 2920);
	assert_int_equal(event->evidence, EVIDENCE_ACK_BEYOND);
	assert_int_equal(trace_totals(trace).capture_gap_segments, 2);
	trace_free(trace);
}

/* A hole between segments is acknowledged and never filled: the tap missed it, and the ACK still measures the rest. */
static void test_gap_in_a_hole(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE
					 "0.100 > A 1 len 1460\n"
					 "0.101 > A 2921 len 1460\n"
					 "0.152 < A 1 ack 4381\n");
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->capture_gap_bytes, 1460);
	assert_int_equal(facts->capture_gap_segments, 1);
	assert_int_equal(facts->lost_upstream + facts->reordered_segments + facts->retransmitted_segments, 0);
	trace_free(trace);
}

/* The data comes by 1 ms after its ACK: two capture queues, not a gap. */
static void test_gap_captured_late(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE
					 "0.100 > A 1 len 1460\n"
					 "0.1500 < A 1 ack 2921\n"
					 "0.1510 > A 1461 len 1460\n");
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->capture_gap_bytes, 0);
	assert_int_equal(facts->capture_gap_segments, 0);
	assert_int_equal(facts->new_bytes, 2920);
	assert_int_equal(facts->retransmitted_segments + facts->reordered_segments + facts->unknown_segments, 0);
	assert_int_equal(trace_totals(trace).capture_gap_segments, 0);
	for (unsigned i = 0; i < trace->interval_count; i++)
		assert_int_equal(trace->intervals[i].capture_gap_segments + trace->intervals[i].capture_gap_bytes, 0);
	trace_free(trace);
}

/* The tap missed the segment; its ACK passed the tap and was lost behind it; the sender's timer sends it again. The
 * receiver had it long before: nothing was lost, and the retransmission was needless. */
static void test_gap_sent_again(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE
					 "0.100 > A 1 len 1460\n"
					 "0.150 < A 1 ack 2921\n"
					 "0.450 > A 1461 len 1460\n");
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->capture_gap_bytes, 1460);
	assert_int_equal(facts->retransmitted_segments, 1);
	assert_int_equal(facts->lost_upstream, 0);
	assert_int_equal(facts->lost_downstream, 0);
	assert_int_equal(facts->spurious_retransmissions, 1);
	trace_free(trace);
}

/* Three segments never come by. The tap missed the first and the third, for the ACK of 0.152 covers the one and its SACK the
 * other; the second was lost, and is sent again. */
static void test_gap_beside_a_loss(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE
					 "0.100 > A 1 len 1460\n"
					 "0.104 > A 5841 len 1460\n"
					 "0.152 < A 1 ack 2921 sack 4381-5841\n"
					 "0.155 < A 1 ack 2921 sack 4381-7301\n"
					 "0.205 > A 2921 len 1460\n"
					 "0.256 < A 1 ack 7301\n");
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->capture_gap_bytes, 2920);
	assert_int_equal(facts->capture_gap_segments, 2);
	assert_int_equal(facts->lost_upstream, 1);
	assert_int_equal(facts->lost_downstream, 0);
	assert_int_equal(facts->retransmitted_segments, 1);
	assert_int_equal(facts->acked_bytes, 7300);
	trace_free(trace);
}

/* The tap missed the client's FIN, which is no data; the connection is closed all the same. */
static void test_missed_fin(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE
					 "0.100 > A 1 len 1460\n"
					 "0.150 < A 1 ack 1462\n"
					 "0.151 < FA 1 ack 1462\n"
					 "0.152 > A 1462 ack 2\n");
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->capture_gap_bytes, 0);
	assert_int_equal(facts->capture_gap_segments, 0);
	assert_int_equal(facts->acked_bytes, 1460);
	assert_int_equal(facts->fins, 0);
	assert_int_equal(trace_flow(trace)->state, FLOW_CLOSED);
	trace_free(trace);
}

/* ... and so it is where the tap missed data and FIN in one segment, and the other side's close came by. */
static void test_missed_data_and_fin(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE
					 "0.100 > A 1 len 1460\n"
					 "0.150 < A 1 ack 1962\n"
					 "0.151 < FA 1 ack 1962\n"
					 "0.152 > A 1962 ack 2\n");
	assert_int_equal(trace_side(trace, C2S)->capture_gap_segments, 1);
	assert_int_equal(trace_flow(trace)->state, FLOW_CLOSED);
	trace_free(trace);
}

/* A gap in the middle of what the server sends after the client's close is no close of the server's. */
static void test_half_closed_gap(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE
					 "0.100 > FA 1\n"
					 "0.150 < A 1 ack 2 len 1460\n"
					 "0.152 > A 2 ack 2921\n"
					 "0.160 < A 2921 ack 2 len 1460\n"
					 "0.161 > A 2 ack 4381\n");
	assert_int_equal(trace_side(trace, S2C)->capture_gap_bytes, 1460);
	assert_int_equal(trace_flow(trace)->state, FLOW_HALF_CLOSED);
	trace_free(trace);
}

/* One byte that the tap missed, as in a terminal session: what follows shows that it was no FIN. */
static void test_missed_byte(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE
					 "0.100 > A 1 len 1460\n"
					 "0.150 < A 1 ack 1462\n"
					 "0.200 > A 1462 len 10\n"
					 "0.250 < A 1 ack 1472\n");
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->capture_gap_bytes, 1);
	assert_int_equal(facts->capture_gap_segments, 1);
	assert_int_equal(facts->acked_bytes, 1471);
	assert_int_equal(facts->new_bytes, 1470);
	assert_int_equal(trace_flow(trace)->state, FLOW_ESTABLISHED);
	trace_free(trace);
}

/* A segment is missed; later the FIN comes by 1 ms after its ACK. The first is a gap, the second is none. */
static void test_fin_captured_late(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE
					 "0.100 > A 1461 len 1460\n"
					 "0.150 < A 1 ack 2921\n"
					 "0.201 < A 1 ack 2922\n"
					 "0.202 > FA 2921\n"
					 "0.203 < FA 1 ack 2922\n"
					 "0.204 > A 2922 ack 2\n");
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->capture_gap_bytes, 1460);
	assert_int_equal(facts->capture_gap_segments, 1);
	assert_int_equal(facts->acked_bytes, 2920);
	assert_int_equal(facts->retransmitted_segments, 0);
	assert_int_equal(facts->fins, 1);
	assert_int_equal(trace_flow(trace)->state, FLOW_CLOSED);
	trace_free(trace);
}

/* The tap missed the SYN, its ACK and the first segment; the SYN-ACK tells where the client's data begin. */
static void test_gap_after_a_missed_syn(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.050 < SA 0 mss 1460\n"
					 "0.100 > A 1461 len 1460\n"
					 "0.150 < A 1 ack 2921\n");
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->capture_gap_bytes, 1460);
	assert_int_equal(facts->capture_gap_segments, 1);
	assert_int_equal(facts->acked_bytes, 2920);
	trace_free(trace);
}

/* The tap missed the SYN-ACK and the server's first segment. */
static void test_gap_after_a_missed_syn_ack(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.000 > S 0 mss 1460\n"
					 "0.051 > A 1\n"
					 "0.100 < A 1461 len 1460\n"
					 "0.101 > A 1 ack 2921\n");
	const struct direction_facts *facts = trace_side(trace, S2C);
	assert_int_equal(facts->capture_gap_bytes, 1460);
	assert_int_equal(facts->capture_gap_segments, 1);
	assert_int_equal(facts->acked_bytes, 2920);
	trace_free(trace);
}

/* 2^30 and more beyond what was sent: an ACK of no such connection. */
static void test_absurd_ack(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE
					 "0.100 > A 1 len 1460\n"
					 "0.140 < A 1 ack 2000000000\n"
					 "0.150 < A 1 ack 1461\n");
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->capture_gap_bytes, 0);
	assert_int_equal(facts->acked_bytes, 1460);
	assert_int_equal(facts->rtt_min_ns, 50 * MS);
	trace_free(trace);
}

/* The capture begins with an ACK; what it acknowledges lies before the capture and is no gap. */
static void test_ack_before_data(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.100 < A 1 ack 5001\n"
					 "0.101 > A 5001 len 1000\n"
					 "0.151 < A 1 ack 6001\n");
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->capture_gap_bytes, 0);
	assert_int_equal(facts->acked_bytes, 1000);
	assert_int_equal(facts->rtt_samples, 1);
	assert_int_equal(facts->rtt_min_ns, 50 * MS);
	trace_free(trace);
}

/* SYN and FIN take a sequence number each and are no bytes. */
static void test_acked_bytes(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE
					 "0.100 > A 1 len 1000\n"
					 "0.101 > FA 1001 len 500\n"
					 "0.151 < FA 1 ack 1502\n"
					 "0.152 > A 1502 ack 2\n");
	assert_int_equal(trace_side(trace, C2S)->acked_bytes, 1500);
	assert_int_equal(trace_side(trace, S2C)->acked_bytes, 0);
	assert_int_equal(trace_side(trace, C2S)->capture_gap_bytes, 0);
	trace_free(trace);
}

static void test_in_flight(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE
					 "0.100 > A 1 len 1460\n"
					 "0.101 > A 1461 len 1460\n"
					 "0.102 > A 2921 len 1460\n"
					 "0.150 < A 1 ack 2921\n"
					 "0.151 > A 4381 len 1000\n");
	assert_int_equal(trace_side(trace, C2S)->in_flight_max, 4380); /* later 1460 + 1000 */
	trace_free(trace);
}

/* SACK reports parts of the second segment: that says nothing of when it arrived, which the ACK does. */
static void test_sack_of_a_part(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE
					 "0.100 > A 1 len 1460\n"
					 "0.110 > A 1461 len 1460\n"
					 "0.120 > A 2921 len 1460\n"
					 "0.151 < A 1 ack 1 sack 1461-2000\n"
					 "0.152 < A 1 ack 1 sack 2500-2921\n"
					 "0.171 < A 1 ack 4381\n");
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->rtt_samples, 3);
	assert_int_equal(facts->rtt_min_ns, 51 * MS);
	assert_int_equal(facts->rtt_max_ns, 71 * MS);
	trace_free(trace);
}

static uint64_t in_flight_at(const struct trace *trace, int64_t t_ns)
{
	for (unsigned i = 0; i < trace->flow_interval_count; i++)
		if (trace->flow_intervals[i].t_ns == t_ns && trace->flow_intervals[i].direction == C2S)
			return trace->flow_intervals[i].in_flight_max;
	fail_msg("no row at %" PRId64, t_ns);
	return 0;
}

/* What was sent in one second and is acknowledged in the next was in flight in both; in the third there is only what is sent then. */
static void test_in_flight_of_intervals(void **state)
{
	(void)state;
	struct engine_options engine = { 0 };
	engine_options_default(&engine);
	engine.interval_ns = 1000 * MS;
	engine.flow_timeline_packets = 0;
	struct trace *trace = trace_play(&(struct trace_options){ .engine = &engine }, HANDSHAKE
					 "0.900 > A 1 len 1460\n"
					 "0.901 > A 1461 len 1460\n"
					 "1.100 < A 1 ack 1461\n"
					 "1.101 < A 1 ack 2921\n"
					 "2.100 > A 2921 len 1000\n"
					 "2.150 < A 1 ack 3921\n");
	assert_int_equal(in_flight_at(trace, 0), 2920);
	assert_int_equal(in_flight_at(trace, 1000 * MS), 2920);
	assert_int_equal(in_flight_at(trace, 2000 * MS), 1000);
	trace_free(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_one_sample),
		cmocka_unit_test(test_many_samples),
		cmocka_unit_test(test_karn),
		cmocka_unit_test(test_sack_samples),
		cmocka_unit_test(test_both_directions),
		cmocka_unit_test(test_duplicate_acks),
		cmocka_unit_test(test_duplicate_ack_with_sack),
		cmocka_unit_test(test_gap_at_the_end),
		cmocka_unit_test(test_gap_in_a_hole),
		cmocka_unit_test(test_gap_captured_late),
		cmocka_unit_test(test_gap_sent_again),
		cmocka_unit_test(test_gap_beside_a_loss),
		cmocka_unit_test(test_missed_fin),
		cmocka_unit_test(test_missed_data_and_fin),
		cmocka_unit_test(test_half_closed_gap),
		cmocka_unit_test(test_missed_byte),
		cmocka_unit_test(test_fin_captured_late),
		cmocka_unit_test(test_gap_after_a_missed_syn),
		cmocka_unit_test(test_gap_after_a_missed_syn_ack),
		cmocka_unit_test(test_absurd_ack),
		cmocka_unit_test(test_ack_before_data),
		cmocka_unit_test(test_acked_bytes),
		cmocka_unit_test(test_in_flight),
		cmocka_unit_test(test_sack_of_a_part),
		cmocka_unit_test(test_in_flight_of_intervals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
