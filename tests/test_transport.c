/* Speaks for analyze/engine/packet.c above IP, and tcp_options.c: UDP, ICMP, TCP and what is none of these. Vectors are bytes in hex,
 * header by header, with what they say in the comment above. */
#include "tests/vector.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

/* No next header (59), ESP (50): counted by their bytes. */
static void test_other_protocols(void **state)
{
	(void)state;
	struct packet packet;
	assert_int_equal(vector_decode_hex(LINK_RAW, "60000000 0016 32" IPV6_ADDRESSES TCP_HI, &packet), PACKET_DECODED);
	assert_int_equal(packet.protocol, 50);
	assert_int_equal(packet.payload_bytes, 22);
	assert_int_equal(packet.source_port, 0);
	assert_int_equal(vector_decode_hex(LINK_RAW, "4500002a 12344000 402f0000 c0000201 0a000001" TCP_HI, &packet),
			 PACKET_DECODED);
	assert_int_equal(packet.protocol, 47);
	assert_int_equal(packet.payload_bytes, 22);
}

/* UDP port 53 to 1024, 4 bytes. */
static void test_udp(void **state)
{
	(void)state;
	struct packet packet;
	struct vector_bytes bytes = vector_from_hex("45000020 00000000 40110000 c0000201 0a000001 00350400 000c0000 61626364");
	assert_int_equal(vector_decode(LINK_RAW, &bytes, 32, 32, &packet), PACKET_DECODED);
	assert_int_equal(packet.source_port, 53);
	assert_int_equal(packet.destination_port, 1024);
	assert_int_equal(packet.payload_bytes, 4);
	for (uint32_t captured = 0; captured < 28; captured++)
		assert_int_equal(vector_decode(LINK_RAW, &bytes, captured, 32, &packet), PACKET_SNAPPED);
}

/* Echo request, identifier 0x0102, 4 bytes; destination unreachable, fragmentation needed; echo reply of ICMPv6. */
static void test_icmp(void **state)
{
	(void)state;
	struct packet packet;
	struct vector_bytes bytes = vector_from_hex("45000020 00000000 40010000 c0000201 0a000001 08000000 01020001 61626364");
	assert_int_equal(vector_decode(LINK_RAW, &bytes, 32, 32, &packet), PACKET_DECODED);
	assert_int_equal(packet.icmp_type, 8);
	assert_int_equal(packet.source_port, 0x0102);
	assert_int_equal(packet.destination_port, 0);
	assert_int_equal(packet.payload_bytes, 4);
	for (uint32_t captured = 0; captured < 28; captured++)
		assert_int_equal(vector_decode(LINK_RAW, &bytes, captured, 32, &packet), PACKET_SNAPPED);
	vector_decode_hex(LINK_RAW, "4500001c 00000000 40010000 c0000201 0a000001 03040000 000005dc", &packet);
	assert_int_equal(packet.icmp_type, 3);
	assert_int_equal(packet.icmp_code, 4);
	assert_int_equal(packet.source_port, 0); /* not an identifier there */
	vector_decode_hex(LINK_RAW, "60000000 0008 3a" IPV6_ADDRESSES "81000000 01020001", &packet);
	assert_int_equal(packet.protocol, PROTOCOL_ICMPV6);
	assert_int_equal(packet.icmp_type, 129);
	assert_int_equal(packet.source_port, 0x0102);
}

/* A TCP header with these options, of `words` 32-bit words. */
static enum packet_result decode_options(const char *options, unsigned words, uint32_t uncaptured, struct packet *packet)
{
	char hex[512];
	unsigned header = 20 + words * 4;
	snprintf(hex, sizeof hex, "4500%04x 12344000 40060000 c0000201 0a000001 01bbd431 11223344 55667788 %x01801f6 00000000 %s",
		 20 + header, header / 4, options);
	struct vector_bytes bytes = vector_from_hex(hex);
	assert_int_equal(bytes.count, 20 + header);
	return vector_decode(LINK_RAW, &bytes, bytes.count - uncaptured, bytes.count, packet);
}

/* MSS 1460, SACK permitted, timestamps 1 and 2, NOP, window scale 7: Linux's SYN. */
static void test_syn_options(void **state)
{
	(void)state;
	struct packet packet;
	assert_int_equal(decode_options("020405b4 0402 080a00000001 00000002 01 030307", 5, 0, &packet), PACKET_DECODED);
	assert_int_equal(packet.mss, 1460);
	assert_true(packet.sack_permitted);
	assert_true(packet.has_timestamp);
	assert_int_equal(packet.tsval, 1);
	assert_int_equal(packet.tsecr, 2);
	assert_int_equal(packet.window_scale, 7);
	assert_int_equal(packet.payload_bytes, 0);
	assert_int_equal(packet.tcp_header_bytes, 40);
}

/* NOP NOP timestamps, NOP NOP SACK of three blocks: as much as fits. */
static void test_sack_option(void **state)
{
	(void)state;
	struct packet packet;
	assert_int_equal(decode_options("0101080a 0000000a 00000014"
					"0101051a 00000001 00000002 fffffff0 00000010 00000005 00000006",
					10, 0, &packet),
			 PACKET_DECODED);
	assert_int_equal(packet.tsval, 10);
	assert_int_equal(packet.tsecr, 20);
	assert_int_equal(packet.sack_blocks, 3);
	assert_int_equal(packet.sack[0].start, 1);
	assert_int_equal(packet.sack[1].start, 0xfffffff0);
	assert_int_equal(packet.sack[1].end, 0x10);
	assert_int_equal(packet.sack[2].end, 6);
}

/* Reading stops at what makes no sense, and what came before it counts. */
static void test_malformed_options(void **state)
{
	(void)state;
	static const struct {
		const char *what, *options;
		uint16_t mss;
		uint8_t window_scale;
	} cases[] = {
		{ "length 0", "020405b4 03000000", 1460, NO_WINDOW_SCALE },
		{ "length 1", "020405b4 03010000", 1460, NO_WINDOW_SCALE },
		{ "beyond the header", "020405b4 0101030b", 1460, NO_WINDOW_SCALE },
		{ "a kind without length at the end", "020405b4 01010103", 1460, NO_WINDOW_SCALE },
		{ "MSS of the wrong length: skipped", "020305 01 030307 00", 0, 7 },
		{ "unknown option, then window scale", "fe04abcd 01030307", 0, 7 },
		{ "after the end of the list", "00030307 030307 00", 0, NO_WINDOW_SCALE },
		{ "window scale without value", "0302 01 01 020405b4", 1460, NO_WINDOW_SCALE },
		{ "only NOPs", "01010101 01010101", 0, NO_WINDOW_SCALE },
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct packet packet;
		print_message("%s\n", cases[i].what);
		assert_int_equal(decode_options(cases[i].options, 2, 0, &packet), PACKET_DECODED);
		assert_int_equal(packet.mss, cases[i].mss);
		assert_int_equal(packet.window_scale, cases[i].window_scale);
		assert_int_equal(packet.payload_bytes, 0);
	}
	struct packet packet;
	decode_options("050b 0000000100000002 01 01", 3, 0, &packet); /* SACK with 9 bytes: one block */
	assert_int_equal(packet.sack_blocks, 1);
	decode_options("0506 0000 0001 0101", 2, 0, &packet); /* and with 4 bytes: none */
	assert_int_equal(packet.sack_blocks, 0);
	decode_options("0809 00000001 000000 0101 01", 3, 0, &packet); /* timestamps of 7 bytes */
	assert_false(packet.has_timestamp);
}

/* The snap length cuts inside the options: what is there counts, and the rest is known to be missing. */
static void test_options_cut(void **state)
{
	(void)state;
	for (uint32_t uncaptured = 0; uncaptured <= 20; uncaptured++) {
		struct packet packet;
		assert_int_equal(decode_options("020405b4 0402 080a00000001 00000002 01 030307", 5, uncaptured, &packet),
				 PACKET_DECODED);
		assert_int_equal(packet.options_cut, uncaptured > 0);
		assert_int_equal(packet.mss, uncaptured <= 16 ? 1460 : 0);
		assert_int_equal(packet.has_timestamp, uncaptured <= 4);
		assert_int_equal(packet.window_scale, uncaptured == 0 ? 7 : NO_WINDOW_SCALE);
		assert_int_equal(packet.payload_bytes, 0);
	}
}

static void test_impossible_tcp(void **state)
{
	(void)state;
	struct packet packet;
	/* data offset 4: 16 bytes of header */
	assert_int_equal(vector_decode_hex(LINK_RAW, IPV4_TCP "01bbd431 11223344 55667788 401801f6 00000000 6869", &packet),
			 PACKET_MALFORMED);
	/* data offset 15: 60 bytes of header in 22 */
	assert_int_equal(vector_decode_hex(LINK_RAW, IPV4_TCP "01bbd431 11223344 55667788 f01801f6 00000000 6869", &packet),
			 PACKET_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_other_protocols),
		cmocka_unit_test(test_udp),
		cmocka_unit_test(test_icmp),
		cmocka_unit_test(test_syn_options),
		cmocka_unit_test(test_sack_option),
		cmocka_unit_test(test_malformed_options),
		cmocka_unit_test(test_options_cut),
		cmocka_unit_test(test_impossible_tcp),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
