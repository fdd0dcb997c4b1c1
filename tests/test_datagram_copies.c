/* Speaks for analyze/engine/duplicates.c: packets of UDP and ICMP that the tap saw twice. */
#include "analyze/engine/duplicates.h"
#include "tests/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

/* The copies of a datagram are those of its flow, of the capture, and of their interfaces; nothing else counts them. */
static void check_datagrams(const struct trace *trace, uint64_t tap_duplicates, uint64_t packets)
{
	const struct direction_facts *client = trace_side(trace, C2S), *server = trace_side(trace, S2C);
	assert_int_equal(client->tap_duplicates + server->tap_duplicates, tap_duplicates);
	assert_int_equal(client->packets + server->packets, packets);
	assert_int_equal(trace_totals(trace).tap_duplicates, tap_duplicates);
	uint64_t copies = 0, frames = 0;
	for (unsigned i = 0; i < trace->interface_count; i++) {
		copies += trace->interfaces[i].tap_duplicates;
		frames += trace->interfaces[i].packets;
	}
	assert_int_equal(copies, tap_duplicates);
	assert_int_equal(frames, trace->frames);
}

/* `tcpdump -i any` where a pod's packets pass: veth, bridge, and a hop later the node's interface. Linux gives no ID. */
static void test_datagram_over_interfaces(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.000000 > udp len 40 any 5\n"
					       "0.000010 > udp len 40 any 3\n"
					       "0.000030 > udp len 40 any 2 ttl 63\n"
					       "0.010000 < udp len 90 any 2 ttl 60\n"
					       "0.010020 < udp len 90 any 3 ttl 59\n"
					       "0.010030 < udp len 90 any 5 ttl 59\n");
	check_datagrams(trace, 4, 2);
	assert_int_equal(trace->interfaces[0].tap_duplicates, 1);
	assert_int_equal(trace->interfaces[1].tap_duplicates, 2);
	assert_int_equal(trace_side(trace, C2S)->ttl_changes + trace_side(trace, S2C)->ttl_changes, 0);
	trace_free(trace);
}

/* Equal lines of a log, 20 us apart, of which each is seen at two places: in turn, or one place behind the other. */
static void test_equal_datagrams(void **state)
{
	(void)state;
	static const char *const stories[] = {
		"0.000000 > udp len 40 any 1\n0.000010 > udp len 40 any 2\n0.000020 > udp len 40 any 1\n0.000030 > udp len 40 any 2\n",
		"0.000000 > udp len 40 any 1\n0.000020 > udp len 40 any 1\n0.000100 > udp len 40 any 2\n0.000120 > udp len 40 any 2\n",
	};
	for (unsigned i = 0; i < 2; i++) {
		struct trace *trace = trace_play(NULL, stories[i]);
		check_datagrams(trace, 2, 2);
		trace_free(trace);
	}
	struct trace *trace = trace_play(NULL, "0.0000 > udp len 40\n0.0001 > udp len 40\n0.0002 > udp len 40\n");
	check_datagrams(trace, 0, 3);
	trace_free(trace);
}

/* Other than by their payload these could be copies: a counter in its first, second, or last bytes. */
static void test_counted_datagrams(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.000000 > udp hex 01 len 40 any 1\n"
					       "0.000010 > udp hex 02 len 40 any 2\n"
					       "0.000020 > udp hex 0000000000000000000000000000000303 len 40 any 1\n"
					       "0.000030 > udp hex 0000000000000000000000000000000403 len 40 any 2\n"
					       "0.000040 > udp hex 00000000000000000000000000000000000000000005 any 1\n"
					       "0.000050 > udp hex 00000000000000000000000000000000000000000006 any 2\n");
	check_datagrams(trace, 0, 6);
	trace_free(trace);
}

/* Asked again over another link, 60 ms later; with the ID of the first it is the first, late. */
static void test_datagram_again_elsewhere(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.000 > udp len 40 mac 1\n0.060 > udp len 40 mac 2\n");
	check_datagrams(trace, 0, 2);
	trace_free(trace);
	trace = trace_play(NULL, "0.000 > udp len 40 mac 1 id 9\n0.060 > udp len 40 mac 2 id 9\n");
	check_datagrams(trace, 1, 1);
	trace_free(trace);
}

/* A hop later on the same link; and a traceroute that keeps its ports and counts up. */
static void test_datagram_ttl(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.000 > udp len 40 ttl 64\n0.001 > udp len 40 ttl 63\n");
	check_datagrams(trace, 1, 1);
	trace_free(trace);
	trace = trace_play(NULL, "0.000 > udp len 40 ttl 1\n0.001 > udp len 40 ttl 2\n0.002 > udp len 40 ttl 3\n");
	check_datagrams(trace, 0, 3);
	trace_free(trace);
}

/* A mirror that shows all twice on one link: IDs give it away, after which those without are halved as well. */
static void test_mirrored_datagrams(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.000 repeat 40 every 0.010 {\n"
					       "    0.0000 > udp len 40 id 100+1\n"
					       "    0.0001 > udp len 40 id 100+1\n"
					       "}\n"
					       "0.500 repeat 10 every 0.0002 {\n"
					       "    0.0000 > udp len 40\n"
					       "    0.0001 > udp len 40\n"
					       "}\n");
	const struct direction_facts *client = trace_side(trace, C2S);
	assert_int_equal(client->packets + client->tap_duplicates, 100);
	assert_in_range(client->tap_duplicates, 30, 50); /* it takes some to know */
	trace_free(trace);
}

/* Outside of a tunnel and inside: one packet of one flow, whichever comes first. What comes from two tenants is two, unless an ID
 * says otherwise. */
static void test_datagram_in_tunnel(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.00000 > udp len 40 any 5\n"
					       "0.00002 > udp len 40 any 2 vni 7 ttl 63\n"
					       "0.01000 < udp len 90 any 2 vni 7\n"
					       "0.01002 < udp len 90 any 5 ttl 63\n"
					       "0.02000 > udp len 50 any 5\n"
					       "0.02002 > udp len 50 any 2 vni 7 ttl 63\n");
	check_datagrams(trace, 3, 3);
	trace_free(trace);
	trace = trace_play(NULL, "0.00000 > udp len 40 vni 7\n0.00002 > udp len 40 vni 8\n");
	assert_int_equal(trace->flow_count, 2);
	assert_int_equal(trace_totals(trace).tap_duplicates, 0);
	trace_free(trace);
	trace = trace_play(NULL, "0.00000 > udp len 40 vni 7 id 3\n0.00002 > udp len 40 vni 8 id 3\n");
	check_datagrams(trace, 1, 1);
	trace_free(trace);
}

/* Fragments of one packet, each seen twice: one packet of two frames, and two frames that are copies. */
static void test_fragments_over_interfaces(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.000000 > udp len 1480 any 1 id 9 more\n"
					       "0.000010 > udp len 1480 any 2 id 9 more\n"
					       "0.000020 > udp len 500 any 1 id 9 frag 1488\n"
					       "0.000030 > udp len 500 any 2 id 9 frag 1488\n");
	check_datagrams(trace, 2, 2);
	assert_int_equal(trace_totals(trace).fragments_incomplete, 0);
	trace_free(trace);
}

/* Pings over two interfaces: each is one, and so is its answer. A second answer over the same link is another. */
static void test_ping_over_interfaces(void **state)
{
	(void)state;
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct trace *trace = trace_new(&(struct trace_options){ .ipv6 = ipv6 });
		trace_feed(trace, ipv6 ? "0.00000 > icmp 128 0 len 56 any 1\n0.00001 > icmp 128 0 len 56 any 2 ttl 63\n"
					 "0.01000 < icmp 129 0 len 56 any 2\n0.01001 < icmp 129 0 len 56 any 1 ttl 63\n"
					 "0.01500 < icmp 129 0 len 56 any 2\n0.01501 < icmp 129 0 len 56 any 1 ttl 63\n"
				       : "0.00000 > icmp 8 0 len 56 any 1\n0.00001 > icmp 8 0 len 56 any 2 ttl 63\n"
					 "0.01000 < icmp 0 0 len 56 any 2\n0.01001 < icmp 0 0 len 56 any 1 ttl 63\n"
					 "0.01500 < icmp 0 0 len 56 any 2\n0.01501 < icmp 0 0 len 56 any 1 ttl 63\n");
		trace_finish(trace);
		check_datagrams(trace, 3, 3);
		assert_int_equal(trace->echo_count, 1);
		assert_int_equal(trace->echoes[0].requests, 1);
		assert_int_equal(trace->echoes[0].replies, 1);
		assert_int_equal(trace->echoes[0].duplicates, 1);
		trace_free(trace);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_datagram_over_interfaces),
		cmocka_unit_test(test_equal_datagrams),
		cmocka_unit_test(test_counted_datagrams),
		cmocka_unit_test(test_datagram_again_elsewhere),
		cmocka_unit_test(test_datagram_ttl),
		cmocka_unit_test(test_mirrored_datagrams),
		cmocka_unit_test(test_datagram_in_tunnel),
		cmocka_unit_test(test_fragments_over_interfaces),
		cmocka_unit_test(test_ping_over_interfaces),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
