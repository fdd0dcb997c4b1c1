/* Speaks for analyze/engine/control/route_trace.c: traceroutes that pass by. Client 10.0.0.1 traces 192.0.2.1; 192.0.2.9 and
 * others are routers. What they quote is an IPv4 header (20 bytes, RFC 791) and eight bytes of the probe (RFC 792). */
#include "tests/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define MS 1000000

/* From 10.0.0.1 to 192.0.2.1, IP ID 1 to 5: UDP 40000 to 33434 (0x829a); TCP 40000 to 80, sequence number 0; echo 7, 1. */
#define UDP_1 " hex 4500001c00010000011100000a000001c00002019c40829a00080000"
#define UDP_2 " hex 4500001c00020000011100000a000001c00002019c40829a00080000"
#define UDP_3 " hex 4500001c00030000011100000a000001c00002019c40829a00080000"
#define UDP_4 " hex 4500001c00040000011100000a000001c00002019c40829a00080000"
#define UDP_5 " hex 4500001c00050000011100000a000001c00002019c40829a00080000"
#define TCP_1 " hex 4500002800010000010600000a000001c00002019c40005000000000"

static const struct hop_facts *hop(const struct trace *trace, unsigned number, unsigned ttl, unsigned last_byte)
{
	assert_true(number < trace->hop_count);
	const struct hop_facts *facts = &trace->hops[number];
	assert_int_equal(facts->ttl, ttl);
	assert_int_equal(facts->has_address, last_byte != 0);
	if (last_byte)
		assert_int_equal(facts->address.bytes[15], last_byte);
	return facts;
}

/* All probes have the same ports, as of Paris traceroute: the IP ID tells them apart. The second router is silent, the
 * third and its twin share the load, the destination says that nobody listens at that port. */
static void test_udp(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.000 > udp ttl 1 id 1 dport 33434\n0.002 < icmp 11 0 server 9" UDP_1 "\n"
					       "0.100 > udp ttl 2 id 2 dport 33434\n"
					       "0.200 > udp ttl 3 id 3 dport 33434\n0.210 > udp ttl 3 id 4 dport 33434\n"
					       "0.230 < icmp 11 0 server 20" UDP_4 "\n0.250 < icmp 11 0 server 19" UDP_3 "\n"
					       "0.300 > udp ttl 4 id 5 dport 33434\n0.345 < icmp 3 3" UDP_5 "\n"
					       "0.400 > udp ttl 5 id 6 dport 33434\n");
	assert_int_equal(trace->hop_count, 5); /* and not what was sent beyond the destination */
	const struct hop_facts *first = hop(trace, 0, 1, 9);
	assert_int_equal(first->protocol, PROTOCOL_UDP);
	assert_int_equal(first->source.bytes[12], 10);
	assert_int_equal(first->destination.bytes[12], 192);
	assert_int_equal(first->probes, 1);
	assert_int_equal(first->replies, 1);
	assert_int_equal(first->rtt_min_ns, 2 * MS);
	assert_int_equal(first->first_frame, 1);
	assert_false(first->reached);
	const struct hop_facts *silent = hop(trace, 1, 2, 0);
	assert_int_equal(silent->probes, 1);
	assert_int_equal(silent->replies, 0);
	assert_int_equal(silent->rtt_mean_ns, NO_TIME);
	const struct hop_facts *third = hop(trace, 2, 3, 20), *twin = hop(trace, 3, 3, 19);
	assert_int_equal(third->probes, 2);
	assert_int_equal(third->rtt_mean_ns, 20 * MS);
	assert_int_equal(twin->rtt_mean_ns, 50 * MS);
	const struct hop_facts *last = hop(trace, 4, 4, 1);
	assert_true(last->reached);
	assert_int_equal(last->rtt_max_ns, 45 * MS);
	trace_free(trace);
}

/* mtr asks each TTL again and again; the RTTs of the first are 1 and 3 ms. */
static void test_echo(void **state)
{
	(void)state;
	struct trace *trace =
		trace_play(NULL, "0.000 > icmp 8 0 ttl 1 sequence 1\n"
				 "0.001 < icmp 11 0 server 9 hex 4500001c00000000010100000a000001c00002010800000000070001\n"
				 "0.010 > icmp 8 0 ttl 2 sequence 2\n0.016 < icmp 0 0 sequence 2\n"
				 "1.000 > icmp 8 0 ttl 1 sequence 3\n"
				 "1.003 < icmp 11 0 server 9 hex 4500001c00000000010100000a000001c00002010800000000070003\n"
				 "1.010 > icmp 8 0 ttl 2 sequence 4\n1.018 < icmp 0 0 sequence 4\n");
	assert_int_equal(trace->hop_count, 2);
	const struct hop_facts *first = hop(trace, 0, 1, 9), *last = hop(trace, 1, 2, 1);
	assert_int_equal(first->probes, 2);
	assert_int_equal(first->replies, 2);
	assert_int_equal(first->rtt_min_ns, 1 * MS);
	assert_int_equal(first->rtt_mean_ns, 2 * MS);
	assert_int_equal(first->rtt_max_ns, 3 * MS);
	assert_true(last->reached);
	assert_int_equal(last->rtt_mean_ns, 7 * MS);
	trace_free(trace);
}

/* tcptraceroute: the destination refuses, or accepts. */
static void test_tcp(void **state)
{
	(void)state;
	static const char *const answers[] = { "0.105 < SA 0\n", "0.105 < RA 0\n" };
	for (unsigned i = 0; i < 2; i++) {
		struct trace *trace = trace_new(NULL);
		trace_feed(trace, "0.000 > S 0 ttl 1 id 1\n0.002 < icmp 11 0 server 9" TCP_1 "\n0.1 > S 0 ttl 2 id 2 sport 40000\n");
		trace_feed(trace, answers[i]);
		trace_finish(trace);
		assert_int_equal(trace->hop_count, 2);
		assert_true(hop(trace, 1, 2, 1)->reached);
		assert_int_equal(hop(trace, 1, 2, 1)->rtt_min_ns, 5 * MS);
		trace_free(trace);
	}
}

/* No router answers, but the TTLs rise from one. */
static void test_nobody_answers(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.0 > udp ttl 1 id 1 dport 33434\n0.1 > udp ttl 2 id 2 dport 33435\n"
					       "0.2 > udp ttl 3 id 3 dport 33436\n");
	assert_int_equal(trace->hop_count, 3);
	assert_int_equal(hop(trace, 0, 1, 0)->probes, 1);
	trace_free(trace);
}

/* The tap is a router with `tcpdump -i any`: it has each probe twice, the second time with one hop less. */
static void test_copies(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.0000 > udp ttl 3 id 1 dport 33434 any 1\n0.0001 > udp ttl 2 id 1 dport 33434 any 2\n"
					       "0.0050 < icmp 11 0 server 9 any 2" UDP_1 "\n0.0051 < icmp 11 0 server 9 any 1" UDP_1 "\n");
	assert_int_equal(trace->hop_count, 1);
	assert_int_equal(hop(trace, 0, 3, 9)->probes, 1);
	assert_int_equal(hop(trace, 0, 3, 9)->replies, 1);
	assert_int_equal(trace->icmp_error_count, 1);
	assert_int_equal(trace->icmp_errors[0].packets, 1);
	trace_free(trace);
}

/* What has come far has few hops left too; another route makes them one more. */
static void test_ordinary_traffic(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "0.0 > udp ttl 20 id 1\n0.1 > udp ttl 21 id 2\n0.2 > S 0 ttl 20\n0.3 > S 9 ttl 19 sport 40001\n"
					       "0.4 > icmp 8 0 ttl 30 sequence 1\n0.5 < icmp 0 0\n0.6 > icmp 8 0 ttl 30 sequence 2\n");
	assert_int_equal(trace->hop_count, 0);
	trace_free(trace);
	/* mDNS, to 224.0.0.251 with a TTL of 1 and 2: Ethernet, IPv4, UDP 5353 to 5353. */
	trace = trace_new(NULL);
	uint8_t frame[] = { 1, 0, 0x5e, 0, 0, 0xfb, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 28, 0, 0, 0, 0, 1, 17, 0, 0,
			    10, 0, 0, 1, 224, 0, 0, 251, 0x14, 0xe9, 0x14, 0xe9, 0, 8, 0, 0 };
	trace_frame(trace, 0, LINK_ETHERNET, frame, sizeof frame, sizeof frame);
	frame[22] = 2;
	trace_frame(trace, MS, LINK_ETHERNET, frame, sizeof frame, sizeof frame);
	trace_finish(trace);
	assert_int_equal(trace->hop_count, 0);
	trace_free(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_udp),
		cmocka_unit_test(test_echo),
		cmocka_unit_test(test_tcp),
		cmocka_unit_test(test_nobody_answers),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_ordinary_traffic),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
