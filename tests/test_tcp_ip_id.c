/* Speaks for analyze/engine/tcp_ip_id.c and the parts of tcp_evidence.c and tcp_data.c that use it: losses that leave no
 * hole. The tap is at the server; what the client sent and the tap never saw stands in the comments. Linux numbers the
 * packets of a connection one by one, probes after 2 RTT + 200 ms when one segment is out (RFC 8985 7.2 with a delayed ACK),
 * and doubles its time-outs. */
#include "tests/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define OPENING                                                  \
	"0.000 > S 0 mss 1460 sack ws 7 ts 1000 0 id 1\n"        \
	"0.001 < SA 0 mss 1460 sack ws 7 ts 5000 1000\n"         \
	"0.051 > A 1 ts 1051 5000 id 2\n"
#define TWO_SEGMENTS                                             \
	"0.100 > A 1 len 1448 ts 1100 5000 id 3\n"               \
	"0.101 < A 1 ack 1449 ts 5100 1100\n"                    \
	"0.102 > A 1449 len 1448 ts 1102 5000 id 4\n"            \
	"0.103 < A 1 ack 2897 ts 5102 1102\n"

/* 5 was lost; 6 and 7 have come and are reported. */
#define FIFTH_LOST                                               \
	"0.105 > A 4345 len 1448 ts 1104 5000 id 6\n"            \
	"0.106 < A 1 ack 2897 ts 5104 1102 sack 4345-5793\n"     \
	"0.107 > A 5793 len 1448 ts 1106 5000 id 7\n"            \
	"0.108 < A 1 ack 2897 ts 5106 1102 sack 4345-7241\n"

struct expected {
	uint64_t retransmitted, fast, timeout, slow_start, probe, upstream;
};

static void check(const char *script, const struct expected *expected)
{
	struct trace *trace = trace_play(NULL, script);
	const struct direction_facts *facts = trace_side(trace, C2S);
	assert_int_equal(facts->retransmitted_segments, expected->retransmitted);
	assert_int_equal(facts->fast_retransmissions, expected->fast);
	assert_int_equal(facts->timeout_retransmissions, expected->timeout);
	assert_int_equal(facts->slow_start_retransmissions, expected->slow_start);
	assert_int_equal(facts->tail_loss_probes, expected->probe);
	assert_int_equal(facts->lost_upstream, expected->upstream);
	assert_int_equal(facts->lost_downstream, 0);
	assert_int_equal(facts->unknown_segments + facts->reordered_segments + facts->network_duplicates, 0);
	trace_free(trace);
}

/* The client has only acknowledged, 3 to 6. Its first data, 7, was lost, and 8 is sent later: when 7 was sent nobody knows. */
static void test_lost_first(void **state)
{
	(void)state;
	const char *script = OPENING
		"0.100 < A 1 len 1448 ts 5100 1051\n"
		"0.150 > A 1 ack 1449 ts 1150 5100 id 3\n"
		"0.151 < A 1449 len 1448 ts 5151 1150\n"
		"0.201 > A 1 ack 2897 ts 1201 5151 id 4\n"
		"0.202 < A 2897 len 1448 ts 5202 1201\n"
		"0.252 > A 1 ack 4345 ts 1252 5202 id 5\n"
		"0.253 < A 4345 len 1448 ts 5253 1252\n"
		"0.303 > A 1 ack 5793 ts 1303 5253 id 6\n"
		"0.700 > PA 1 ack 5793 len 700 ts 1700 5253 id 8\n"
		"0.701 < A 5793 ack 701 ts 5701 1700\n";
	struct trace *trace = trace_play(NULL, script);
	assert_int_equal(trace_side(trace, C2S)->retransmitted_segments, 1);
	assert_int_equal(trace_event(trace, EVENT_RETRANSMISSION, 0)->value_ns, 0);
	trace_free(trace);
}

/* 5 was lost; 6 is the same segment as a probe, 2 x 50 + 200 ms later. */
static void test_lost_tail(void **state)
{
	(void)state;
	const char *script = OPENING TWO_SEGMENTS
		"0.402 > PA 2897 len 700 ts 1402 5102 id 6\n"
		"0.403 < A 1 ack 3597 ts 5402 1402\n";
	check(script, &(struct expected){ .retransmitted = 1, .probe = 1, .upstream = 1 });
	struct trace *trace = trace_play(NULL, script);
	assert_int_equal(trace_event(trace, EVENT_RETRANSMISSION, 0)->evidence, EVIDENCE_IP_ID | EVIDENCE_TIMER);
	assert_int_equal(trace_side(trace, C2S)->new_bytes, 2 * 1448 + 700);
	trace_free(trace);
}

/* 5 was lost, so was the probe 6 after 300 ms and 7 after another 250 ms; 8 comes 500 ms later. */
static void test_lost_three_times(void **state)
{
	(void)state;
	check(OPENING TWO_SEGMENTS
	      "1.152 > PA 2897 len 700 ts 2152 5102 id 8\n"
	      "1.153 < A 1 ack 3597 ts 6152 2152\n",
	      &(struct expected){ .retransmitted = 1, .timeout = 1, .upstream = 3 });
}

/* 5 and 6 were lost. 7 is the first again after the time-out, 8 the second, and 9 is new. */
static void test_two_lost(void **state)
{
	(void)state;
	check(OPENING TWO_SEGMENTS
	      "0.380 > A 2897 len 1448 ts 1380 5102 id 7\n"
	      "0.381 < A 1 ack 4345 ts 5380 1380\n"
	      "0.431 > A 4345 len 1448 ts 1431 5380 id 8\n"
	      "0.432 < A 1 ack 5793 ts 5431 1431\n"
	      "0.482 > A 5793 len 1448 ts 1482 5431 id 9\n"
	      "0.483 < A 1 ack 7241 ts 5482 1482\n",
	      &(struct expected){ .retransmitted = 2, .timeout = 1, .slow_start = 1, .upstream = 2 });
}

/* 5 and 6 were lost. The probe 7 repeats 6 and so shows the hole, which 8 fills. */
static void test_probe_beyond_a_hole(void **state)
{
	(void)state;
	check(OPENING TWO_SEGMENTS
	      "0.220 > PA 4345 len 700 ts 1220 5102 id 7\n"
	      "0.221 < A 1 ack 2897 ts 5220 1102 sack 4345-5045\n"
	      "0.271 > A 2897 len 1448 ts 1271 5220 id 8\n"
	      "0.272 < A 1 ack 5045 ts 5271 1271\n",
	      &(struct expected){ .retransmitted = 2, .probe = 1, .fast = 1, .upstream = 2 });
}

/* 5 was lost; 6 comes 200 ms later. The clock was set back by 250 ms in the handshake, which is no round trip of -200 ms: with the shortest
 * time-out it would be one of 0 ms, that expires for ever. */
static void test_clock_set_back(void **state)
{
	(void)state;
	check("0.300 > S 0 mss 1460 sack ws 7 ts 1000 0 id 1\n"
	      "0.050 < SA 0 mss 1460 sack ws 7 ts 5000 1000\n"
	      "0.100 > A 1 ts 1051 5000 id 2\n" TWO_SEGMENTS
	      "0.402 > PA 2897 len 700 ts 1402 5102 id 6\n"
	      "0.403 < A 1 ack 3597 ts 5402 1402\n",
	      &(struct expected){ .retransmitted = 1, .probe = 1, .upstream = 1 });
}

/* The client had nothing to send for 300 ms: no ID is missing. */
static void test_pause(void **state)
{
	(void)state;
	check(OPENING TWO_SEGMENTS
	      "0.402 > PA 2897 len 700 ts 1402 5102 id 5\n"
	      "0.403 < A 1 ack 3597 ts 5402 1402\n",
	      &(struct expected){ 0 });
}

/* 5 was a pure ACK of the answer, which was lost. */
static void test_lost_ack(void **state)
{
	(void)state;
	check(OPENING TWO_SEGMENTS
	      "0.110 < A 1 len 500 ack 2897 ts 5110 1102\n"
	      "0.402 > PA 2897 len 700 ack 501 ts 1402 5110 id 6\n"
	      "0.403 < A 501 ack 3597 ts 5402 1402\n",
	      &(struct expected){ 0 });
}

/* A sender with one counter for all its connections, as some have: after each pause others have used some IDs. It does not
 * send timestamps. */
static void test_common_counter(void **state)
{
	(void)state;
	check("0.000 > S 0 mss 1460 sack ws 7 id 1\n"
	      "0.001 < SA 0 mss 1460 sack ws 7\n"
	      "0.051 > A 1 id 3\n"
	      "0.100 > A 1 len 1460 id 10\n"
	      "0.101 < A 1 ack 1461\n"
	      "0.400 > A 1461 len 1460 id 12\n"
	      "0.401 < A 1 ack 2921\n"
	      "0.700 > A 2921 len 1460 id 13\n"
	      "0.701 < A 1 ack 4381\n"
	      "1.000 > A 4381 len 1460 id 15\n"
	      "1.001 < A 1 ack 5841\n",
	      &(struct expected){ 0 });
}

/* A printer has no room for 1.2 s, in which the client sends others 18 packets: what follows its window update was not lost. */
static void test_closed_window(void **state)
{
	(void)state;
	check("0.000 > S 0 mss 1460 id 1\n"
	      "0.001 < SA 0 mss 1460 win 2920\n"
	      "0.002 > A 1 id 2\n"
	      "0.100 > A 1 len 1460 id 3\n"
	      "0.200 < A 1 ack 1461 win 2920\n"
	      "0.300 > A 1461 len 1460 id 4\n"
	      "0.310 < A 1 ack 2921 win 2920\n"
	      "0.400 > A 2921 len 1460 id 5\n"
	      "0.410 < A 1 ack 4381 win 628\n"
	      "1.600 < A 1 ack 4381 win 4000\n"
	      "1.601 > A 4381 len 1460 id 24\n"
	      "1.602 > A 5841 len 1460 id 25\n"
	      "1.700 < A 1 ack 7301 win 4000\n",
	      &(struct expected){ 0 });
}

/* Between two packets that are 2 ms apart nothing can have been lost and sent again, however long its data are ago; and who leaves
 * out IDs so is not believed later. */
static void test_quick_gap(void **state)
{
	(void)state;
	check("0.000 > S 0 mss 1460 id 1\n"
	      "0.001 < SA 0 mss 1460\n"
	      "0.051 > A 1 id 2\n"
	      "0.100 > A 1 len 1000 id 3\n"
	      "0.101 < A 1 ack 1001\n"
	      "0.300 > A 1001 len 1000 id 4\n"
	      "0.301 < A 1 ack 2001\n"
	      "0.500 > A 2001 len 1000 id 5\n"
	      "0.501 < A 1 ack 3001 len 500\n"
	      "0.601 > A 3001 ack 501 id 20\n"
	      "0.603 > A 3001 ack 501 len 1000 id 40\n"
	      "0.604 < A 501 ack 4001\n"
	      "1.004 > A 4001 ack 501 len 1000 id 42\n"
	      "1.005 < A 501 ack 5001\n",
	      &(struct expected){ 0 });
}

#define TWO_CONNECTIONS                                 \
	"0.000 > S 0 mss 1460 id 1\n"                   \
	"0.001 < SA 0 mss 1460\n"                       \
	"0.010 > S 0 mss 1460 sport 40001 id 2\n"       \
	"0.011 < SA 0 mss 1460 dport 40001\n"
#define ONE_COUNTER TWO_CONNECTIONS                     \
	"0.051 > A 1 id 3\n"                            \
	"0.061 > A 1 sport 40001 id 4\n"                \
	"0.100 > A 1 len 1000 id 5\n"                   \
	"0.101 < A 1 ack 1001\n"                        \
	"0.110 > A 1 len 1000 sport 40001 id 6\n"       \
	"0.111 < A 1 ack 1001 dport 40001\n"            \
	"0.200 > A 1001 len 1000 id 7\n"                \
	"0.201 < A 1 ack 2001\n"                        \
	"0.400 repeat 8 every 0.070 {\n"                \
	"    0.000 > A 2001+1000 len 1000 id 8+1\n"     \
	"    0.001 < A 1 ack 3001+1000\n"               \
	"}\n"                                           \
	"1.000 > A 1001 len 1000 sport 40001 id 16\n"   \
	"1.001 < A 1 ack 2001 dport 40001\n"            \
	"1.200 > A 2001 len 1000 sport 40001 id 17\n"   \
	"1.201 < A 1 ack 3001 dport 40001\n"            \
	"2.000 > A 10001 len 1000 id 18\n"              \
	"2.001 < A 1 ack 11001\n"

/* Of the client's two connections. */
static void check_two(const char *script, uint64_t retransmitted, uint64_t upstream)
{
	struct trace *trace = trace_play(NULL, script);
	assert_int_equal(trace->flow_count, 2);
	const struct direction_facts *one = &trace->flows[0].direction[C2S], *two = &trace->flows[1].direction[C2S];
	assert_int_equal(one->retransmitted_segments + two->retransmitted_segments, retransmitted);
	assert_int_equal(one->lost_upstream + two->lost_upstream, upstream);
	assert_int_equal(one->reordered_segments + two->reordered_segments, 0);
	trace_free(trace);
}

/* Windows: what one connection leaves out, the other has. */
static void test_shared_counter(void **state)
{
	(void)state;
	check_two(ONE_COUNTER, 0, 0);
}

/* As before, but 19 was lost, and was repeated as 22; 20 shows the hole. */
static void test_loss_under_shared_counter(void **state)
{
	(void)state;
	check_two(ONE_COUNTER "2.101 > A 12001 len 1000 id 20\n"
			      "2.102 < A 1 ack 11001\n"
			      "2.110 > A 3001 len 1000 sport 40001 id 21\n"
			      "2.111 < A 1 ack 4001 dport 40001\n"
			      "2.152 > A 11001 len 1000 id 22\n"
			      "2.153 < A 1 ack 13001\n",
		  1, 1);
}

/* Two connections that count each for itself, as Linux does: 8 of the first was lost, and 9 repeats it. */
static void test_loss_beside_other_connection(void **state)
{
	(void)state;
	check_two(TWO_CONNECTIONS "0.051 > A 1 id 3\n"
				  "0.061 > A 1 sport 40001 id 40004\n"
				  "0.100 > A 1 len 1000 id 4\n"
				  "0.101 < A 1 ack 1001\n"
				  "0.110 > A 1 len 1000 sport 40001 id 40005\n"
				  "0.111 < A 1 ack 1001 dport 40001\n"
				  "0.200 > A 1001 len 1000 id 5\n"
				  "0.201 < A 1 ack 2001\n"
				  "0.210 > A 1001 len 1000 sport 40001 id 40006\n"
				  "0.211 < A 1 ack 2001 dport 40001\n"
				  "0.400 > A 2001 len 1000 id 6\n"
				  "0.401 < A 1 ack 3001\n"
				  "0.410 > A 2001 len 1000 sport 40001 id 40007\n"
				  "0.411 < A 1 ack 3001 dport 40001\n"
				  "0.412 > A 3001 len 1000 id 7\n"
				  "0.413 < A 1 ack 4001\n"
				  "0.713 > A 4001 len 1000 id 9\n"
				  "0.714 < A 1 ack 5001\n",
		  1, 1);
}

/* 5 was lost, and so was 8, which repeated it; 10 repeats it once more. */
static void test_lost_repair(void **state)
{
	(void)state;
	check(OPENING TWO_SEGMENTS FIFTH_LOST
	      "0.160 > A 7241 len 1448 ts 1160 5104 id 9\n"
	      "0.161 < A 1 ack 2897 ts 5160 1102 sack 4345-8689\n"
	      "0.214 > A 2897 len 1448 ts 1214 5160 id 10\n"
	      "0.215 < A 1 ack 8689 ts 5214 1214\n",
	      &(struct expected){ .retransmitted = 1, .fast = 1, .upstream = 2 });
}

/* 5 was lost. 8 was lost too, a new segment; 9 repeats 5; 10 shows the hole that 8 left, and 11 repeats 8. */
static void test_new_segment_lost_before_repair(void **state)
{
	(void)state;
	check(OPENING TWO_SEGMENTS FIFTH_LOST
	      "0.160 > A 2897 len 1448 ts 1160 5104 id 9\n"
	      "0.161 < A 1 ack 7241 ts 5160 1160\n"
	      "0.162 > A 8689 len 1448 ts 1161 5104 id 10\n"
	      "0.163 < A 1 ack 7241 ts 5161 1160 sack 8689-10137\n"
	      "0.213 > A 7241 len 1448 ts 1213 5161 id 11\n"
	      "0.214 < A 1 ack 10137 ts 5213 1213\n",
	      &(struct expected){ .retransmitted = 2, .fast = 2, .upstream = 2 });
}

/* 5 was lost. 8, its repair, is late: 9 comes first. Nothing else was lost. */
static void test_late_repair(void **state)
{
	(void)state;
	check(OPENING TWO_SEGMENTS FIFTH_LOST
	      "0.160 > A 7241 len 1448 ts 1160 5104 id 9\n"
	      "0.161 < A 1 ack 2897 ts 5160 1102 sack 4345-8689\n"
	      "0.162 > A 2897 len 1448 ts 1160 5104 id 8\n"
	      "0.163 < A 1 ack 8689 ts 5162 1160\n",
	      &(struct expected){ .retransmitted = 1, .fast = 1, .upstream = 1 });
}

/* 5 was lost, and 7, the last; 8 repairs 5 so soon that 7 can't have done so before; 9 repeats 7. */
static void test_tail_lost_before_repair(void **state)
{
	(void)state;
	check(OPENING TWO_SEGMENTS
	      "0.105 > A 4345 len 1448 ts 1104 5000 id 6\n"
	      "0.106 < A 1 ack 2897 ts 5104 1102 sack 4345-5793\n"
	      "0.157 > A 2897 len 1448 ts 1157 5104 id 8\n"
	      "0.158 < A 1 ack 5793 ts 5157 1157\n"
	      "0.208 > PA 5793 len 700 ts 1208 5157 id 9\n"
	      "0.209 < A 1 ack 6493 ts 5208 1208\n",
	      &(struct expected){ .retransmitted = 2, .fast = 2, .upstream = 2 });
}

/* As before, but it was the tap that missed 7, as its ACK shows: 9 is new. */
static void test_tail_missed_before_repair(void **state)
{
	(void)state;
	const char *script = OPENING TWO_SEGMENTS
		"0.105 > A 4345 len 1448 ts 1104 5000 id 6\n"
		"0.106 < A 1 ack 2897 ts 5104 1102 sack 4345-5793\n"
		"0.157 > A 2897 len 1448 ts 1157 5104 id 8\n"
		"0.158 < A 1 ack 6493 ts 5157 1157\n"
		"0.208 > PA 6493 len 700 ts 1208 5157 id 9\n"
		"0.209 < A 1 ack 7193 ts 5208 1208\n";
	check(script, &(struct expected){ .retransmitted = 1, .fast = 1, .upstream = 1 });
	struct trace *trace = trace_play(NULL, script);
	assert_int_equal(trace_side(trace, C2S)->capture_gap_bytes, 700);
	trace_free(trace);
}

/* 5, the last, was lost. The number of the pure ACK 6 shows that; 7 repeats 5, 300 ms after it. */
static void test_ack_shows_lost_tail(void **state)
{
	(void)state;
	check(OPENING TWO_SEGMENTS
	      "0.110 < A 1 len 500 ack 2897 ts 5110 1102\n"
	      "0.161 > A 3597 ack 501 ts 1161 5110 id 6\n"
	      "0.461 > PA 2897 len 700 ack 501 ts 1461 5110 id 7\n"
	      "0.462 < A 501 ack 3597 ts 5461 1461\n",
	      &(struct expected){ .retransmitted = 1, .probe = 1, .upstream = 1 });
}

/* IPv6: no IDs. 2897 was lost, and so was its repair: what the client sent after the report of 5109 is new data. When that has
 * been reported in turn, the second repair comes. */
static void test_lost_repair_without_id(void **state)
{
	(void)state;
	check("0.000 > S 0 mss 1460 sack ws 7 ts 1000 0\n"
	      "0.001 < SA 0 mss 1460 sack ws 7 ts 5000 1000\n"
	      "0.051 > A 1 ts 1051 5000\n"
	      "0.100 > A 1 len 1448 ts 1100 5000\n"
	      "0.101 < A 1 ack 1449 ts 5100 1100\n"
	      "0.102 > A 1449 len 1448 ts 1102 5000\n"
	      "0.103 < A 1 ack 2897 ts 5102 1102\n"
	      "0.105 > A 4345 len 1448 ts 1104 5000\n"
	      "0.105 < A 1 ack 2897 ts 5105 1102 sack 4345-5793\n"
	      "0.107 > A 5793 len 1448 ts 1106 5000\n"
	      "0.107 < A 1 ack 2897 ts 5107 1102 sack 4345-7241\n"
	      "0.109 > A 7241 len 1448 ts 1108 5000\n"
	      "0.109 < A 1 ack 2897 ts 5109 1102 sack 4345-8689\n"
	      "0.111 > A 8689 len 1448 ts 1110 5000\n"
	      "0.111 < A 1 ack 2897 ts 5111 1102 sack 4345-10137\n"
	      "0.161 > A 10137 len 1448 ts 1161 5111\n"
	      "0.161 < A 1 ack 2897 ts 5161 1102 sack 4345-11585\n"
	      "0.212 > A 2897 len 1448 ts 1212 5161\n"
	      "0.212 < A 1 ack 11585 ts 5212 1212\n",
	      &(struct expected){ .retransmitted = 1, .fast = 1, .upstream = 2 });
}

/* 5, a FIN, was lost; 6 is the FIN again, 300 ms later. */
static void test_lost_fin(void **state)
{
	(void)state;
	const char *script = OPENING TWO_SEGMENTS
		"0.402 > FA 2897 ts 1402 5102 id 6\n"
		"0.403 < A 1 ack 2898 ts 5402 1402\n";
	struct trace *trace = trace_play(NULL, script);
	assert_int_equal(trace_side(trace, C2S)->retransmitted_segments, 1);
	assert_int_equal(trace_side(trace, C2S)->fin_retransmissions, 1);
	assert_int_equal(trace_side(trace, C2S)->retransmitted_bytes, 0);
	trace_free(trace);
}

/* The tap is at the client. The server's 101 was its FIN and was lost; 102 is the FIN again, 50 + 200 ms and more after the client's.
 * An answer without anything missing before it, and one that comes at once, are new. */
static void test_lost_answer_to_fin(void **state)
{
	(void)state;
	const char *opening =
		"0.000 > S 0 mss 1460 sack ws 7 ts 1000 0 id 1\n"
		"0.050 < SA 0 mss 1460 sack ws 7 ts 5000 1000\n"
		"0.051 > A 1 ts 1051 5000 id 2\n"
		"0.052 > A 1 len 1000 ts 1052 5000 id 3\n"
		"0.102 < A 1 ack 1001 ts 5102 1052 id 98\n"
		"0.103 > A 1001 len 1000 ts 1103 5102 id 4\n"
		"0.153 < A 1 ack 2001 ts 5153 1103 id 99\n"
		"0.154 < A 1 ack 2001 win 60000 ts 5154 1103 id 100\n"
		"0.200 > FA 2001 ts 1200 5153 id 5\n";
	const struct {
		const char *line;
		uint64_t again;
	} answers[] = {
		{ "0.480 < FA 1 ack 2002 ts 5480 1200 id 102\n", 1 },
		{ "0.480 < FA 1 ack 2002 ts 5480 1200 id 101\n", 0 },
		{ "0.252 < FA 1 ack 2002 ts 5252 1200 id 102\n", 0 },
	};
	for (unsigned i = 0; i < 3; i++) {
		struct trace *trace = trace_new(NULL);
		trace_feed(trace, opening);
		trace_feed(trace, answers[i].line);
		trace_finish(trace);
		assert_int_equal(trace_side(trace, S2C)->fin_retransmissions, answers[i].again);
		assert_int_equal(trace_side(trace, S2C)->lost_upstream, answers[i].again);
		trace_free(trace);
	}
}

/* The tap missed 5, which the server acknowledges: 6 is new. */
static void test_missed_by_the_tap(void **state)
{
	(void)state;
	const char *script = OPENING TWO_SEGMENTS
		"0.105 < A 1 ack 4345 ts 5104 1104\n"
		"0.402 > PA 4345 len 700 ts 1402 5104 id 6\n"
		"0.403 < A 1 ack 5045 ts 5402 1402\n";
	check(script, &(struct expected){ 0 });
	struct trace *trace = trace_play(NULL, script);
	assert_int_equal(trace_side(trace, C2S)->capture_gap_bytes, 1448);
	trace_free(trace);
}

/* IDs at random, as some systems and some NATs make them: they prove nothing. What fills the hole has a later timestamp, so it was
 * sent again, though its ID is smaller; and the pause at the end is a pause. */
static void test_random_ids(void **state)
{
	(void)state;
	const char *script =
		"0.000 > S 0 mss 1460 sack ws 7 ts 1000 0 id 51234\n"
		"0.001 < SA 0 mss 1460 sack ws 7 ts 5000 1000\n"
		"0.051 > A 1 ts 1051 5000 id 17\n"
		"0.100 > A 1 len 1448 ts 1100 5000 id 40321\n"
		"0.101 < A 1 ack 1449 ts 5100 1100\n"
		"0.102 > A 2897 len 1448 ts 1102 5000 id 30007\n"
		"0.103 < A 1 ack 1449 ts 5102 1100 sack 2897-4345\n"
		"0.155 > A 1449 len 1448 ts 1154 5102 id 29000\n"
		"0.156 < A 1 ack 4345 ts 5155 1154\n"
		"0.500 > A 4345 len 1448 ts 1500 5155 id 29003\n"
		"0.501 < A 1 ack 5793 ts 5500 1500\n";
	check(script, &(struct expected){ .retransmitted = 1, .fast = 1, .upstream = 1 });
	struct trace *trace = trace_play(NULL, script);
	assert_true(trace_event(trace, EVENT_RETRANSMISSION, 0)->evidence & EVIDENCE_TIMESTAMP);
	assert_false(trace_event(trace, EVENT_RETRANSMISSION, 0)->evidence & EVIDENCE_IP_ID);
	trace_free(trace);
}

/* IPv6 has no such ID: a pause and a lost tail look alike, and nothing is made up. */
static void test_no_id(void **state)
{
	(void)state;
	check("0.000 > S 0 mss 1460 sack ws 7 ts 1000 0\n"
	      "0.001 < SA 0 mss 1460 sack ws 7 ts 5000 1000\n"
	      "0.051 > A 1 ts 1051 5000\n"
	      "0.100 > A 1 len 1448 ts 1100 5000\n"
	      "0.101 < A 1 ack 1449 ts 5100 1100\n"
	      "0.402 > PA 1449 len 700 ts 1402 5102\n"
	      "0.403 < A 1 ack 2149 ts 5402 1402\n",
	      &(struct expected){ 0 });
}

/* Forged times: round trips of a lifetime make no number that overflows, which the sanitizers would tell. */
static void test_absurd_times(void **state)
{
	(void)state;
	struct engine_options options;
	engine_options_default(&options);
	options.tcp_idle_ns = INT64_MAX / 2 - 1;
	struct trace *trace = trace_play(&(struct trace_options){ .engine = &options },
					 "0.0 > A 1 len 1448 id 3\n"
					 "2000000000.0 < A 1 len 100 ack 1449\n"
					 "4200000000.0 > A 1449 len 1448 ack 101 id 4\n"
					 "4200000003.0 > A 2897 len 1448 ack 101 id 6\n"
					 "4200000004.0 > A 2897 len 1448 ack 101 id 7\n");
	assert_int_equal(trace_side(trace, C2S)->retransmitted_segments, 1);
	trace_free(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lost_first),
		cmocka_unit_test(test_lost_tail),
		cmocka_unit_test(test_lost_three_times),
		cmocka_unit_test(test_two_lost),
		cmocka_unit_test(test_probe_beyond_a_hole),
		cmocka_unit_test(test_clock_set_back),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_lost_ack),
		cmocka_unit_test(test_common_counter),
		cmocka_unit_test(test_closed_window),
		cmocka_unit_test(test_quick_gap),
		cmocka_unit_test(test_shared_counter),
		cmocka_unit_test(test_loss_under_shared_counter),
		cmocka_unit_test(test_loss_beside_other_connection),
		cmocka_unit_test(test_lost_repair),
		cmocka_unit_test(test_new_segment_lost_before_repair),
		cmocka_unit_test(test_late_repair),
		cmocka_unit_test(test_tail_lost_before_repair),
		cmocka_unit_test(test_tail_missed_before_repair),
		cmocka_unit_test(test_ack_shows_lost_tail),
		cmocka_unit_test(test_lost_repair_without_id),
		cmocka_unit_test(test_lost_fin),
		cmocka_unit_test(test_lost_answer_to_fin),
		cmocka_unit_test(test_missed_by_the_tap),
		cmocka_unit_test(test_random_ids),
		cmocka_unit_test(test_no_id),
		cmocka_unit_test(test_absurd_times),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
