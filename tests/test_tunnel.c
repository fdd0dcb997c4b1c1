/* Speaks for analyze/engine/tunnel.c, and packet.c where it goes from one packet into another. Vectors are bytes in hex, made by hand
 * from the RFCs that tunnel.h names, decoded where the next byte can't be read. */
#include "tests/trace.h"
#include "tests/vector.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

/* 198.51.100.1 to 198.51.100.2; what differs stands before: total length, then protocol. */
#define OUTER(total, protocol) "4500" total "00014000 40" protocol "0000 c6336401 c6336402 "
#define OUTER_UDP(total, port, length) OUTER(total, "11") "c350" port length "0000 "
#define OUTER_IPV6(payload, next) \
	"60000000" payload next "40 20010db8000000000000000000000011 20010db8000000000000000000000022 "
#define ETHERNET MACS "0800 "
#define INNER_MACS "0a0000000002 0a0000000001 "

static const struct vector {
	const char *what;
	const char *outside; /* of IPV4_TCP or IPV6_TCP */
	uint32_t id;
	enum tunnel_kind kind;
	uint16_t link_type, vlan;
	bool ipv6; /* inside */
	bool has_ends, ends_ipv6;
	bool has_tenant;
} vectors[] = {
	/* 20 + 8 + 8 + 14 + 42 = 92; flags 08, VNI 42 */
	{ "VXLAN", ETHERNET OUTER_UDP("005c", "12b5", "0048") "08000000 00002a00" INNER_MACS "0800", 42, TUNNEL_VXLAN,
	  LINK_ETHERNET, 0, false, true, false, true },
	{ "VXLAN at 8472, tagged inside", ETHERNET OUTER_UDP("0060", "2118", "004c") "08000000 00000100" INNER_MACS "8100 0005 0800",
	  1, TUNNEL_VXLAN, LINK_ETHERNET, 0, false, true, false, true },
	{ "VXLAN, tagged outside", MACS "8100 0064 0800" OUTER_UDP("005c", "12b5", "0048") "08000000 00002a00" INNER_MACS "0800", 42,
	  TUNNEL_VXLAN, LINK_ETHERNET, 100, false, true, false, true },
	{ "VXLAN, IPv6 inside", ETHERNET OUTER_UDP("0070", "12b5", "005c") "08000000 ffffff00" INNER_MACS "86dd", 0xffffff,
	  TUNNEL_VXLAN, LINK_ETHERNET, 0, true, true, false, true },
	{ "VXLAN over IPv6", MACS "86dd" OUTER_IPV6("0048", "11") "c350 12b5 0048 1234 08000000 00002a00" INNER_MACS "0800", 42,
	  TUNNEL_VXLAN, LINK_ETHERNET, 0, false, true, true, true },
	{ "VXLAN with a group policy", ETHERNET OUTER_UDP("005c", "12b5", "0048") "88000010 00002a00" INNER_MACS "0800", 42,
	  TUNNEL_VXLAN, LINK_ETHERNET, 0, false, true, false, true },
	{ "VXLAN-GPE, IPv4", ETHERNET OUTER_UDP("004e", "12b6", "003a") "0c000001 00002a00", 42, TUNNEL_VXLAN, LINK_ETHERNET, 0, false,
	  true, false, true },
	{ "VXLAN-GPE, IPv6", ETHERNET OUTER_UDP("0062", "12b6", "004e") "0c000002 00002a00", 42, TUNNEL_VXLAN, LINK_ETHERNET, 0, true,
	  true, false, true },
	{ "VXLAN-GPE, Ethernet", ETHERNET OUTER_UDP("005c", "12b6", "0048") "0c000003 00002a00" INNER_MACS "0800", 42, TUNNEL_VXLAN,
	  LINK_ETHERNET, 0, false, true, false, true },
	/* 8 bytes of options: class 0102, type 80, length 1; 20 + 8 + 16 + 14 + 42 = 100 */
	{ "Geneve with an option", ETHERNET OUTER_UDP("0064", "17c1", "0050") "0200 6558 00002a00 01028001 00000000" INNER_MACS "0800",
	  42, TUNNEL_GENEVE, LINK_ETHERNET, 0, false, true, false, true },
	{ "Geneve, IPv4", ETHERNET OUTER_UDP("004e", "17c1", "003a") "0000 0800 00002a00", 42, TUNNEL_GENEVE, LINK_ETHERNET, 0, false,
	  true, false, true },
	{ "GRE", ETHERNET OUTER("0042", "2f") "0000 0800", 0, TUNNEL_GRE, LINK_ETHERNET, 0, false, true, false, false },
	{ "GRE, IPv6", ETHERNET OUTER("0056", "2f") "0000 86dd", 0, TUNNEL_GRE, LINK_ETHERNET, 0, true, true, false, false },
	/* checksum and reserved, key 1234, sequence number 1 */
	{ "GRE with all fields", ETHERNET OUTER("004e", "2f") "b000 0800 abcd0000 000004d2 00000001", 1234, TUNNEL_GRE, LINK_ETHERNET, 0,
	  false, true, false, true },
	{ "GRE, Ethernet", ETHERNET OUTER("0050", "2f") "0000 6558" INNER_MACS "0800", 0, TUNNEL_GRE, LINK_ETHERNET, 0, false, true,
	  false, false },
	{ "ERSPAN II", ETHERNET OUTER("005c", "2f") "1000 88be 00000001 1000 0064 00000000" INNER_MACS "0800", 100, TUNNEL_GRE,
	  LINK_ETHERNET, 0, false, true, false, false },
	{ "ERSPAN III", ETHERNET OUTER("0060", "2f") "1000 22eb 00000001 2000 0064 00000000 00000000" INNER_MACS "0800", 100, TUNNEL_GRE,
	  LINK_ETHERNET, 0, false, true, false, false },
	{ "IPv4 in IPv4", ETHERNET OUTER("003e", "04"), 0, TUNNEL_IPIP, LINK_ETHERNET, 0, false, true, false, false },
	{ "IPv6 in IPv4", ETHERNET OUTER("0052", "29"), 0, TUNNEL_6IN4, LINK_ETHERNET, 0, true, true, false, false },
	{ "IPv4 in IPv6", OUTER_IPV6("002a", "04"), 0, TUNNEL_IPIP, LINK_RAW, 0, false, true, true, false },
	{ "IPv6 in IPv6", OUTER_IPV6("003e", "29"), 0, TUNNEL_6IN4, LINK_RAW, 0, true, true, true, false },
	/* labels 16 and 17, of which the second is the bottom; TTL 64 */
	{ "MPLS", MACS "8847 00010040 00011140", 16, TUNNEL_MPLS, LINK_ETHERNET, 0, false, false, false, false },
	{ "MPLS, multicast, IPv6", MACS "8848 00011140", 17, TUNNEL_MPLS, LINK_ETHERNET, 0, true, false, false, false },
	{ "MPLS, a pseudowire", MACS "8847 00011140 00000000" INNER_MACS "0800", 17, TUNNEL_MPLS, LINK_ETHERNET, 0, false, false, false,
	  false },
	/* session 7, length 2 + 42 */
	{ "PPPoE", MACS "8864 1100 0007 002c 0021", 7, TUNNEL_PPPOE, LINK_ETHERNET, 0, false, false, false, false },
	{ "PPPoE, IPv6", MACS "8864 1100 0007 0040 0057", 7, TUNNEL_PPPOE, LINK_ETHERNET, 0, true, false, false, false },
	{ "PPPoE, MPLS in it", MACS "8864 1100 0007 0030 0281 00011140", 7, TUNNEL_PPPOE, LINK_ETHERNET, 0, false, false, false, false },
	{ "PPPoE as a link", "1100 0007 002c 0021", 7, TUNNEL_PPPOE, LINK_PPP_ETHER, 0, false, false, false, false },
	{ "PPP", "ff03 0021", 0, TUNNEL_NONE, LINK_PPP, 0, false, false, false, false },
	{ "PPP without address and control", "0057", 0, TUNNEL_NONE, LINK_PPP, 0, true, false, false, false },
	{ "PPP, protocol of one byte", "ff03 21", 0, TUNNEL_NONE, LINK_PPP, 0, false, false, false, false },
	{ "PPP in HDLC", "ff03 0057", 0, TUNNEL_NONE, LINK_PPP_HDLC, 0, true, false, false, false },
	{ "Cisco's HDLC", "0f00 0800", 0, TUNNEL_NONE, LINK_PPP_HDLC, 0, false, false, false, false },
	/* 20 + 8 + 8 + 14 + 20 + 42 = 112 */
	{ "IPv4 in IPv4 in VXLAN", ETHERNET OUTER_UDP("0070", "12b5", "005c") "08000000 00002a00" INNER_MACS "0800"
	  "4500003e 00024000 40040000 c6336403 c6336404", 42, TUNNEL_VXLAN, LINK_ETHERNET, 0, false, true, false, true },
};
enum { VECTORS = sizeof vectors / sizeof vectors[0] };

static void check_address(const struct address *address, const char *expected)
{
	char text[ADDRESS_TEXT_MAX];
	assert_string_equal(address_text(address, text), expected);
}

static struct vector_bytes bytes_of(const struct vector *vector)
{
	char hex[1024];
	snprintf(hex, sizeof hex, "%s %s %s", vector->outside, vector->ipv6 ? IPV6_TCP : IPV4_TCP, TCP_HI);
	return vector_from_hex(hex);
}

static void check_inside(const struct packet *packet, bool ipv6)
{
	assert_int_equal(packet->protocol, PROTOCOL_TCP);
	assert_int_equal(packet->source_port, 443);
	assert_int_equal(packet->seq, 0x11223344);
	assert_int_equal(packet->payload_bytes, 2);
	assert_int_equal(packet->ttl, ipv6 ? 63 : 64);
	assert_int_equal(packet->has_ip_id, !ipv6);
	assert_int_equal(packet->ip_id, ipv6 ? 0 : 0x1234);
	assert_false(packet->fragment);
	check_address(&packet->source, ipv6 ? "2001:db8::1" : "192.0.2.1");
	check_address(&packet->destination, ipv6 ? "2001:db8::2" : "10.0.0.1");
}

static void test_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < VECTORS; i++) {
		const struct vector *vector = &vectors[i];
		struct vector_bytes bytes = bytes_of(vector);
		struct packet packet;
		print_message("%s\n", vector->what);
		assert_int_equal(vector_decode(vector->link_type, &bytes, bytes.count, bytes.count, &packet), PACKET_DECODED);
		check_inside(&packet, vector->ipv6);
		assert_int_equal(packet.tunnel, vector->kind);
		assert_int_equal(packet.tunnel_id, vector->id);
		assert_int_equal(packet.vlan, vector->vlan);
		assert_int_equal(packet.wire_bytes, bytes.count);
		assert_int_equal(packet.tunnel_has_ends, vector->has_ends);
		assert_int_equal(packet.network != 0, vector->has_tenant);
		if (vector->has_ends) {
			check_address(&packet.tunnel_source, vector->ends_ipv6 ? "2001:db8::11" : "198.51.100.1");
			check_address(&packet.tunnel_destination, vector->ends_ipv6 ? "2001:db8::22" : "198.51.100.2");
		}
	}
}

/* Cut off by the snap length: never taken for whole while headers are missing. Really so short: never taken for what it is not. */
static void test_every_length(void **state)
{
	(void)state;
	for (size_t i = 0; i < VECTORS; i++) {
		struct vector_bytes bytes = bytes_of(&vectors[i]);
		for (uint32_t captured = 0; captured < bytes.count - 2; captured++) {
			struct packet packet;
			assert_int_equal(vector_decode(vectors[i].link_type, &bytes, captured, bytes.count, &packet), PACKET_SNAPPED);
			enum packet_result result = vector_decode(vectors[i].link_type, &bytes, captured, captured, &packet);
			assert_false(result == PACKET_DECODED && packet.protocol == PROTOCOL_TCP);
		}
	}
}

/* Of a packet that was cut in the payload, the length is what its own header says. */
static void test_payload_of_a_snapped_frame(void **state)
{
	(void)state;
	struct packet packet;
	/* inner total 1450: payload 1410; outer 1500, UDP 1480; 54 + 50 bytes captured */
	struct vector_bytes bytes = vector_from_hex(ETHERNET OUTER_UDP("05dc", "12b5", "05c8") "08000000 00002a00" INNER_MACS
						    "0800 450005aa 12344000 40060000 c0000201 0a000001"
						    "01bbd431 11223344 55667788 501001f6 00000000");
	assert_int_equal(bytes.count, 104);
	assert_int_equal(vector_decode(LINK_ETHERNET, &bytes, 104, 1514, &packet), PACKET_DECODED);
	assert_int_equal(packet.payload_bytes, 1410);
	assert_int_equal(packet.tunnel_bytes, 50);
}

static void check_plain(const char *hex, uint8_t protocol, uint32_t payload)
{
	struct packet packet;
	assert_int_equal(vector_decode_hex(LINK_ETHERNET, hex, &packet), PACKET_DECODED);
	assert_int_equal(packet.tunnel, TUNNEL_NONE);
	assert_int_equal(packet.network, 0);
	assert_int_equal(packet.protocol, protocol);
	assert_int_equal(packet.payload_bytes, payload);
	check_address(&packet.source, "198.51.100.1");
}

/* What goes to the port of a tunnel and is none, is what it seems. */
static void test_no_tunnel(void **state)
{
	(void)state;
	const char *const inside = INNER_MACS "0800" IPV4_TCP TCP_HI;
	char hex[512];
	snprintf(hex, sizeof hex, "%s 00000000 00002a00 %s", ETHERNET OUTER_UDP("005c", "12b5", "0048"), inside);
	check_plain(hex, PROTOCOL_UDP, 64); /* VXLAN without the flag of its id */
	check_plain(ETHERNET OUTER_UDP("0036", "12b5", "0022") "08000000 00002a00" INNER_MACS "0806 00010800", PROTOCOL_UDP, 26); /* ARP */
	/* the inner packet is longer than the tunnel's */
	check_plain(ETHERNET OUTER_UDP("005c", "12b5", "0048") "08000000 00002a00" INNER_MACS
		    "0800 4500002b 12344000 40060000 c0000201 0a000001" TCP_HI, PROTOCOL_UDP, 64);
	check_plain(ETHERNET OUTER_UDP("0022", "12b5", "000e") "0800 0000 0000", PROTOCOL_UDP, 6); /* shorter than its header */
	snprintf(hex, sizeof hex, "%s 4000 6558 00002a00 %s", ETHERNET OUTER_UDP("005c", "17c1", "0048"), inside);
	check_plain(hex, PROTOCOL_UDP, 64); /* Geneve of another version */
	snprintf(hex, sizeof hex, "%s 3f00 6558 00002a00 %s", ETHERNET OUTER_UDP("005c", "17c1", "0048"), inside);
	check_plain(hex, PROTOCOL_UDP, 64); /* options longer than the packet */
	check_plain(ETHERNET OUTER("0042", "2f") "0001 0800" IPV4_TCP TCP_HI, 47, 46); /* GRE of another version */
	check_plain(ETHERNET OUTER("0042", "2f") "0000 88cc" IPV4_TCP TCP_HI, 47, 46); /* LLDP in GRE */
	check_plain(ETHERNET OUTER("0018", "04") "45000014", 4, 4); /* no room for a header */
	struct packet packet;
	assert_int_equal(vector_decode_hex(LINK_ETHERNET, MACS "8847 00011140 50000000 00000000 00000000", &packet), PACKET_NOT_IP);
	assert_int_equal(vector_decode_hex(LINK_ETHERNET, MACS "8864 1100 0007 00ff 0021" IPV4_TCP TCP_HI, &packet), PACKET_NOT_IP);
	assert_int_equal(vector_decode_hex(LINK_ETHERNET, MACS "8864 1100 0007 0004 c021 0101", &packet), PACKET_NOT_IP); /* LCP */
}

/* Labels without end, tunnels in tunnels without end. */
static void test_too_deep(void **state)
{
	(void)state;
	struct packet packet;
	char hex[2048] = MACS "8847";
	for (unsigned i = 0; i < 64; i++)
		strcat(hex, "00010040");
	assert_int_equal(vector_decode_hex(LINK_ETHERNET, hex, &packet), PACKET_NOT_IP);
	enum { DEEP = 20 };
	strcpy(hex, MACS "0800");
	for (unsigned i = 0; i < DEEP; i++) {
		char header[64];
		snprintf(header, sizeof header, OUTER("%04x", "04"), (DEEP - i) * 20 + 42);
		strcat(hex, header);
	}
	strcat(hex, IPV4_TCP TCP_HI);
	assert_int_equal(vector_decode_hex(LINK_ETHERNET, hex, &packet), PACKET_DECODED);
	assert_int_equal(packet.tunnel, TUNNEL_IPIP);
	assert_int_equal(packet.protocol, 4);
}

/* Ethernet fills up to 60 bytes behind PPPoE and IP in IP: no payload. */
static void test_padding(void **state)
{
	(void)state;
	struct packet packet;
	assert_int_equal(vector_decode_hex(LINK_ETHERNET, MACS "8864 1100 0007 001f 0021 4500001d 12344000 40110000 c0000201 0a000001"
					   "d4311000 0009 0000 61 000000000000", &packet), PACKET_DECODED);
	assert_int_equal(packet.payload_bytes, 1);
	/* total length 0 inside: what the tunnel has, without the padding; UDP of 8 + 1 bytes */
	assert_int_equal(vector_decode_hex(LINK_ETHERNET, ETHERNET OUTER("0031", "04") "45000000 12344000 40110000 c0000201 0a000001"
					   "d4311000 0009 0000 61 000000000000", &packet), PACKET_DECODED);
	assert_int_equal(packet.payload_bytes, 1);
	assert_int_equal(packet.tunnel, TUNNEL_IPIP);
}

/* RFC 2675 2: hop-by-hop with option c2; its length begins behind the IPv6 header. 8 + 20 + 2 = 30, and 2 bytes of something else. */
static void test_jumbogram(void **state)
{
	(void)state;
	struct packet packet;
	assert_int_equal(vector_decode_hex(LINK_RAW, "60000000 0000 00" IPV6_ADDRESSES "0600 c204 0000001e" TCP_HI "ffff", &packet),
			 PACKET_DECODED);
	check_inside(&packet, true);
	/* without the option's length, all is payload */
	assert_int_equal(vector_decode_hex(LINK_RAW, "60000000 0000 00" IPV6_ADDRESSES "0600 010400000000" TCP_HI "ffff", &packet),
			 PACKET_DECODED);
	assert_int_equal(packet.payload_bytes, 4);
	/* 100,000 bytes of payload, of which nothing was captured: 8 + 20 + 100000 = 0x186bc */
	struct vector_bytes bytes = vector_from_hex("60000000 0000 00" IPV6_ADDRESSES "0600 c204 000186bc 01bbd431 11223344 55667788"
						    "501801f6 00000000");
	assert_int_equal(vector_decode(LINK_RAW, &bytes, bytes.count, 100068, &packet), PACKET_DECODED);
	assert_int_equal(packet.payload_bytes, 100000);
}

/* BIG TCP: one frame of 200,000 bytes is 200000 / 1448 = 138.1 segments, in both versions of IP and in a tunnel. */
static void test_big_tcp(void **state)
{
	(void)state;
	static const char *const tunnels[] = { "", " vni 42" };
	for (int i = 0; i < 4; i++) {
		char script[512];
		struct trace_options options = { .ipv6 = i & 1 };
		snprintf(script, sizeof script, "0.000 > S 0 mss 1460 ts 1 0%s\n0.001 < SA 0 mss 1460 ts 1 1%s\n0.002 > A 1 ts 1 1%s\n"
			 "0.003 > A 1 len 200000 ts 2 1 snap 200%s\n0.010 < A 1 ack 200001 ts 2 2%s\n",
			 tunnels[i / 2], tunnels[i / 2], tunnels[i / 2], tunnels[i / 2], tunnels[i / 2]);
		struct trace *trace = trace_play(&options, script);
		assert_int_equal(trace_side(trace, C2S)->data_bytes, 200000);
		assert_int_equal(trace_side(trace, C2S)->data_segments, 139);
		assert_int_equal(trace_side(trace, C2S)->acked_bytes, 200000);
		assert_int_equal(trace_side(trace, C2S)->packets, 3);
		trace_free(trace);
	}
}

/* The tunnel's packet comes in two fragments: 8 + 8 + 14 + 20 + 20 + 26 = 96 bytes of IP's payload, cut at 88. The inner packet has 26
 * bytes of payload (total length 66 = 0x42); its headers are in the first. */
#define FRAGMENTED "c350 12b5 0060 0000 08000000 00002a00" INNER_MACS "0800 45000042 12344000 40060000 c0000201 0a000001"          \
		   "01bbd431 11223344 55667788 501001f6 00000000 000000000000000000000000000000000000"
static void test_fragments_of_the_tunnel(void **state)
{
	(void)state;
	/* ID 9, more; total 108. Offset 88 / 8 = 11, the last; total 28. */
	struct vector_bytes first = vector_from_hex(MACS "0800 4500006c 00092000 40110000 c6336401 c6336402" FRAGMENTED);
	struct vector_bytes last = vector_from_hex(MACS "0800 4500001c 0009000b 40110000 c6336401 c6336402 0000000000000000");
	assert_int_equal(first.count, 122);
	for (int order = 0; order < 2; order++) {
		struct trace *trace = trace_new(NULL);
		trace_frame(trace, 1, LINK_ETHERNET, order ? last.at : first.at, order ? last.count : first.count,
			    order ? last.count : first.count);
		trace_frame(trace, 2, LINK_ETHERNET, order ? first.at : last.at, order ? first.count : last.count,
			    order ? first.count : last.count);
		trace_finish(trace);
		const struct direction_facts *side = trace_side(trace, S2C); /* from port 443 */
		assert_int_equal(trace_flow(trace)->tunnel, TUNNEL_VXLAN);
		assert_int_equal(side->packets, 2);
		assert_int_equal(side->bytes, first.count + last.count);
		assert_int_equal(side->data_bytes, 26);
		assert_int_equal(trace_totals(trace).fragments, 2);
		assert_int_equal(trace_totals(trace).fragments_incomplete, 0);
		trace_free(trace);
	}
	struct trace *trace = trace_new(NULL);
	trace_frame(trace, 1, LINK_ETHERNET, first.at, first.count, first.count);
	trace_finish(trace);
	assert_int_equal(trace->flow_count, 0);
	assert_int_equal(trace_totals(trace).fragments_incomplete, 1);
	trace_free(trace);
	/* Cut at 48 bytes, in the inner IP header: it stays what it is, UDP. */
	struct packet packet;
	assert_int_equal(vector_decode_hex(LINK_RAW, "45000044 00092000 40110000 c6336401 c6336402 c350 12b5 0060 0000 08000000 00002a00"
					   INNER_MACS "0800 45000042 12344000 40060000 c0000201 0a00", &packet), PACKET_DECODED);
	assert_true(packet.fragment);
	assert_false(packet.fragment_in_tunnel);
	assert_int_equal(packet.protocol, PROTOCOL_UDP);
	assert_int_equal(packet.tunnel, TUNNEL_NONE);
}

/* The packet inside is a fragment, its tunnel's is not: the last one has no ports, and joins the first. */
static void test_fragments_inside(void **state)
{
	(void)state;
	struct packet packet;
	assert_int_equal(vector_decode_hex(LINK_RAW, OUTER("003e", "04") "4500002a 123400b9 40060000 c0000201 0a000001" TCP_HI, &packet),
			 PACKET_DECODED);
	assert_true(packet.fragment);
	assert_false(packet.fragment_in_tunnel);
	assert_int_equal(packet.fragment_offset, 1480);
	assert_int_equal(packet.tunnel, TUNNEL_IPIP);
	check_address(&packet.source, "192.0.2.1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_every_length),
		cmocka_unit_test(test_payload_of_a_snapped_frame),
		cmocka_unit_test(test_no_tunnel),
		cmocka_unit_test(test_too_deep),
		cmocka_unit_test(test_padding),
		cmocka_unit_test(test_jumbogram),
		cmocka_unit_test(test_big_tcp),
		cmocka_unit_test(test_fragments_of_the_tunnel),
		cmocka_unit_test(test_fragments_inside),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
