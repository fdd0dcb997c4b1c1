/* Speaks for analyze/engine/locate/locate_flows.c: how much payload a flow's segments have at the most. */
#include "analyze/engine/locate/locate_flows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct packet packet_between(uint8_t from, uint8_t to, uint16_t source_port, uint16_t destination_port)
{
	return (struct packet){
		.source = { { [10] = 0xff, [11] = 0xff, 192, 0, 2, from } },
		.destination = { { [10] = 0xff, [11] = 0xff, 192, 0, 2, to } },
		.source_port = source_port, .destination_port = destination_port,
		.protocol = PROTOCOL_TCP, .tcp_header_bytes = 20,
	};
}

/* 1500 bytes less 20 of TCP and 20 of IPv4 or 40 of IPv6, and less the options. */
static void test_without_syn(void **state)
{
	(void)state;
	struct packet packet = packet_between(1, 2, 40000, 80);
	assert_int_equal(locate_flow_unit(NULL, &packet), 1460);
	packet.tcp_header_bytes = 32;
	assert_int_equal(locate_flow_unit(NULL, &packet), 1448);
	packet.source = (struct address){ { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } };
	assert_int_equal(locate_flow_unit(NULL, &packet), 1428);
}

/* The smaller of both SYNs' MSS is for both directions, whichever came first, and for no other flow. */
static void test_smaller_mss(void **state)
{
	(void)state;
	struct locate_flows *flows = locate_flows_new(1);
	struct packet syn = packet_between(1, 2, 40000, 80), answer = packet_between(2, 1, 80, 40000);
	struct packet other = packet_between(1, 2, 40001, 80);
	syn.mss = 1460;
	answer.mss = 1400;
	const uint32_t there = locate_flows_find(flows, &syn);
	locate_flows_syn(flows, &syn, there);
	const uint32_t back = locate_flows_find(flows, &answer);
	assert_int_not_equal(there, back);
	assert_int_equal(locate_flow_unit(locate_flow_at(flows, back), &answer), 1460);
	locate_flows_syn(flows, &answer, back);
	locate_flows_syn(flows, &syn, there); /* again: the larger one changes nothing */
	assert_int_equal(locate_flow_unit(locate_flow_at(flows, there), &syn), 1400);
	assert_int_equal(locate_flow_unit(locate_flow_at(flows, back), &answer), 1400);
	syn.tcp_header_bytes = 32;
	assert_int_equal(locate_flow_unit(locate_flow_at(flows, there), &syn), 1388);
	assert_int_equal(locate_flow_at(flows, locate_flows_find(flows, &other))->mss, 0);
	assert_int_equal(locate_flow_unit(locate_flow_at(flows, locate_flows_find(flows, &other)), &other), 1460);
	locate_flows_free(flows);
}

/* More options than a segment may have payload: a byte is left, so that nobody divides by nothing. */
static void test_absurd_mss(void **state)
{
	(void)state;
	struct packet packet = packet_between(1, 2, 40000, 80);
	packet.tcp_header_bytes = 60;
	const struct located_flow flow = { .mss = 40 };
	assert_int_equal(locate_flow_unit(&flow, &packet), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_syn),
		cmocka_unit_test(test_smaller_mss),
		cmocka_unit_test(test_absurd_mss),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
