/* Speaks for analyze/engine/link.c and packet.c, up to IP. Vectors are bytes in hex, header by header, with what
 * they mean above them. All of them are decoded where the next byte can't be read. */
#include "tests/vector.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

static void check_address(const struct address *address, const char *expected)
{
	char text[ADDRESS_TEXT_MAX];
	assert_string_equal(address_text(address, text), expected);
}

/* What TCP_HI says, over either IP. */
static void check_hi(const struct packet *packet)
{
	assert_int_equal(packet->protocol, PROTOCOL_TCP);
	assert_int_equal(packet->source_port, 443);
	assert_int_equal(packet->destination_port, 54321);
	assert_int_equal(packet->seq, 0x11223344);
	assert_int_equal(packet->ack, 0x55667788);
	assert_int_equal(packet->tcp_flags, TCP_PSH | TCP_ACK);
	assert_int_equal(packet->window, 502);
	assert_int_equal(packet->tcp_header_bytes, 20);
	assert_int_equal(packet->payload_bytes, 2);
	assert_int_equal(packet->window_scale, NO_WINDOW_SCALE);
	assert_false(packet->has_timestamp);
	assert_false(packet->fragment);
	assert_false(packet->options_cut);
	assert_int_equal(packet->sack_blocks, 0);
	assert_int_equal(packet->frame, 7);
	assert_int_equal(packet->frames, 1);
}

static void check_ipv4_hi(const struct packet *packet)
{
	check_hi(packet);
	check_address(&packet->source, "192.0.2.1");
	check_address(&packet->destination, "10.0.0.1");
	assert_int_equal(packet->ttl, 64);
	assert_true(packet->has_ip_id);
	assert_int_equal(packet->ip_id, 0x1234);
}

static void check_ipv6_hi(const struct packet *packet)
{
	check_hi(packet);
	check_address(&packet->source, "2001:db8::1");
	check_address(&packet->destination, "2001:db8::2");
	assert_int_equal(packet->ttl, 63);
	assert_false(packet->has_ip_id);
}

static const struct vector {
	const char *what;
	uint16_t link_type;
	uint16_t vlan;
	bool ipv6;
	const char *link; /* what stands before IP */
} vectors[] = {
	{ "Ethernet", LINK_ETHERNET, 0, false, MACS "0800" },
	{ "Ethernet, IPv6", LINK_ETHERNET, 0, true, MACS "86dd" },
	{ "802.1Q, priority 5, id 100", LINK_ETHERNET, 100, false, MACS "8100 a064 0800" },
	{ "QinQ: 200, in it 100", LINK_ETHERNET, 200, false, MACS "88a8 00c8 8100 0064 0800" },
	{ "old QinQ: 300, in it 100", LINK_ETHERNET, 300, false, MACS "9100 012c 8100 0064 0800" },
	{ "VLAN, IPv6", LINK_ETHERNET, 4094, true, MACS "8100 0ffe 86dd" },
	/* packet type 4 (sent by us), ARPHRD_ETHER, 6 bytes of address, 02:00:00:00:00:01, protocol */
	{ "SLL", LINK_LINUX_SLL, 0, false, "0004 0001 0006 0200000000010000 0800" },
	{ "SLL, IPv6", LINK_LINUX_SLL, 0, true, "0004 0001 0006 0200000000010000 86dd" },
	/* protocol, reserved, interface 3, ARPHRD_ETHER, packet type 4, 6 bytes of address */
	{ "SLL2", LINK_LINUX_SLL2, 0, false, "0800 0000 00000003 0001 04 06 0200000000010000" },
	{ "SLL2, IPv6", LINK_LINUX_SLL2, 0, true, "86dd 0000 00000003 0001 04 06 0200000000010000" },
	{ "NULL, little endian", LINK_NULL, 0, false, "02000000" },
	{ "NULL, big endian", LINK_NULL, 0, false, "00000002" },
	{ "NULL, IPv6 of macOS", LINK_NULL, 0, true, "1e000000" },
	{ "NULL, IPv6 of FreeBSD, big endian", LINK_NULL, 0, true, "0000001c" },
	{ "NULL, IPv6 of NetBSD", LINK_NULL, 0, true, "18000000" },
	{ "LOOP", LINK_LOOP, 0, false, "00000002" },
	{ "LOOP, IPv6 of OpenBSD", LINK_LOOP, 0, true, "00000018" },
	{ "raw IPv4", LINK_RAW, 0, false, "" },
	{ "raw IPv6", LINK_RAW, 0, true, "" },
	{ "raw IPv4 under 12", 12, 0, false, "" },
	{ "raw IPv6 under 14", 14, 0, true, "" },
	{ "IPv4", LINK_IPV4, 0, false, "" },
	{ "IPv6", LINK_IPV6, 0, true, "" },
};

static struct vector_bytes bytes_of(const struct vector *vector)
{
	char hex[512];
	snprintf(hex, sizeof hex, "%s %s %s", vector->link, vector->ipv6 ? IPV6_TCP : IPV4_TCP, TCP_HI);
	return vector_from_hex(hex);
}

static void test_links(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		const struct vector *vector = &vectors[i];
		struct vector_bytes bytes = bytes_of(vector);
		struct packet packet;
		print_message("%s\n", vector->what);
		assert_int_equal(vector_decode(vector->link_type, &bytes, bytes.count, bytes.count, &packet), PACKET_DECODED);
		assert_int_equal(packet.vlan, vector->vlan);
		assert_int_equal(packet.wire_bytes, bytes.count);
		(vector->ipv6 ? check_ipv6_hi : check_ipv4_hi)(&packet);
	}
}

/* The headers end with TCP's fixed part, 2 bytes before the end. What was cut by the snap length there or later is
 * whole, with the payload that the IP header tells; all shorter ones are reported as cut. */
static void test_snapped_at_every_length(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		struct vector_bytes bytes = bytes_of(&vectors[i]);
		for (uint32_t captured = 0; captured < bytes.count; captured++) {
			struct packet packet;
			enum packet_result result =
				vector_decode(vectors[i].link_type, &bytes, captured, bytes.count, &packet);
			if (captured < bytes.count - 2) {
				assert_int_equal(result, PACKET_SNAPPED);
				continue;
			}
			assert_int_equal(result, PACKET_DECODED);
			(vectors[i].ipv6 ? check_ipv6_hi : check_ipv4_hi)(&packet);
		}
	}
}

/* Frames that really are so short: never taken for whole while headers are missing. */
static void test_short_at_every_length(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		struct vector_bytes bytes = bytes_of(&vectors[i]);
		for (uint32_t captured = 0; captured < bytes.count - 2; captured++) {
			struct packet packet;
			assert_int_not_equal(vector_decode(vectors[i].link_type, &bytes, captured, captured, &packet),
					     PACKET_DECODED);
		}
	}
}

static void test_unsupported_link(void **state)
{
	(void)state;
	struct packet packet;
	assert_int_equal(vector_decode_hex(105, MACS "0800 " IPV4_TCP TCP_HI, &packet), PACKET_UNSUPPORTED_LINK); /* 802.11 */
	assert_false(engine_knows_link(105));
	assert_false(engine_knows_link(0xffff));
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
		assert_true(engine_knows_link(vectors[i].link_type));
}

static void test_not_ip(void **state)
{
	(void)state;
	struct packet packet;
	assert_int_equal(vector_decode_hex(LINK_ETHERNET, MACS "0806 0001080006040001", &packet), PACKET_NOT_IP); /* ARP */
	assert_int_equal(vector_decode_hex(LINK_ETHERNET, MACS "88cc 0207", &packet), PACKET_NOT_IP); /* LLDP */
	assert_int_equal(vector_decode_hex(LINK_NULL, "07000000 00", &packet), PACKET_NOT_IP);
}

/* Two taps of one packet differ in their link's identity, two packets of one tap don't. */
static void test_link_identity(void **state)
{
	(void)state;
	struct packet one, same, other_mac, other_vlan, vlan;
	vector_decode_hex(LINK_ETHERNET, MACS "0800 " IPV4_TCP TCP_HI, &one);
	vector_decode_hex(LINK_ETHERNET, MACS "0800 " IPV4_TCP TCP_HI, &same);
	vector_decode_hex(LINK_ETHERNET, "020000000003 020000000001 0800 " IPV4_TCP TCP_HI, &other_mac);
	vector_decode_hex(LINK_ETHERNET, MACS "8100 0001 0800 " IPV4_TCP TCP_HI, &vlan);
	vector_decode_hex(LINK_ETHERNET, MACS "8100 0002 0800 " IPV4_TCP TCP_HI, &other_vlan);
	assert_int_equal(one.link_identity, same.link_identity);
	assert_int_not_equal(one.link_identity, other_mac.link_identity);
	assert_int_not_equal(one.link_identity, vlan.link_identity);
	assert_int_not_equal(vlan.link_identity, other_vlan.link_identity);
	/* tcpdump -i any: interface 3 and interface 4 */
	vector_decode_hex(LINK_LINUX_SLL2, "0800 0000 00000003 0001 04 06 0200000000010000" IPV4_TCP TCP_HI, &one);
	vector_decode_hex(LINK_LINUX_SLL2, "0800 0000 00000004 0001 04 06 0200000000010000" IPV4_TCP TCP_HI, &same);
	assert_int_not_equal(one.link_identity, same.link_identity);
}

/* IHL 8: 12 bytes of options (NOPs); total length 54. */
static void test_ipv4_options(void **state)
{
	(void)state;
	struct packet packet;
	assert_int_equal(vector_decode_hex(LINK_RAW,
				    "48000036 12344000 40060000 c0000201 0a000001 010101010101010101010101" TCP_HI,
				    &packet),
			 PACKET_DECODED);
	check_ipv4_hi(&packet);
}

/* Total length 0: what the link has. */
static void test_total_length_0(void **state)
{
	(void)state;
	struct packet packet;
	assert_int_equal(vector_decode_hex(LINK_RAW, "45000000 12344000 40060000 c0000201 0a000001" TCP_HI, &packet),
			 PACKET_DECODED);
	check_ipv4_hi(&packet);
	/* IPv6, payload length 0: a jumbogram or BIG TCP */
	assert_int_equal(vector_decode_hex(LINK_RAW,
				    "60000000 0000063f 20010db8000000000000000000000001"
				    "20010db8000000000000000000000002" TCP_HI,
				    &packet),
			 PACKET_DECODED);
	check_ipv6_hi(&packet);
}

/* Total length 40, no payload; Ethernet fills up to 60 bytes. */
static void test_padding(void **state)
{
	(void)state;
	struct packet packet;
	assert_int_equal(vector_decode_hex(LINK_ETHERNET,
				    MACS "0800 45000028 12344000 40060000 c0000201 0a000001"
					 "01bbd431 11223344 55667788 501001f6 00000000 000000000000",
				    &packet),
			 PACKET_DECODED);
	assert_int_equal(packet.payload_bytes, 0);
	assert_int_equal(packet.wire_bytes, 60);
}

/* 54 of 1514 bytes captured: 1500 - 40 = 1460 bytes of payload. */
static void test_payload_of_a_snapped_frame(void **state)
{
	(void)state;
	struct packet packet;
	struct vector_bytes bytes = vector_from_hex(MACS "0800 450005dc 12344000 40060000 c0000201 0a000001"
					   "01bbd431 11223344 55667788 501001f6 00000000");
	assert_int_equal(vector_decode(LINK_ETHERNET, &bytes, 54, 1514, &packet), PACKET_DECODED);
	assert_int_equal(packet.payload_bytes, 1460);
	assert_int_equal(packet.wire_bytes, 1514);
}

static void test_impossible_ipv4(void **state)
{
	(void)state;
	struct packet packet;
#define REST " 12344000 40060000 c0000201 0a000001" TCP_HI
	assert_int_equal(vector_decode_hex(LINK_ETHERNET, MACS "0800 6500002a" REST, &packet), PACKET_MALFORMED); /* version 6 */
	assert_int_equal(vector_decode_hex(LINK_RAW, "4400002a" REST, &packet), PACKET_MALFORMED); /* 16 bytes of header */
	assert_int_equal(vector_decode_hex(LINK_RAW, "45000013" REST, &packet), PACKET_MALFORMED); /* total 19 */
	assert_int_equal(vector_decode_hex(LINK_RAW, "45000027" REST, &packet), PACKET_MALFORMED); /* 19 bytes of TCP */
	assert_int_equal(vector_decode_hex(LINK_RAW, "4600002a" REST, &packet), PACKET_MALFORMED); /* 18 bytes of TCP */
#undef REST
	assert_int_equal(vector_decode_hex(LINK_ETHERNET, MACS "86dd " IPV4_TCP TCP_HI, &packet), PACKET_MALFORMED);
}

/* RFC 6864: ID 0 with DF is none; without DF it is one. */
static void test_ip_id(void **state)
{
	(void)state;
	struct packet packet;
	vector_decode_hex(LINK_RAW, "4500002a 00004000 40060000 c0000201 0a000001" TCP_HI, &packet);
	assert_false(packet.has_ip_id);
	vector_decode_hex(LINK_RAW, "4500002a 00000000 40060000 c0000201 0a000001" TCP_HI, &packet);
	assert_true(packet.has_ip_id);
}

static void test_ecn(void **state)
{
	(void)state;
	struct packet packet;
	vector_decode_hex(LINK_RAW, "45bb002a 12344000 40060000 c0000201 0a000001" TCP_HI, &packet); /* DSCP 46, CE */
	assert_int_equal(packet.ecn, 3);
	/* traffic class 0xba: DSCP 46, ECT(0) */
	vector_decode_hex(LINK_RAW,
		   "6ba00000 0016063f 20010db8000000000000000000000001 20010db8000000000000000000000002" TCP_HI,
		   &packet);
	assert_int_equal(packet.ecn, 2);
}

/* Two fragments of one packet, ID 0x1234; the second begins at 185 * 8 = 1480. */
static void test_ipv4_fragments(void **state)
{
	(void)state;
	struct packet packet;
	assert_int_equal(vector_decode_hex(LINK_RAW, "4500002a 12342000 40060000 c0000201 0a000001" TCP_HI, &packet),
			 PACKET_DECODED);
	assert_true(packet.fragment);
	assert_true(packet.more_fragments);
	assert_int_equal(packet.fragment_offset, 0);
	assert_int_equal(packet.fragment_bytes, 22);
	assert_int_equal(packet.fragment_id, 0x1234);
	assert_int_equal(packet.source_port, 443);
	assert_int_equal(vector_decode_hex(LINK_RAW, "4500002a 123400b9 40060000 c0000201 0a000001" TCP_HI, &packet),
			 PACKET_DECODED);
	assert_true(packet.fragment);
	assert_false(packet.more_fragments);
	assert_int_equal(packet.fragment_offset, 1480);
	assert_int_equal(packet.fragment_bytes, 22);
	assert_int_equal(packet.source_port, 0);
	assert_int_equal(packet.payload_bytes, 0);
}

/* RFC 8200 4. */
static void test_ipv6_extensions(void **state)
{
	(void)state;
	static const char *const chains[] = {
		/* payload 30, hop-by-hop of 8 bytes (PadN) */
		"60000000 001e 00" IPV6_ADDRESSES "0600 010400000000",
		/* payload 46: hop-by-hop, routing of 8, destination options of 8 */
		"60000000 002e 00" IPV6_ADDRESSES "2b00 010400000000 3c00 0400 00000000 0600 010400000000",
		/* payload 38: destination options of 16 */
		"60000000 0026 3c" IPV6_ADDRESSES "0601 010c 000000000000000000000000",
		/* payload 46: authentication header, length 4: (4 + 2) * 4 = 24 bytes (RFC 4302) */
		"60000000 002e 33" IPV6_ADDRESSES "0604 0000 00000001 00000001 000000000000000000000000",
		/* payload 30: an atomic fragment (RFC 6946): offset 0, no more */
		"60000000 001e 2c" IPV6_ADDRESSES "0600 0000 11223344",
	};
	for (size_t i = 0; i < sizeof chains / sizeof chains[0]; i++) {
		char hex[512];
		struct packet packet;
		snprintf(hex, sizeof hex, "%s %s", chains[i], TCP_HI);
		struct vector_bytes bytes = vector_from_hex(hex);
		assert_int_equal(vector_decode(LINK_RAW, &bytes, bytes.count, bytes.count, &packet), PACKET_DECODED);
		check_ipv6_hi(&packet);
		for (uint32_t captured = 0; captured < bytes.count - 2; captured++)
			assert_int_equal(vector_decode(LINK_RAW, &bytes, captured, bytes.count, &packet), PACKET_SNAPPED);
	}
}

static void test_ipv6_fragments(void **state)
{
	(void)state;
	struct packet packet;
	/* payload 30: fragment header: TCP, offset 0, more, identification 0x11223344 */
	assert_int_equal(vector_decode_hex(LINK_RAW, "60000000 001e 2c" IPV6_ADDRESSES "0600 0001 11223344" TCP_HI, &packet),
			 PACKET_DECODED);
	assert_true(packet.fragment);
	assert_true(packet.more_fragments);
	assert_int_equal(packet.fragment_id, 0x11223344);
	assert_int_equal(packet.fragment_bytes, 22);
	assert_int_equal(packet.destination_port, 54321);
	/* offset 1448, the last */
	assert_int_equal(vector_decode_hex(LINK_RAW, "60000000 001e 2c" IPV6_ADDRESSES "0600 05a8 11223344" TCP_HI, &packet),
			 PACKET_DECODED);
	assert_true(packet.fragment);
	assert_false(packet.more_fragments);
	assert_int_equal(packet.fragment_offset, 1448);
	assert_int_equal(packet.protocol, PROTOCOL_TCP);
	assert_int_equal(packet.destination_port, 0);
}

/* Extension headers without end, and one that is longer than its packet. */
static void test_ipv6_impossible(void **state)
{
	(void)state;
	struct packet packet;
	char hex[1024] = "60000000 0100 00" IPV6_ADDRESSES;
	for (unsigned i = 0; i < 32; i++)
		strcat(hex, "0000010400000000"); /* hop-by-hop, and after it hop-by-hop */
	assert_int_equal(vector_decode_hex(LINK_RAW, hex, &packet), PACKET_MALFORMED);
	assert_int_equal(vector_decode_hex(LINK_RAW, "60000000 001e 3c" IPV6_ADDRESSES "06ff 010400000000" TCP_HI, &packet),
			 PACKET_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_snapped_at_every_length),
		cmocka_unit_test(test_short_at_every_length),
		cmocka_unit_test(test_unsupported_link),
		cmocka_unit_test(test_not_ip),
		cmocka_unit_test(test_link_identity),
		cmocka_unit_test(test_ipv4_options),
		cmocka_unit_test(test_total_length_0),
		cmocka_unit_test(test_padding),
		cmocka_unit_test(test_payload_of_a_snapped_frame),
		cmocka_unit_test(test_impossible_ipv4),
		cmocka_unit_test(test_ip_id),
		cmocka_unit_test(test_ecn),
		cmocka_unit_test(test_ipv4_fragments),
		cmocka_unit_test(test_ipv6_extensions),
		cmocka_unit_test(test_ipv6_fragments),
		cmocka_unit_test(test_ipv6_impossible),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
