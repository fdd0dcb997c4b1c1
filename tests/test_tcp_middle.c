/* Speaks for analyze/engine/client.c and for what the tcp_*.c know of a flow whose beginning was not captured. */
#include "tests/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MS 1000000LL

static uint16_t client_port_of(uint16_t client, uint16_t server, const char *script)
{
	struct trace_options options = { .port = { client, server } };
	struct trace *trace = trace_play(&options, script);
	assert_false(trace_flow(trace)->client_known);
	uint16_t port = trace_flow(trace)->client_port;
	trace_free(trace);
	return port;
}

/* Whoever sends first. Ports as services use them: 443 and 25 are well known; 6379, 8080 and 50051 are Redis', HTTP's and
 * gRPC's; 9999 is nobody's, but below the ports that clients get; 20123 is what a client gets where the range was made
 * larger. */
static void test_client_by_port(void **state)
{
	(void)state;
	static const uint16_t pairs[][2] = { { 40000, 443 },   { 2000, 25 },	 { 40000, 6379 }, { 20123, 8080 },
					     { 40000, 50051 }, { 40000, 9999 }, { 8080, 443 } };
	for (unsigned i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		assert_int_equal(client_port_of(pairs[i][0], pairs[i][1], "0.000 > A 1 len 10\n0.050 < A 1 ack 11\n"),
				 pairs[i][0]);
		assert_int_equal(client_port_of(pairs[i][0], pairs[i][1], "0.000 < A 1 len 10\n0.050 > A 1 ack 11\n"),
				 pairs[i][0]);
	}
}

/* Both ports are a client's: who sends after a silence and is answered is the client, whichever port is the higher. The
 * answer comes 30 ms after the request. */
static void test_client_by_who_answers(void **state)
{
	(void)state;
	static const char story[] = "0.000 < A 1 len 1000 ack 1\n"
				    "0.001 > A 1 ack 1001\n"
				    "2.000 > A 1 len 100 ack 1001\n"
				    "2.030 < A 1001 len 3000 ack 101\n"
				    "2.031 > A 101 ack 4001\n"
				    "3.000 > A 101 len 50 ack 4001\n"
				    "3.040 < A 4001 len 500 ack 151\n"
				    "3.041 > A 151 ack 4501\n";
	static const uint16_t pairs[][2] = { { 50000, 51000 }, { 51000, 50000 }, { 50000, 50000 } };
	for (unsigned i = 0; i < 3; i++) {
		struct trace_options options = { .port = { pairs[i][0], pairs[i][1] } };
		struct trace *trace = trace_play(&options, story);
		const struct flow_facts *flow = trace_flow(trace);
		const struct direction_facts *up = trace_side(trace, C2S), *down = trace_side(trace, S2C);
		assert_int_equal(flow->client_port, pairs[i][0]);
		assert_int_equal(flow->client.bytes[12], 10); /* 10.0.0.1 */
		assert_int_equal(up->data_bytes, 150);
		assert_int_equal(up->packets, 5);
		assert_int_equal(down->data_bytes, 4500);
		assert_int_equal(down->rtt_samples, 3);
		assert_int_equal(flow->responses, 2);
		assert_int_equal(flow->response_min_ns, 30 * MS);
		assert_int_equal(flow->response_max_ns, 40 * MS);
		trace_free(trace);
	}
}

/* In one interval: the service's row moves with the flow. */
static void test_service_follows(void **state)
{
	(void)state;
	struct trace_options options = { .port = { 50000, 51000 } };
	struct trace *trace = trace_play(&options,
					 "0.000 < A 1 len 1000 ack 1\n"
					 "0.001 > A 1 ack 1001\n"
					 "0.500 > A 1 len 100 ack 1001\n"
					 "0.530 < A 1001 len 3000 ack 101\n");
	uint64_t packets = 0, flows = 0;
	for (unsigned i = 0; i < trace->interval_count; i++) {
		const struct interval_facts *row = &trace->intervals[i];
		if (row->scope != SCOPE_SERVICE)
			continue;
		if (row->port == 50000) {
			assert_int_equal(row->packets, 0);
			assert_int_equal(row->flows_new, 0);
		} else {
			assert_int_equal(row->port, 51000);
			packets += row->packets;
			flows += row->flows_new;
		}
	}
	assert_int_equal(packets, 4);
	assert_int_equal(flows, 1);
	trace_free(trace);
}

/* Nobody was silent before the data: the higher port is taken for the client's, whoever came first. After something has
 * been told of the flow (a retransmission) that stays. */
static void test_client_stays_a_guess(void **state)
{
	(void)state;
	static const char story[] = "0.000 < A 1 len 1000 ack 1\n0.001 > A 1 ack 1001\n0.050 > A 1 len 10 ack 1001\n";
	static const char told[] = "0.000 < A 1 len 1000 ack 1\n"
				   "0.300 < A 1 len 1000 ack 1\n"
				   "0.301 > A 1 ack 1001\n"
				   "2.000 > A 1 len 100 ack 1001\n"
				   "2.030 < A 1001 len 3000 ack 101\n";
	assert_int_equal(client_port_of(50000, 51000, story), 51000);
	assert_int_equal(client_port_of(51000, 50000, story), 51000);
	assert_int_equal(client_port_of(50000, 51000, told), 51000);
}

/* At the sender's tap: 50 ms to the receiver and back. The second segment is lost after the tap, SACK reports it. */
static void test_loss_after_the_tap(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.000 > A 5001 len 1000 ack 901\n"
					 "0.050 < A 901 ack 6001\n"
					 "0.100 > A 6001 len 1000 ack 901\n"
					 "0.101 > A 7001 len 1000 ack 901\n"
					 "0.102 > A 8001 len 1000 ack 901\n"
					 "0.103 > A 9001 len 1000 ack 901\n"
					 "0.150 < A 901 ack 7001\n"
					 "0.152 < A 901 ack 7001 sack 8001-9001\n"
					 "0.153 < A 901 ack 7001 sack 8001-10001\n"
					 "0.154 > A 7001 len 1000 ack 901\n"
					 "0.204 < A 901 ack 10001\n");
	const struct direction_facts *client = trace_side(trace, C2S);
	assert_int_equal(client->rtt_min_ns, 50 * MS);
	assert_int_equal(client->retransmitted_segments, 1);
	assert_int_equal(client->fast_retransmissions, 1);
	assert_int_equal(client->lost_downstream, 1);
	assert_int_equal(client->lost_upstream, 0);
	assert_int_equal(client->capture_gap_bytes, 0);
	assert_int_equal(client->new_bytes, 5000);
	assert_int_equal(client->acked_bytes, 5000);
	trace_free(trace);
}

/* At the receiver's tap the second segment never comes; the repair has a later IP ID than what jumped over the hole. */
static void test_loss_before_the_tap(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.000 > A 5001 len 1000 ack 901 id 10\n"
					 "0.001 < A 901 ack 6001\n"
					 "0.100 > A 6001 len 1000 ack 901 id 11\n"
					 "0.101 < A 901 ack 7001\n"
					 "0.102 > A 8001 len 1000 ack 901 id 13\n"
					 "0.102 < A 901 ack 7001 sack 8001-9001\n"
					 "0.103 > A 9001 len 1000 ack 901 id 14\n"
					 "0.103 < A 901 ack 7001 sack 8001-10001\n"
					 "0.154 > A 7001 len 1000 ack 901 id 15\n"
					 "0.154 < A 901 ack 10001\n");
	const struct direction_facts *client = trace_side(trace, C2S);
	assert_int_equal(client->retransmitted_segments, 1);
	assert_int_equal(client->fast_retransmissions, 1);
	assert_int_equal(client->lost_upstream, 1);
	assert_int_equal(client->reordered_segments, 0);
	trace_free(trace);
}

/* The same hole, filled by a segment whose IP ID is the one that is missing. */
static void test_reordering(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.000 > A 5001 len 1000 ack 901 id 10\n"
					 "0.001 < A 901 ack 6001\n"
					 "0.100 > A 6001 len 1000 ack 901 id 11\n"
					 "0.101 > A 8001 len 1000 ack 901 id 13\n"
					 "0.102 > A 9001 len 1000 ack 901 id 14\n"
					 "0.103 > A 7001 len 1000 ack 901 id 12\n"
					 "0.104 < A 901 ack 10001\n");
	const struct direction_facts *client = trace_side(trace, C2S);
	assert_int_equal(client->reordered_segments, 1);
	assert_int_equal(client->retransmitted_segments, 0);
	assert_int_equal(client->lost_upstream, 0);
	trace_free(trace);
}

/* Without an RTT from the handshake: one from data, 50 ms; then 300 ms of silence and the same again: a timer's. */
static void test_timer(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.000 > A 5001 len 1000 ack 901\n"
					 "0.050 < A 901 ack 6001\n"
					 "0.100 > A 6001 len 1000 ack 901\n"
					 "0.400 > A 6001 len 1000 ack 901\n"
					 "0.450 < A 901 ack 7001\n");
	const struct direction_facts *client = trace_side(trace, C2S);
	assert_int_equal(client->timeout_retransmissions + client->tail_loss_probes, 1);
	assert_int_equal(client->fast_retransmissions + client->unknown_retransmissions, 0);
	assert_int_equal(client->spurious_retransmissions, 0);
	trace_free(trace);
}

/* Request and answer, 80 ms apart; then FINs both ways, or a reset. */
static void test_response_and_close(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.000 > A 501 ack 9001 len 100\n"
					 "0.080 < A 9001 ack 601 len 1000\n"
					 "0.081 > A 601 ack 10001\n"
					 "0.100 > FA 601 ack 10001\n"
					 "0.150 < FA 10001 ack 602\n"
					 "0.151 > A 602 ack 10002\n");
	const struct flow_facts *flow = trace_flow(trace);
	assert_int_equal(flow->state, FLOW_CLOSED);
	assert_int_equal(flow->end, FLOW_END_CLOSE);
	assert_int_equal(flow->first_fin_by, C2S);
	assert_int_equal(flow->responses, 1);
	assert_int_equal(flow->response_min_ns, 80 * MS);
	trace_free(trace);
	trace = trace_play(NULL, "0.000 > A 501 ack 9001 len 100\n0.080 < A 9001 ack 601\n0.200 < RA 9001 ack 601\n");
	assert_int_equal(trace_flow(trace)->state, FLOW_RESET);
	assert_int_equal(trace_flow(trace)->reset_by, S2C);
	trace_free(trace);
}

/* A SYN-ACK has a scale only if the SYN had one (RFC 7323 2.2): the server's windows are known, 100 << 7 = 12800, the
 * client's are not. The client fills them: 12800 bytes. */
static void test_scale_by_the_syn_ack(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.050 < SA 0 mss 1460 ws 7\n"
					 "0.051 > A 1 win 100\n"
					 "0.060 < A 1 win 100\n"
					 "0.100 > A 1 len 12800 win 100\n");
	const struct direction_facts *client = trace_side(trace, C2S), *server = trace_side(trace, S2C);
	assert_int_equal(server->window_max, 12800);
	assert_true(client->window_max == UINT64_MAX);
	assert_true(client->window_full >= 1 && client->window_full != UINT64_MAX);
	trace_free(trace);
	/* With the SYN alone nothing is known: the SYN-ACK may have had none. */
	trace = trace_play(NULL, "0.000 > S 0 mss 1460 ws 7\n0.051 > A 1 win 100\n0.060 < A 1 win 100\n");
	assert_true(trace_side(trace, C2S)->window_max == UINT64_MAX);
	assert_true(trace_side(trace, S2C)->window_max == UINT64_MAX);
	trace_free(trace);
}

/* 64240 bytes in flight where the window's field says 502: then it is scaled, but by how much stays unknown. */
static void test_scale_is_not_guessed(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.000 < A 1 ack 1 win 502\n"
					 "0.001 > A 1 len 64240\n"
					 "0.050 < A 1 ack 64241 win 502\n");
	const struct direction_facts *client = trace_side(trace, C2S), *server = trace_side(trace, S2C);
	assert_int_equal(server->window_scale, -1);
	assert_true(server->window_max == UINT64_MAX);
	assert_true(client->window_full == UINT64_MAX);
	assert_true(client->limited_receive_window_ns == NO_TIME);
	assert_int_equal(client->limited_network_ns, 49 * MS);
	trace_free(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_client_by_port),
		cmocka_unit_test(test_client_by_who_answers),
		cmocka_unit_test(test_service_follows),
		cmocka_unit_test(test_client_stays_a_guess),
		cmocka_unit_test(test_loss_after_the_tap),
		cmocka_unit_test(test_loss_before_the_tap),
		cmocka_unit_test(test_reordering),
		cmocka_unit_test(test_timer),
		cmocka_unit_test(test_response_and_close),
		cmocka_unit_test(test_scale_by_the_syn_ack),
		cmocka_unit_test(test_scale_is_not_guessed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
