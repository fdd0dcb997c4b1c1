/* Speaks for analyze/engine/control/neighbours.c: who has which address on the link (RFC 826, RFC 5227, RFC 4861). */
#include "tests/trace.h"
#include "tests/vector.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define SECOND 1000000000LL

enum { REQUEST = 1, REPLY = 2 };

/* Ethernet of ARP's 28 bytes. Host N is 10.0.0.N with 02:00:00:00:00:N; host 0 is 0.0.0.0 (RFC 5227: a probe). */
static void arp_as(struct trace *trace, int64_t t_ns, unsigned operation, unsigned sender_mac, unsigned sender, unsigned target_mac,
		   unsigned target, const char *link)
{
	char hex[300];
	snprintf(hex, sizeof hex, "ffffffffffff 0200000000%02x %s 0806 0001080006040%03x 0200000000%02x %08x 0200000000%02x 0a0000%02x",
		 sender_mac, link, operation, sender_mac, sender ? 0x0a000000 | sender : 0, target_mac, target);
	struct vector_bytes bytes = vector_from_hex(hex);
	if (operation == REPLY && target == 0)
		memset(bytes.at + bytes.count - 4, 0, 4);
	trace_frame(trace, t_ns, LINK_ETHERNET, bytes.at, bytes.count, bytes.count);
}

static void arp(struct trace *trace, int64_t t_ns, unsigned operation, unsigned sender, unsigned target)
{
	arp_as(trace, t_ns, operation, sender, sender, operation == REPLY ? target : 0, target, "");
}

static const struct neighbour_request_facts *request(const struct trace *trace, unsigned number, unsigned source, unsigned target)
{
	assert_true(number < trace->neighbour_request_count);
	const struct neighbour_request_facts *facts = &trace->neighbour_requests[number];
	assert_int_equal(facts->source.bytes[15], source);
	assert_int_equal(facts->address.bytes[15], target);
	return facts;
}

static const struct neighbour_facts *neighbour(const struct trace *trace, unsigned number, unsigned address, unsigned mac)
{
	assert_true(number < trace->neighbour_count);
	const struct neighbour_facts *facts = &trace->neighbours[number];
	assert_int_equal(facts->address.bytes[15], address);
	assert_int_equal(facts->mac.bytes[5], mac);
	return facts;
}

/* ARP moves no clock of its own: a packet of IP does. */
static void pass(struct trace *trace, unsigned second)
{
	char line[40];
	snprintf(line, sizeof line, "%u.0 > udp\n", second);
	trace_feed(trace, line);
}

static uint64_t unanswered(const struct trace *trace)
{
	uint64_t sum = 0;
	for (unsigned i = 0; i < trace->interval_count; i++)
		sum += trace->intervals[i].arp_unanswered;
	return sum;
}

static void test_question_and_answer(void **state)
{
	(void)state;
	struct trace *trace = trace_new(NULL);
	arp(trace, SECOND, REQUEST, 1, 2);
	arp(trace, SECOND + 4000000, REPLY, 2, 1);
	pass(trace, 9);
	trace_finish(trace);
	assert_int_equal(trace->neighbour_request_count, 1);
	const struct neighbour_request_facts *asked = request(trace, 0, 1, 2);
	assert_int_equal(asked->requests, 1);
	assert_int_equal(asked->answered, 1);
	assert_int_equal(asked->latency_max_ns, 4000000);
	assert_true(asked->target_seen);
	assert_int_equal(asked->mac.bytes[5], 1);
	assert_int_equal(trace->neighbour_count, 2);
	assert_int_equal(neighbour(trace, 0, 1, 1)->replies, 0);
	assert_int_equal(neighbour(trace, 1, 2, 2)->replies, 1);
	assert_int_equal(neighbour(trace, 1, 2, 2)->gratuitous, 0);
	assert_int_equal(unanswered(trace), 0);
	trace_free(trace);
}

/* Asked at 1.0 and 1.3 s, answered at 1.304: within a second of both. */
static void test_one_answer_for_two(void **state)
{
	(void)state;
	struct trace *trace = trace_new(NULL);
	arp(trace, SECOND, REQUEST, 1, 2);
	arp(trace, SECOND + 300000000, REQUEST, 1, 2);
	arp(trace, SECOND + 304000000, REPLY, 2, 1);
	pass(trace, 9);
	trace_finish(trace);
	const struct neighbour_request_facts *asked = request(trace, 0, 1, 2);
	assert_int_equal(asked->requests, 2);
	assert_int_equal(asked->answered, 2);
	assert_int_equal(asked->latency_max_ns, 304000000);
	assert_int_equal(unanswered(trace), 0);
	trace_free(trace);
}

/* Linux asks three times, a second apart, for a host that is down (mcast_solicit): it would not if it had an answer. */
static void test_nobody_answers(void **state)
{
	(void)state;
	struct trace *trace = trace_new(NULL);
	pass(trace, 0);
	for (unsigned i = 0; i < 3; i++) {
		arp(trace, SECOND + i * (SECOND + SECOND / 50), REQUEST, 1, 2);
		pass(trace, i + 2);
	}
	pass(trace, 9);
	trace_finish(trace);
	const struct neighbour_request_facts *asked = request(trace, 0, 1, 2);
	assert_int_equal(asked->requests, 3);
	assert_int_equal(asked->answered, 0);
	assert_int_equal(asked->latency_max_ns, NO_TIME);
	assert_false(asked->target_seen);
	assert_int_equal(unanswered(trace), 3);
	trace_free(trace);
}

/* A tap at a port of a switch hears questions, which go to all, but not the answers: asking once proves nothing. */
static void test_answers_that_do_not_pass(void **state)
{
	(void)state;
	struct trace *trace = trace_new(NULL);
	pass(trace, 0);
	arp(trace, SECOND, REQUEST, 1, 2);
	pass(trace, 9);
	trace_finish(trace);
	assert_int_equal(request(trace, 0, 1, 2)->answered, 0);
	assert_int_equal(unanswered(trace), 0);
	trace_free(trace);
	/* But those to host 1 do. */
	trace = trace_new(NULL);
	pass(trace, 0);
	arp(trace, SECOND, REQUEST, 1, 3);
	arp(trace, SECOND + 1, REPLY, 3, 1);
	arp(trace, 2 * SECOND, REQUEST, 1, 2);
	pass(trace, 9);
	trace_finish(trace);
	assert_int_equal(unanswered(trace), 1);
	trace_free(trace);
}

/* RFC 5227: host 2 asks for its own address, without one; nobody has it; so it announces it, twice. */
static void test_probe_and_announcement(void **state)
{
	(void)state;
	struct trace *trace = trace_new(NULL);
	pass(trace, 0);
	for (unsigned i = 0; i < 3; i++)
		arp_as(trace, (1 + i) * SECOND, REQUEST, 2, 0, 0, 2, "");
	arp(trace, 5 * SECOND, REQUEST, 2, 2);
	arp_as(trace, 7 * SECOND, REPLY, 2, 2, 2, 2, "");
	pass(trace, 19);
	trace_finish(trace);
	assert_int_equal(trace->neighbour_request_count, 1);
	assert_int_equal(request(trace, 0, 0, 2)->requests, 3);
	assert_int_equal(unanswered(trace), 0);
	assert_int_equal(trace->neighbour_count, 1);
	assert_int_equal(neighbour(trace, 0, 2, 2)->claims, 2);
	assert_int_equal(trace->neighbours[0].gratuitous, 2);
	trace_free(trace);
}

/* Its owner defends the address. */
static void test_probe_answered(void **state)
{
	(void)state;
	struct trace *trace = trace_new(NULL);
	arp_as(trace, SECOND, REQUEST, 9, 0, 0, 2, "");
	arp_as(trace, SECOND + 1000, REPLY, 2, 2, 9, 0, "");
	trace_finish(trace);
	assert_int_equal(request(trace, 0, 0, 2)->answered, 1);
	assert_int_equal(neighbour(trace, 0, 2, 2)->replies, 1);
	trace_free(trace);
}

/* Host 66 says, unasked, that it has the address of host 2, which itself answers when asked. */
static void test_two_claim_one_address(void **state)
{
	(void)state;
	struct trace *trace = trace_new(NULL);
	arp(trace, SECOND, REQUEST, 1, 2);
	arp(trace, SECOND + 1000, REPLY, 2, 1);
	arp_as(trace, 60 * SECOND, REPLY, 66, 2, 1, 1, "");
	trace_finish(trace);
	assert_int_equal(trace->neighbour_count, 3);
	assert_int_equal(neighbour(trace, 1, 2, 2)->gratuitous, 0);
	assert_int_equal(neighbour(trace, 2, 2, 66)->gratuitous, 1);
	assert_int_equal(trace->neighbours[2].replies, 0);
	assert_int_equal(trace->neighbours[2].first_frame, 3);
	trace_free(trace);
}

/* The same question in another VLAN is another; `tcpdump -i any` has it a second time, on a bridge. */
static void test_vlans_and_copies(void **state)
{
	(void)state;
	struct trace *trace = trace_new(NULL);
	arp(trace, SECOND, REQUEST, 1, 2);
	arp_as(trace, SECOND + 20, REQUEST, 1, 1, 0, 2, "81000007");
	/* SLL2: ARP, interface 3 and 4, ARPHRD_ETHER, broadcast, 6 bytes of address. */
	for (unsigned interface = 3; interface < 5; interface++) {
		char hex[200];
		snprintf(hex, sizeof hex, "0806 0000 %08x 0001 01 06 0200000000050000 0001080006040001 020000000005 0a000005 000000000000 0a000006",
			 interface);
		struct vector_bytes bytes = vector_from_hex(hex);
		trace_frame(trace, SECOND + interface * 1000, LINK_LINUX_SLL2, bytes.at, bytes.count, bytes.count);
	}
	trace_finish(trace);
	assert_int_equal(trace->neighbour_request_count, 3);
	assert_int_equal(request(trace, 0, 1, 2)->vlan, 0);
	assert_int_equal(request(trace, 1, 1, 2)->vlan, 7);
	assert_int_equal(request(trace, 2, 5, 6)->requests, 1);
	trace_free(trace);
}

/* IPv6 from 2001:db8::1 (client) to the server; the target is an address that ends in 2; options: type, length in 8
 * bytes, address. */
#define TARGET_2 "20010db8000000000000000000000002"

static void test_neighbour_discovery(void **state)
{
	(void)state;
	const struct trace_options options = { .ipv6 = true };
	struct trace *trace = trace_new(&options);
	trace_feed(trace, "1.000 > icmp 135 0 ttl 255 hex " TARGET_2 "0101020000000001\n"
			  /* solicited (0x40 in the first byte of the header's rest: 0x6000 are the upper 16 bits) */
			  "1.002 < icmp 136 0 ttl 255 ident 24576 sequence 0 hex " TARGET_2 "0201020000000002\n"
			  /* unasked: override only */
			  "9.000 < icmp 136 0 ttl 255 ident 8192 sequence 0 hex " TARGET_2 "0201020000000042\n"
			  /* from behind a router: forged */
			  "9.100 < icmp 136 0 ttl 254 ident 8192 sequence 0 hex " TARGET_2 "0201020000000043\n");
	trace_finish(trace);
	const struct neighbour_request_facts *asked = request(trace, 0, 1, 2);
	assert_int_equal(asked->protocol, NEIGHBOUR_ND);
	assert_int_equal(asked->answered, 1);
	assert_int_equal(asked->latency_max_ns, 2000000);
	assert_int_equal(asked->mac.bytes[5], 1);
	assert_int_equal(trace->neighbour_count, 3);
	assert_int_equal(neighbour(trace, 0, 1, 1)->claims, 1);
	assert_int_equal(neighbour(trace, 1, 2, 2)->replies, 1);
	assert_int_equal(neighbour(trace, 2, 2, 0x42)->gratuitous, 1);
	trace_free(trace);
}

/* 40,000 hosts are asked for: so many rows are not kept, and that is said. */
static void test_bounded(void **state)
{
	(void)state;
	struct trace *trace = trace_new(NULL);
	struct vector_bytes bytes = vector_from_hex("ffffffffffff 020000000001 0806 0001080006040001 020000000001 0a000001 000000000000 0a010000");
	for (unsigned i = 0; i < 40000; i++) {
		bytes.at[bytes.count - 2] = (uint8_t)(i >> 8);
		bytes.at[bytes.count - 1] = (uint8_t)i;
		trace_frame(trace, (int64_t)i * 1000000, LINK_ETHERNET, bytes.at, bytes.count, bytes.count);
	}
	trace_finish(trace);
	assert_int_equal(trace->neighbour_request_count, 32768);
	assert_int_equal(trace_totals(trace).facts_dropped, 40000 - 32768);
	assert_true(trace_totals(trace).memory_bytes < 64 << 20);
	trace_free(trace);
}

/* Every truncation and every changed byte of an ARP frame and of an advertisement; and times that can't be. */
static void test_hostile(void **state)
{
	(void)state;
	static const char *const frames[] = {
		"ffffffffffff 020000000001 81000007 0806 0001080006040001 020000000001 0a000001 000000000000 0a000002",
		"020000000001 020000000002 86dd 6000000000203aff 20010db8000000000000000000000002 20010db8000000000000000000000001"
		"8800000060000000" TARGET_2 "0201020000000002",
	};
	for (unsigned i = 0; i < 2; i++) {
		struct vector_bytes bytes = vector_from_hex(frames[i]);
		struct trace *trace = trace_new(NULL);
		for (uint32_t captured = 0; captured < bytes.count; captured++)
			trace_frame(trace, captured, LINK_ETHERNET, bytes.at, captured, bytes.count);
		for (uint32_t at = 0; at < bytes.count; at++) {
			for (unsigned value = 0; value < 256; value++) {
				struct vector_bytes changed = bytes;
				changed.at[at] = (uint8_t)value;
				int64_t t_ns = value == 1 ? INT64_MIN : value == 2 ? INT64_MAX : (int64_t)value * SECOND;
				trace_frame(trace, t_ns, LINK_ETHERNET, changed.at, changed.count, changed.count);
			}
		}
		trace_finish(trace);
		assert_true(trace->neighbour_count > 0);
		trace_free(trace);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_question_and_answer),
		cmocka_unit_test(test_one_answer_for_two),
		cmocka_unit_test(test_nobody_answers),
		cmocka_unit_test(test_answers_that_do_not_pass),
		cmocka_unit_test(test_probe_and_announcement),
		cmocka_unit_test(test_probe_answered),
		cmocka_unit_test(test_two_claim_one_address),
		cmocka_unit_test(test_vlans_and_copies),
		cmocka_unit_test(test_neighbour_discovery),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_hostile),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
