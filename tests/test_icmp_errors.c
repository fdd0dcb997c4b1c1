/* Speaks for analyze/engine/control/icmp_errors.c and icmp_quoted.c: what ICMP errors say, and of which conversation. Layouts:
 * RFC 792, RFC 1191, RFC 4443, RFC 4861 4.5 and 4.6.3. */
#include "analyze/engine/control/icmp.h"
#include "tests/trace.h"
#include "tests/vector.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

/* IPv4 header: length 40, ID 1, TTL 63, from 10.0.0.1 to 192.0.2.1; its protocol stands before the checksum. */
#define QUOTE4(protocol) "4500002800010000 3f" protocol "0000 0a000001c0000201"
#define TCP_QUOTED QUOTE4("06") "9c40005000000000"		   /* 40000 to 80, sequence number 0 */
#define UDP_QUOTED QUOTE4("11") "9c40005000140000"		   /* 40000 to 80 */
#define ECHO_QUOTED QUOTE4("01") "0800000000070001"		   /* identifier 7, sequence number 1 */
/* From 2001:db8::1 (client) to 2001:db8::ffff:1. */
#define ADDRESSES6 "20010db8000000000000000000000001 20010db80000000000000000ffff0001"
#define TCP_QUOTED6 "6000000000140640" ADDRESSES6 "9c40005000000000"
/* The same behind 8 bytes of hop-by-hop options and a fragment header of a first fragment. */
#define OPTIONS_QUOTED6 "6000000000240040" ADDRESSES6 "2c00010400000000 0600000100000009 9c40005000000000"

static void packed(char *to, const char *from)
{
	for (; *from; from++)
		if (*from != ' ')
			*to++ = *from;
	*to = '\0';
}

/* A TCP flow of client and server, and an error about it that 192.0.2.9 sends to the client. */
static struct trace *play(bool ipv6, const char *kind, const char *quoted)
{
	const struct trace_options options = { .ipv6 = ipv6 };
	struct trace *trace = trace_new(&options);
	char line[512], hex[400];
	packed(hex, quoted);
	snprintf(line, sizeof line, "0.5 < icmp %s server 9 hex %s\n", kind, hex);
	trace_feed(trace, "0.1 > S 0\n0.2 > udp\n0.3 > icmp 8 0\n");
	trace_feed(trace, line);
	trace_finish(trace);
	return trace;
}

static const struct icmp_error_facts *only_error(const struct trace *trace)
{
	assert_int_equal(trace->icmp_error_count, 1);
	return trace->icmp_errors;
}

static void assert_about(const struct icmp_error_facts *error, uint8_t protocol, unsigned source_port, unsigned destination_port,
			 uint64_t flow_id)
{
	char text[ADDRESS_TEXT_MAX];
	assert_int_equal(error->about_protocol, protocol);
	assert_string_equal(address_text(&error->about_source, text), "10.0.0.1");
	assert_string_equal(address_text(&error->about_destination, text), "192.0.2.1");
	assert_int_equal(error->about_source_port, source_port);
	assert_int_equal(error->about_destination_port, destination_port);
	assert_int_equal(error->about_flow_id, flow_id);
}

static void test_each_protocol(void **state)
{
	(void)state;
	static const struct {
		const char *kind, *quoted;
		uint8_t protocol;
		unsigned source_port, destination_port, flow_id;
	} cases[] = {
		{ "3 1", TCP_QUOTED, PROTOCOL_TCP, 40000, 80, 1 },
		{ "3 3", UDP_QUOTED, PROTOCOL_UDP, 40000, 80, 2 },
		{ "11 0", ECHO_QUOTED, PROTOCOL_ICMP, 7, 0, 3 },
		{ "5 1", TCP_QUOTED, PROTOCOL_TCP, 40000, 80, 1 },
		{ "12 0", TCP_QUOTED, PROTOCOL_TCP, 40000, 80, 1 },
	};
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct trace *trace = play(false, cases[i].kind, cases[i].quoted);
		const struct icmp_error_facts *error = only_error(trace);
		char text[ADDRESS_TEXT_MAX];
		assert_about(error, cases[i].protocol, cases[i].source_port, cases[i].destination_port, cases[i].flow_id);
		assert_string_equal(address_text(&error->reporter, text), "192.0.2.9");
		assert_string_equal(address_text(&error->receiver, text), "10.0.0.1");
		assert_int_equal(error->packets, 1);
		assert_int_equal(error->first_frame, 4);
		assert_int_equal(error->mtu, 0);
		trace_free(trace);
	}
}

/* Told twice, the smaller MTU counts; another kind is another row. */
static void test_mtu(void **state)
{
	(void)state;
	char script[1024], hex[200];
	packed(hex, TCP_QUOTED);
	snprintf(script, sizeof script,
		 "0.1 > S 0\n0.2 < icmp 3 4 ident 0 sequence 1400 hex %s\n0.3 < icmp 3 4 ident 0 sequence 1300 id 8 hex %s\n"
		 "0.4 < icmp 3 4 ident 0 sequence 1420 id 9 hex %s\n0.5 < icmp 3 1 hex %s\n",
		 hex, hex, hex, hex);
	struct trace *trace = trace_play(NULL, script);
	assert_int_equal(trace->icmp_error_count, 2);
	assert_int_equal(trace->icmp_errors[0].mtu, 1300);
	assert_int_equal(trace->icmp_errors[0].packets, 3);
	assert_int_equal(trace->icmp_errors[0].first_ns, 200000000);
	assert_int_equal(trace->icmp_errors[0].last_ns, 400000000);
	assert_string_equal(icmp_error_name(PROTOCOL_ICMP, 3, trace->icmp_errors[0].code), "fragmentation_needed");
	trace_free(trace);
}

static void test_ipv6(void **state)
{
	(void)state;
	static const char *const quotes[] = { TCP_QUOTED6, OPTIONS_QUOTED6 };
	for (unsigned i = 0; i < 2; i++) {
		struct trace *trace = play(true, "2 0 ident 0 sequence 1280", quotes[i]);
		const struct icmp_error_facts *error = only_error(trace);
		assert_int_equal(error->protocol, PROTOCOL_ICMPV6);
		assert_int_equal(error->mtu, 1280);
		assert_int_equal(error->about_protocol, PROTOCOL_TCP);
		assert_int_equal(error->about_source_port, 40000);
		assert_int_equal(error->about_destination_port, 80);
		assert_int_equal(error->about_flow_id, 1);
		trace_free(trace);
	}
	/* A redirect: target and destination, an option of 8 bytes (target's link address), then the redirected header. */
	struct trace *trace = play(true, "137 0", ADDRESSES6 "0201020000000001 0408000000000000" TCP_QUOTED6);
	assert_int_equal(only_error(trace)->about_flow_id, 1);
	assert_int_equal(only_error(trace)->about_source_port, 40000);
	trace_free(trace);
}

/* Less than 8 bytes of the transport's header were captured: that there was an error is known, but not about what. */
static void test_too_little_of_it(void **state)
{
	(void)state;
	struct trace *trace = play(false, "3 1 snap 60", TCP_QUOTED);
	const struct icmp_error_facts *error = only_error(trace);
	assert_int_equal(error->packets, 1);
	assert_int_equal(error->about_protocol, 0);
	assert_int_equal(error->about_flow_id, 0);
	trace_free(trace);
}

/* A scan that fills the table: what is beyond it is counted. */
static void test_bounded(void **state)
{
	(void)state;
	struct trace *trace = trace_new(NULL);
	for (unsigned port = 0; port < 20000; port++) {
		char line[200];
		snprintf(line, sizeof line, "0.1 < icmp 3 3 hex 450000280001000001110000 0a000001c0000201%04x005000140000\n", port);
		char *blank = strrchr(line, ' ');
		memmove(blank, blank + 1, strlen(blank));
		trace_feed(trace, line);
	}
	trace_finish(trace);
	uint64_t dropped = trace_totals(trace).facts_dropped;
	assert_int_equal(trace->icmp_error_count + dropped, 20000);
	assert_int_equal(trace->icmp_error_count, 16384);
	trace_free(trace);
}

/* Every truncation, and every byte changed, of packets at an unreadable page. */
static void test_hostile_quotes(void **state)
{
	(void)state;
	static const struct {
		const char *ip, *icmp;
	} cases[] = {
		{ "4500004800010000 40010000 c0000209 0a000001", "0301000000000000" TCP_QUOTED },
		{ "6000000000483aff" "20010db8000000000000000000000009 20010db8000000000000000000000001",
		  "0200000000000500" OPTIONS_QUOTED6 },
		{ "6000000000783aff" "20010db8000000000000000000000009 20010db8000000000000000000000001",
		  "8900000000000000" ADDRESSES6 "0201020000000001 0408000000000000" TCP_QUOTED6 },
	};
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char hex[1024];
		snprintf(hex, sizeof hex, MACS "%s %s %s", i ? "86dd" : "0800", cases[i].ip, cases[i].icmp);
		struct vector_bytes bytes = vector_from_hex(hex);
		struct packet packet, quoted;
		bool whole = false;
		for (uint32_t captured = 0; captured <= bytes.count; captured++)
			if (vector_decode(LINK_ETHERNET, &bytes, captured, bytes.count, &packet) == PACKET_DECODED)
				whole = icmp_quoted(&packet, &quoted);
		assert_true(whole);
		for (uint32_t at = 14; at < bytes.count; at++) {
			for (unsigned value = 0; value < 256; value++) {
				struct vector_bytes changed = bytes;
				changed.at[at] = (uint8_t)value;
				if (vector_decode(LINK_ETHERNET, &changed, changed.count, changed.count, &packet) == PACKET_DECODED)
					icmp_quoted(&packet, &quoted);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_protocol), cmocka_unit_test(test_mtu),     cmocka_unit_test(test_ipv6),
		cmocka_unit_test(test_too_little_of_it), cmocka_unit_test(test_bounded), cmocka_unit_test(test_hostile_quotes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
