/* Speaks for analyze/engine/tenants.c: which flow a packet belongs to, inside and outside of tunnels. */
#include "tests/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static void check_address(const struct address *address, const char *expected)
{
	char text[ADDRESS_TEXT_MAX];
	assert_string_equal(address_text(address, text), expected);
}

/* tcpdump -i any on a Kubernetes node: a pod's interface, then the wire with VXLAN on it, a hop later; and back. */
static void test_inside_and_outside(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.000000 > S 0 mss 1410 sack any 7 id 1\n"
					       "0.000010 > S 0 mss 1410 sack any 2 id 1 ttl 63 vni 1\n"
					       "0.001000 < SA 0 mss 1410 sack any 2 id 0 ttl 63 vni 1\n"
					       "0.001010 < SA 0 mss 1410 sack any 7 id 0 ttl 62\n"
					       "0.001100 > A 1 len 100 any 7 id 2\n"
					       "0.001110 > A 1 len 100 any 2 id 2 ttl 63 vni 1\n"
					       "0.002000 < A 1 ack 101 len 200 any 2 id 8 ttl 63 vni 1\n"
					       "0.002010 < A 1 ack 101 len 200 any 7 id 8 ttl 62\n");
	const struct flow_facts *flow = trace_flow(trace);
	assert_int_equal(flow->tunnel, TUNNEL_VXLAN);
	assert_int_equal(flow->tunnel_id, 1);
	assert_true(flow->tunnel_has_ends);
	check_address(&flow->tunnel_client, "10.9.0.1");
	check_address(&flow->tunnel_server, "10.9.0.2");
	for (enum direction direction = C2S; direction <= S2C; direction++) {
		const struct direction_facts *side = trace_side(trace, direction);
		assert_int_equal(side->packets, 2);
		assert_int_equal(side->tap_duplicates, 2);
		assert_int_equal(side->retransmitted_segments, 0);
		assert_int_equal(side->data_bytes, direction == C2S ? 100 : 200);
		assert_int_equal(side->ttl_changes, 0);
	}
	assert_int_equal(trace_totals(trace).tunnelled, 4);
	assert_int_equal(trace->event_count, 0);
	trace_free(trace);
}

/* The other way around: the tunnel comes first, and the packet without it after. */
static void test_outside_later(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.000000 > S 0 mss 1410 any 2 id 1 vni 42\n"
					       "0.000010 > S 0 mss 1410 any 7 id 1 ttl 63\n"
					       "0.001000 < SA 0 mss 1410 any 7 id 0\n"
					       "0.001010 < SA 0 mss 1410 any 2 id 0 ttl 63 vni 42\n"
					       "0.001100 > A 1 len 100 any 2 id 2 vni 42\n"
					       "0.001110 > A 1 len 100 any 7 id 2 ttl 63\n");
	assert_int_equal(trace_flow(trace)->tunnel_id, 42);
	assert_int_equal(trace_side(trace, C2S)->packets, 2);
	assert_int_equal(trace_side(trace, C2S)->tap_duplicates, 2);
	assert_int_equal(trace_side(trace, S2C)->packets, 1);
	assert_int_equal(trace_side(trace, S2C)->tap_duplicates, 1);
	check_address(&trace_flow(trace)->tunnel_client, "10.9.0.1");
	trace_free(trace);
}

/* Two customers with the same addresses and ports at the same time, whose numbers are far apart. */
static void test_two_tenants(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.000 > S 0 mss 1410 id 1 vni 100\n"
					       "0.001 > S 700000000 mss 1410 id 501 vni 200\n"
					       "0.010 < SA 0 mss 1410 id 0 vni 100\n"
					       "0.011 < SA 900000000 ack 700000001 mss 1410 id 0 vni 200\n"
					       "0.020 > A 1 len 1000 id 2 vni 100\n"
					       "0.021 > A 700000001 ack 900000001 len 500 id 502 vni 200\n"
					       "0.030 < A 1 ack 1001 id 11 vni 100\n"
					       "0.031 < A 900000001 ack 700000501 len 50 id 611 vni 200\n");
	assert_int_equal(trace->flow_count, 2);
	for (unsigned i = 0; i < 2; i++) {
		const struct flow_facts *flow = &trace->flows[i];
		bool first = flow->tunnel_id == 100;
		assert_int_equal(flow->tunnel_id, first ? 100 : 200);
		assert_int_equal(flow->id, first ? 1 : 2);
		assert_int_equal(flow->protocol, PROTOCOL_TCP);
		assert_int_equal(flow->state, FLOW_ESTABLISHED);
		assert_int_equal(flow->direction[C2S].packets, 2);
		assert_int_equal(flow->direction[C2S].data_bytes, first ? 1000 : 500);
		assert_int_equal(flow->direction[C2S].acked_bytes, first ? 1000 : 500);
		assert_int_equal(flow->direction[S2C].data_bytes, first ? 0 : 50);
		assert_int_equal(flow->direction[C2S].tap_duplicates + flow->direction[S2C].tap_duplicates, 0);
		assert_int_equal(flow->direction[C2S].syn_retransmissions, 0);
	}
	assert_int_equal(trace->event_count, 0);
	trace_free(trace);
}

/* The second tenant's flow goes on when the first one's is long over, and is found again. */
static void test_first_tenant_ends(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.000 > S 0 mss 1410 id 1 vni 100\n"
					       "0.001 > S 700000000 mss 1410 id 501 vni 200\n"
					       "0.010 < RA 0 id 0 vni 100\n"
					       "0.011 < SA 900000000 ack 700000001 mss 1410 id 0 vni 200\n"
					       "60.000 > A 700000001 ack 900000001 len 500 id 502 vni 200\n"
					       "60.010 < A 900000001 ack 700000501 id 612 vni 200\n");
	assert_int_equal(trace->flow_count, 2);
	assert_int_equal(trace->flows[0].state, FLOW_REFUSED);
	assert_int_equal(trace->flows[1].direction[C2S].packets, 2);
	assert_int_equal(trace->flows[1].direction[C2S].acked_bytes, 500);
	trace_free(trace);
}

/* Some networks give each direction an id of its own: that of the sender's identity. */
static void test_an_id_each_way(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.000 > S 0 mss 1410 id 1 vni 3001\n"
					       "0.010 < SA 0 mss 1410 id 0 vni 4002\n"
					       "0.020 > A 1 len 1000 id 2 vni 3001\n"
					       "0.030 < A 1 ack 1001 id 11 vni 4002\n");
	assert_int_equal(trace_flow(trace)->tunnel_id, 3001);
	assert_int_equal(trace_side(trace, C2S)->acked_bytes, 1000);
	assert_int_equal(trace_side(trace, C2S)->rtt_samples, 1);
	trace_free(trace);
}

/* UDP has no numbers: packets of two networks are two flows, each with its answers. */
static void test_udp(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.000 > udp len 40 vni 100\n"
					       "0.001 > udp len 50 vni 200\n"
					       "0.010 < udp len 60 vni 100\n"
					       "0.011 < udp len 70 vni 200\n");
	assert_int_equal(trace->flow_count, 2);
	for (unsigned i = 0; i < 2; i++) {
		bool first = trace->flows[i].tunnel_id == 100;
		assert_int_equal(trace->flows[i].protocol, PROTOCOL_UDP);
		assert_int_equal(trace->flows[i].direction[C2S].data_bytes, first ? 40 : 50);
		assert_int_equal(trace->flows[i].direction[S2C].data_bytes, first ? 60 : 70);
	}
	trace_free(trace);
}

/* A capture that begins in the middle of a connection, both inside and outside of the tunnel, IPv6. */
static void test_middle(void **state)
{
	(void)state;
	struct trace_options options = { .ipv6 = true, .isn = { 0xfffffff0, 0x7ffffff0 } };
	struct trace *trace = trace_play(&options, "0.000000 > A 1 len 1000 ts 10 5 any 7 ttl 64\n"
						   "0.000010 > A 1 len 1000 ts 10 5 any 2 ttl 63 vni 1\n"
						   "0.000900 < A 1 ack 1001 ts 6 10 any 2 ttl 63 vni 1\n"
						   "0.000910 < A 1 ack 1001 ts 6 10 any 7 ttl 62\n"
						   "0.001000 > A 1001 len 1000 ts 11 6 any 7 ttl 64\n"
						   "0.001010 > A 1001 len 1000 ts 11 6 any 2 ttl 63 vni 1\n");
	assert_int_equal(trace_side(trace, C2S)->packets, 2);
	assert_int_equal(trace_side(trace, C2S)->tap_duplicates, 2);
	assert_int_equal(trace_side(trace, C2S)->retransmitted_segments, 0);
	assert_int_equal(trace_side(trace, S2C)->tap_duplicates, 1);
	trace_free(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inside_and_outside),
		cmocka_unit_test(test_outside_later),
		cmocka_unit_test(test_two_tenants),
		cmocka_unit_test(test_first_tenant_ends),
		cmocka_unit_test(test_an_id_each_way),
		cmocka_unit_test(test_udp),
		cmocka_unit_test(test_middle),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
