/* Speaks for analyze/engine/tcp.c: handshake, end, who is who, response times. */
#include "tests/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MS 1000000

/* 50 ms to the server and back, 1 ms to the client and back. */
#define HANDSHAKE                          \
	"0.000 > S 0 mss 1460\n"           \
	"0.050 < SA 0 mss 1400\n"          \
	"0.051 > A 1\n"

static void test_handshake(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE);
	const struct flow_facts *flow = trace_flow(trace);
	assert_int_equal(flow->state, FLOW_ESTABLISHED);
	assert_int_equal(flow->end, FLOW_END_CAPTURE);
	assert_true(flow->handshake_seen);
	assert_true(flow->client_known);
	assert_int_equal(flow->handshake_server_rtt_ns, 50 * MS);
	assert_int_equal(flow->handshake_client_rtt_ns, 1 * MS);
	assert_int_equal(flow->handshake_rtt_ns, 51 * MS);
	assert_int_equal(flow->established_ns, 51 * MS);
	assert_int_equal(flow->reset_by, -1);
	assert_int_equal(flow->first_fin_by, -1);
	assert_int_equal(flow->first_frame, 1);
	assert_int_equal(flow->last_frame, 3);
	assert_int_equal(flow->protocol, PROTOCOL_TCP);
	assert_int_equal(flow->client_port, 40000);
	assert_int_equal(flow->server_port, 80);
	char text[ADDRESS_TEXT_MAX];
	assert_string_equal(address_text(&flow->client, text), "10.0.0.1");
	assert_string_equal(address_text(&flow->server, text), "192.0.2.1");
	const struct direction_facts *client = trace_side(trace, C2S), *server = trace_side(trace, S2C);
	assert_int_equal(client->packets, 2);
	assert_int_equal(client->bytes, (14 + 20 + 24) + (14 + 20 + 20));
	assert_int_equal(client->syns, 1);
	assert_int_equal(server->syns, 1);
	assert_int_equal(client->mss, 1460);
	assert_int_equal(server->mss, 1400);
	assert_int_equal(client->first_ns, 0);
	assert_int_equal(client->last_ns, 51 * MS);
	assert_int_equal(server->first_ns, 50 * MS);
	assert_int_equal(client->ttl_min, 64);
	trace_free(trace);
}

/* The answer may be to the first SYN or to the second: no RTT of the server's side. */
static void test_syn_again(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.000 > S 0\n1.000 > S 0\n1.050 < SA 0\n1.051 > A 1\n");
	const struct flow_facts *flow = trace_flow(trace);
	assert_int_equal(flow->handshake_server_rtt_ns, NO_TIME);
	assert_int_equal(flow->handshake_rtt_ns, NO_TIME);
	assert_int_equal(flow->handshake_client_rtt_ns, 1 * MS);
	assert_int_equal(flow->state, FLOW_ESTABLISHED);
	const struct direction_facts *client = trace_side(trace, C2S);
	assert_int_equal(client->syns, 2);
	assert_int_equal(client->syn_retransmissions, 1);
	assert_int_equal(client->retransmitted_segments, 1);
	assert_int_equal(client->retransmitted_bytes, 0);
	assert_int_equal(client->timeout_retransmissions, 0); /* causes are of data and FIN */
	const struct event_facts *event = trace_event(trace, EVENT_SYN_RETRANSMISSION, 0);
	assert_int_equal(event->frame, 2);
	assert_int_equal(event->value_ns, 1000 * MS);
	trace_free(trace);
}

/* The echoed timestamp says that the second was answered (RFC 7323 3). */
static void test_syn_again_with_timestamps(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.000 > S 0 ts 1000 0\n"
					 "1.000 > S 0 ts 2000 0\n"
					 "1.050 < SA 0 ts 7000 2000\n"
					 "1.051 > A 1 ts 2051 7000\n");
	assert_int_equal(trace_flow(trace)->handshake_server_rtt_ns, 50 * MS);
	assert_int_equal(trace_flow(trace)->handshake_rtt_ns, 51 * MS);
	assert_int_equal(trace_side(trace, C2S)->syn_retransmissions, 1);
	trace_free(trace);
}

/* The sides turn out to be the other way round, and the time of the first SYN-ACK is not known: the second is late by nothing. */
static void test_syn_ack_again_of_unknown_time(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.000 > SA 0\n0.010 > S 0\n0.020 < SA 0\n0.030 > S 0\n0.040 < SA 0\n");
	assert_int_equal(trace_event(trace, EVENT_SYN_RETRANSMISSION, 2)->value_ns, 0);
	trace_free(trace);
}

static void test_syn_ack_again(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.000 > S 0\n0.050 < SA 0\n1.050 < SA 0\n1.051 > A 1\n");
	assert_int_equal(trace_flow(trace)->handshake_client_rtt_ns, NO_TIME);
	assert_int_equal(trace_flow(trace)->handshake_server_rtt_ns, 50 * MS);
	assert_int_equal(trace_side(trace, S2C)->syn_retransmissions, 1);
	assert_int_equal(trace_side(trace, C2S)->syn_retransmissions, 0);
	assert_int_equal(trace_event(trace, EVENT_SYN_RETRANSMISSION, 0)->direction, S2C);
	trace_free(trace);
}

static void test_syn_ack_again_with_timestamps(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.000 > S 0 ts 1000 0\n"
					 "0.050 < SA 0 ts 7000 1000\n"
					 "1.050 < SA 0 ts 8000 1000\n"
					 "1.051 > A 1 ts 2051 8000\n");
	assert_int_equal(trace_flow(trace)->handshake_client_rtt_ns, 1 * MS);
	assert_int_equal(trace_flow(trace)->handshake_server_rtt_ns, 50 * MS);
	trace_free(trace);
}

static void test_no_last_ack(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.000 > S 0\n0.050 < SA 0\n");
	assert_int_equal(trace_flow(trace)->state, FLOW_SYN_RECEIVED);
	assert_true(trace_flow(trace)->handshake_seen);
	assert_int_equal(trace_flow(trace)->established_ns, NO_TIME);
	trace_free(trace);
}

static void test_refused(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.000 > S 0\n0.050 < RA 0 win 0\n");
	assert_int_equal(trace_flow(trace)->state, FLOW_REFUSED);
	assert_int_equal(trace_flow(trace)->end, FLOW_END_CLOSE);
	assert_int_equal(trace_flow(trace)->reset_by, S2C);
	assert_false(trace_flow(trace)->handshake_seen);
	assert_int_equal(trace_count(trace, EVENT_REFUSED), 1);
	assert_int_equal(trace_count(trace, EVENT_RESET), 0);
	assert_int_equal(trace_side(trace, S2C)->resets, 1);
	assert_int_equal(trace->intervals[0].refused, 1);
	assert_int_equal(trace->intervals[0].resets, 1);
	trace_free(trace);
}

/* Linux sends the SYN again after 1, 2, 4 s. */
static void test_unanswered(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.000 > S 0\n1.000 > S 0\n3.000 > S 0\n7.000 > S 0\n");
	assert_int_equal(trace_flow(trace)->state, FLOW_UNANSWERED);
	assert_int_equal(trace_side(trace, C2S)->syn_retransmissions, 3);
	assert_int_equal(trace_side(trace, C2S)->retransmitted_segments, 3);
	assert_int_equal(trace_side(trace, S2C)->packets, 0);
	assert_int_equal(trace_side(trace, S2C)->first_ns, NO_TIME);
	uint64_t unanswered = 0;
	for (unsigned i = 0; i < trace->interval_count; i++)
		if (trace->intervals[i].scope == SCOPE_ALL)
			unanswered += trace->intervals[i].unanswered;
	assert_int_equal(unanswered, 1); /* one connection */
	trace_free(trace);
}

static void test_reset(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE "0.100 > A 1 len 100\n0.150 < R 1\n0.350 < R 1\n");
	assert_int_equal(trace_flow(trace)->state, FLOW_RESET);
	assert_int_equal(trace_flow(trace)->reset_by, S2C);
	assert_int_equal(trace_flow(trace)->reset_ns, 150 * MS); /* the first */
	assert_int_equal(trace_event(trace, EVENT_RESET, 0)->direction, S2C);
	assert_int_equal(trace_event(trace, EVENT_RESET, 0)->frame, 5);
	trace_free(trace);
}

/* RFC 9293 3.10.7.4: a RST outside the receive window has no effect. The client's window ends at 1 + 65535. */
static void test_reset_outside_the_window(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE
					 "0.100 > A 1 len 100\n"
					 "0.149 < R 100000\n"
					 "0.150 < A 1 ack 101 len 100\n"
					 "0.151 > A 101 ack 101\n"
					 "0.152 < R 50\n"); /* acknowledged already */
	assert_int_equal(trace_flow(trace)->state, FLOW_ESTABLISHED);
	assert_int_equal(trace_flow(trace)->reset_by, -1);
	assert_int_equal(trace_count(trace, EVENT_RESET), 0);
	assert_int_equal(trace_side(trace, S2C)->resets, 2); /* seen they were */
	trace_free(trace);
}

static void test_client_resets_handshake(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.000 > S 0\n0.050 < SA 0\n0.051 > R 1\n");
	assert_int_equal(trace_flow(trace)->state, FLOW_RESET);
	assert_int_equal(trace_flow(trace)->reset_by, C2S);
	trace_free(trace);
}

static void test_half_closed(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE "0.100 > FA 1\n0.150 < A 1 ack 2\n0.160 < A 1 ack 2 len 100\n");
	assert_int_equal(trace_flow(trace)->state, FLOW_HALF_CLOSED);
	assert_int_equal(trace_flow(trace)->first_fin_by, C2S);
	assert_int_equal(trace_side(trace, C2S)->fins, 1);
	trace_free(trace);
}

static void test_closed(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE
					 "0.100 < FA 1\n"
					 "0.101 > FA 1 ack 2\n"
					 "0.151 < A 2 ack 2\n"
					 "0.152 < R 2\n"); /* late: the connection is closed already */
	assert_int_equal(trace_flow(trace)->state, FLOW_CLOSED);
	assert_int_equal(trace_flow(trace)->end, FLOW_END_CLOSE);
	assert_int_equal(trace_flow(trace)->first_fin_by, S2C);
	assert_int_equal(trace_count(trace, EVENT_RESET), 0);
	assert_int_equal(trace->intervals[0].flows_closed, 1);
	assert_int_equal(trace->intervals[0].fins, 2);
	trace_free(trace);
}

/* The last FIN is not acknowledged: half closed, says facts.h. */
static void test_last_fin_not_acknowledged(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE "0.100 < FA 1\n0.101 > FA 1 ack 2\n");
	assert_int_equal(trace_flow(trace)->state, FLOW_HALF_CLOSED);
	trace_free(trace);
}

/* RFC 9293 3.6: FINs that cross. */
static void test_simultaneous_close(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE
					 "0.100 > FA 1 ack 1\n"
					 "0.101 < FA 1 ack 1\n"
					 "0.102 > A 2 ack 2\n"
					 "0.151 < A 2 ack 2\n");
	assert_int_equal(trace_flow(trace)->state, FLOW_CLOSED);
	assert_int_equal(trace_side(trace, C2S)->retransmitted_segments, 0);
	assert_int_equal(trace_side(trace, S2C)->retransmitted_segments, 0);
	trace_free(trace);
}

/* RFC 9293 3.5, figure 7: SYNs that cross; each side answers with SYN-ACK of the same number. One connection, and
 * nothing was retransmitted: Linux doesn't count that SYN-ACK in RetransSegs (tcp_rcv_synsent_state_process). */
static void test_simultaneous_open(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.000 > S 0\n"
					 "0.001 < S 0\n"
					 "0.002 > SA 0 ack 1\n"
					 "0.051 < SA 0 ack 1\n"
					 "0.100 > A 1 len 100\n"
					 "0.150 < A 1 ack 101\n");
	assert_int_equal(trace_flow(trace)->state, FLOW_ESTABLISHED);
	assert_int_equal(trace_side(trace, C2S)->new_bytes, 100);
	assert_int_equal(trace_side(trace, C2S)->acked_bytes, 100);
	assert_int_equal(trace_side(trace, C2S)->syn_retransmissions, 0);
	assert_int_equal(trace_side(trace, S2C)->syn_retransmissions, 0);
	trace_free(trace);
}

/* After the close the same ports again: another flow. */
static void test_port_reuse(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE
					 "0.100 > FA 1\n"
					 "0.150 < FA 1 ack 2\n"
					 "0.151 > A 2 ack 2\n"
					 "0.200 > S 5000000\n"
					 "0.250 < SA 7000000 ack 5000001\n"
					 "0.251 > A 5000001 ack 7000001\n"
					 "0.300 > A 5000001 ack 7000001 len 10\n");
	assert_int_equal(trace->flow_count, 2);
	assert_int_equal(trace->flows[0].state, FLOW_CLOSED);
	assert_int_equal(trace->flows[0].end, FLOW_END_REUSED);
	assert_int_equal(trace->flows[0].direction[C2S].packets, 4);
	assert_int_equal(trace->flows[1].state, FLOW_ESTABLISHED);
	assert_int_equal(trace->flows[1].handshake_rtt_ns, 51 * MS);
	assert_int_equal(trace->flows[1].direction[C2S].data_bytes, 10);
	assert_int_equal(trace->flows[1].first_frame, 7);
	trace_free(trace);
}

/* Without the old connection's end: a host that was switched off and on. */
static void test_port_reuse_without_close(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE "9.000 > S 5000000\n9.050 < SA 7000000 ack 5000001\n");
	assert_int_equal(trace->flow_count, 2);
	assert_int_equal(trace->flows[0].end, FLOW_END_REUSED);
	assert_int_equal(trace->flows[0].state, FLOW_ESTABLISHED);
	assert_int_equal(trace->flows[1].direction[C2S].syn_retransmissions, 0);
	trace_free(trace);
}

/* RFC 7413: data in the SYN, accepted. */
static void test_fast_open(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.000 > S 0 len 100\n"
					 "0.050 < SA 0 ack 101\n"
					 "0.051 > A 101\n"
					 "0.060 < A 1 ack 101 len 50\n"
					 "0.061 > A 101 ack 51\n");
	const struct direction_facts *client = trace_side(trace, C2S);
	assert_int_equal(trace_flow(trace)->state, FLOW_ESTABLISHED);
	assert_int_equal(trace_flow(trace)->handshake_rtt_ns, 51 * MS);
	assert_int_equal(client->data_bytes, 100);
	assert_int_equal(client->new_bytes, 100);
	assert_int_equal(client->acked_bytes, 100);
	assert_int_equal(client->retransmitted_segments, 0);
	assert_int_equal(client->capture_gap_bytes, 0);
	assert_int_equal(trace_flow(trace)->responses, 1);
	assert_int_equal(trace_flow(trace)->response_min_ns, 60 * MS);
	trace_free(trace);
}

/* ... and not accepted: the SYN-ACK acknowledges the SYN alone, and the data goes out again, which Linux counts as a
 * retransmission (tcp_rcv_fastopen_synack). */
static void test_fast_open_refused(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.000 > S 0 len 100\n"
					 "0.050 < SA 0 ack 1\n"
					 "0.051 > A 1 len 100\n"
					 "0.101 < A 1 ack 101\n");
	const struct direction_facts *client = trace_side(trace, C2S);
	assert_int_equal(client->data_bytes, 200);
	assert_int_equal(client->new_bytes, 100);
	assert_int_equal(client->retransmitted_segments, 1);
	assert_int_equal(client->syn_retransmissions, 0);
	assert_int_equal(client->acked_bytes, 100);
	trace_free(trace);
}

/* A SYN with data is lost and sent again: one segment, though SYN and data are both repeated. */
static void test_fast_open_again(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.000 > S 0 len 100 id 1\n"
					 "1.000 > S 0 len 100 id 2\n"
					 "1.050 < SA 0 ack 101\n"
					 "1.051 > A 101\n");
	const struct direction_facts *client = trace_side(trace, C2S);
	assert_int_equal(client->syn_retransmissions, 1);
	assert_int_equal(client->retransmitted_segments, 1);
	assert_int_equal(client->retransmitted_bytes, 100);
	assert_int_equal(client->new_bytes, 100);
	trace_free(trace);
}

/* The first packet is the server's; port 80 tells. */
static void test_from_the_middle(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.000 < A 9001 ack 501 len 1000\n0.001 > A 501 ack 10001\n");
	const struct flow_facts *flow = trace_flow(trace);
	assert_int_equal(flow->state, FLOW_ESTABLISHED);
	assert_false(flow->handshake_seen);
	assert_false(flow->client_known);
	assert_int_equal(flow->client_port, 40000);
	assert_int_equal(flow->handshake_rtt_ns, NO_TIME);
	assert_int_equal(flow->established_ns, NO_TIME);
	assert_int_equal(trace_side(trace, S2C)->new_bytes, 1000);
	assert_int_equal(trace_side(trace, S2C)->capture_gap_bytes, 0);
	assert_int_equal(trace_side(trace, S2C)->rtt_min_ns, 1 * MS);
	trace_free(trace);
}

/* The capture begins with the SYN-ACK: its sender is the server. */
static void test_from_the_syn_ack(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.050 < SA 0\n0.051 > A 1\n0.100 > A 1 len 10\n0.150 < A 1 ack 11\n");
	const struct flow_facts *flow = trace_flow(trace);
	assert_true(flow->client_known);
	assert_int_equal(flow->client_port, 40000);
	assert_false(flow->handshake_seen);
	assert_int_equal(flow->handshake_rtt_ns, NO_TIME);
	assert_int_equal(flow->state, FLOW_ESTABLISHED);
	assert_int_equal(trace_side(trace, C2S)->capture_gap_bytes, 0);
	trace_free(trace);
}

/* Last byte of the request at 0.100, first of the answer at 0.180; then 0.300 and 0.340. */
static void test_responses(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE
					 "0.090 > A 1 len 1400\n"
					 "0.100 > A 1401 len 100\n"
					 "0.150 < A 1 ack 1501\n"
					 "0.180 < A 1 ack 1501 len 1000\n"
					 "0.190 < A 1001 ack 1501 len 1000\n"
					 "0.191 > A 1501 ack 2001\n"
					 "0.300 > A 1501 ack 2001 len 100\n"
					 "0.340 < A 2001 ack 1601 len 10\n");
	const struct flow_facts *flow = trace_flow(trace);
	assert_int_equal(flow->responses, 2);
	assert_int_equal(flow->response_min_ns, 40 * MS);
	assert_int_equal(flow->response_mean_ns, 60 * MS);
	assert_int_equal(flow->response_max_ns, 80 * MS);
	assert_int_equal(trace->intervals[0].responses, 2);
	assert_int_equal(trace->intervals[0].response_mean_ns, 60 * MS);
	trace_free(trace);
}

/* The time that a lost request took counts: that is what its user waited. */
static void test_response_to_retransmitted_request(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE
					 "0.100 > A 1 len 100 id 1\n"
					 "0.400 > A 1 len 100 id 2\n"
					 "0.450 < A 1 ack 101 len 10\n");
	assert_int_equal(trace_flow(trace)->responses, 1);
	assert_int_equal(trace_flow(trace)->response_max_ns, 350 * MS);
	trace_free(trace);
}

/* In SYN and SYN-ACK, ECE and CWR negotiate (RFC 3168 6.1.1); later they report. */
static void test_ecn(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.000 > SEW 0\n"
					 "0.050 < SAE 0\n"
					 "0.051 > A 1\n"
					 "0.100 > A 1 len 1000 ce\n"
					 "0.101 > A 1001 len 1000 ect\n"
					 "0.150 < AE 1 ack 2001\n"
					 "0.200 > AW 2001 len 10 ect\n");
	assert_int_equal(trace_side(trace, C2S)->ce_marks, 1);
	assert_int_equal(trace_side(trace, C2S)->ece_marks, 0);
	assert_int_equal(trace_side(trace, C2S)->cwr_marks, 1);
	assert_int_equal(trace_side(trace, S2C)->ece_marks, 1);
	trace_free(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_handshake),
		cmocka_unit_test(test_syn_again),
		cmocka_unit_test(test_syn_again_with_timestamps),
		cmocka_unit_test(test_syn_ack_again),
		cmocka_unit_test(test_syn_ack_again_of_unknown_time),
		cmocka_unit_test(test_syn_ack_again_with_timestamps),
		cmocka_unit_test(test_no_last_ack),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_unanswered),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_reset_outside_the_window),
		cmocka_unit_test(test_client_resets_handshake),
		cmocka_unit_test(test_half_closed),
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_last_fin_not_acknowledged),
		cmocka_unit_test(test_simultaneous_close),
		cmocka_unit_test(test_simultaneous_open),
		cmocka_unit_test(test_port_reuse),
		cmocka_unit_test(test_port_reuse_without_close),
		cmocka_unit_test(test_fast_open),
		cmocka_unit_test(test_fast_open_refused),
		cmocka_unit_test(test_fast_open_again),
		cmocka_unit_test(test_from_the_middle),
		cmocka_unit_test(test_from_the_syn_ack),
		cmocka_unit_test(test_responses),
		cmocka_unit_test(test_response_to_retransmitted_request),
		cmocka_unit_test(test_ecn),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
