/* Speaks for capture/slice.c. Packets are put right before an unreadable page; expected sizes are sums of header sizes as the RFCs have
 * them: Ethernet 14, IPv4 20, IPv6 40, TCP 20, UDP 8, ICMP 8. Samples tell whether the analyzer misses what was cut. */
#include "analyze/engine/engine.h"
#include "analyze/source/source.h"
#include "capture/slice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { BYTES_MAX = 4096, SNAPLEN = 262144 };

#define MACS "020000000002 020000000001 "
#define IPV4_ADDRESSES "c0000201 0a000001 "
#define IPV6_ADDRESSES "20010db8000000000000000000000001 20010db8000000000000000000000002 "

struct bytes {
	uint8_t at[BYTES_MAX];
	uint32_t count;
};

static void add(struct bytes *bytes, const char *hex)
{
	for (unsigned digits = 0; *hex; hex++) {
		if (*hex == ' ')
			continue;
		assert_true(isxdigit((unsigned char)*hex) && bytes->count < BYTES_MAX);
		unsigned value = (unsigned)(isdigit((unsigned char)*hex) ? *hex - '0' : tolower(*hex) - 'a' + 10);
		bytes->at[bytes->count] = (uint8_t)(bytes->at[bytes->count] * 16u + value);
		bytes->count += digits++ & 1;
	}
}

/* So many bytes of payload. */
static void pad(struct bytes *bytes, uint32_t count)
{
	assert_true(bytes->count + count <= BYTES_MAX);
	memset(bytes->at + bytes->count, 'x', count);
	bytes->count += count;
}

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* Of the first `captured` bytes, right before a page that can't be read. */
static uint32_t kept_of(struct slicer *slicer, uint16_t link_type, const struct bytes *bytes, uint32_t captured)
{
	static uint8_t *page;
	const size_t size = BYTES_MAX;
	if (!page) {
		page = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		assert_true(page != MAP_FAILED);
		assert_int_equal(mprotect(page + size, size, PROT_NONE), 0);
	}
	uint8_t *data = page + size - captured;
	memcpy(data, bytes->at, captured);
	const uint32_t kept = slicer_keep(slicer, link_type, data, captured, bytes->count);
	assert_true(kept <= captured);
	return kept;
}

static uint32_t kept_whole(struct slicer *slicer, const struct bytes *bytes)
{
	return kept_of(slicer, LINK_ETHERNET, bytes, bytes->count);
}

/* Nothing is read behind the end, wherever it is. */
static void kept_at_each_cut(struct slicer *slicer, const struct bytes *bytes)
{
	for (uint32_t captured = bytes->count; captured-- > 0;)
		kept_of(slicer, LINK_ETHERNET, bytes, captured);
}

/* The rest of the packet goes into IP's length, where IP has one. */
static const struct vector {
	const char *what;
	uint16_t link_type;
	int ip;		    /* where IPv4 or IPv6 begins; -1 no IP */
	const char *header; /* all of it is header */
	uint32_t payload;   /* bytes that follow */
	uint32_t smart;	    /* of these, kept */
} vectors[] = {
	{ "TCP that nothing is known of", LINK_ETHERNET, 14, MACS "0800 45000000 12344000 40060000 " IPV4_ADDRESSES
	  "01bbd431 11223344 55667788 501001f6 00000000", 1000, 0 },
	{ "TCP with timestamps", LINK_ETHERNET, 14, MACS "0800 45000000 12344000 40060000 " IPV4_ADDRESSES
	  "01bbd431 11223344 55667788 801001f6 00000000 0101080a 00000001 00000002", 1000, 0 },
	{ "IPv4 with options", LINK_ETHERNET, 14, MACS "0800 46000000 12344000 40060000 " IPV4_ADDRESSES "01010101"
	  "01bbd431 11223344 55667788 501001f6 00000000", 1000, 0 },
	{ "TCP, QinQ", LINK_ETHERNET, 22, MACS "88a800c8 81000064 0800 45000000 12344000 40060000 " IPV4_ADDRESSES
	  "01bbd431 11223344 55667788 501001f6 00000000", 1000, 0 },
	{ "TCP, IPv6", LINK_ETHERNET, 14, MACS "86dd 60000000 0000063f " IPV6_ADDRESSES
	  "01bbd431 11223344 55667788 501001f6 00000000", 1000, 0 },
	{ "TCP, IPv6, hop by hop, destination options", LINK_ETHERNET, 14, MACS "86dd 60000000 0000003f " IPV6_ADDRESSES
	  "3c00010400000000 0600010400000000 01bbd431 11223344 55667788 501001f6 00000000", 1000, 0 },
	{ "TCP, cooked", LINK_LINUX_SLL2, 20, "0800 0000 00000003 0001 04 06 0200000000010000 45000000 12344000 40060000 "
	  IPV4_ADDRESSES "01bbd431 11223344 55667788 501001f6 00000000", 1000, 0 },
	{ "TCP, raw IP", LINK_RAW, 0, "45000000 12344000 40060000 " IPV4_ADDRESSES
	  "01bbd431 11223344 55667788 501001f6 00000000", 1000, 0 },
	{ "DNS over UDP", LINK_ETHERNET, 14, MACS "0800 45000000 12344000 40110000 " IPV4_ADDRESSES "d4310035 00000000", 1400, 1400 },
	{ "an answer of DNS", LINK_ETHERNET, 14, MACS "0800 45000000 12344000 40110000 " IPV4_ADDRESSES "0035d431 00000000", 1400, 1400 },
	{ "multicast DNS", LINK_ETHERNET, 14, MACS "86dd 60000000 000011ff " IPV6_ADDRESSES "14e914e9 00000000", 1400, 1400 },
	{ "LLMNR", LINK_ETHERNET, 14, MACS "0800 45000000 12344000 40110000 " IPV4_ADDRESSES "d43114eb 00000000", 500, 500 },
	{ "DNS over TCP", LINK_ETHERNET, 14, MACS "0800 45000000 12344000 40060000 " IPV4_ADDRESSES
	  "d4310035 11223344 55667788 501001f6 00000000", 1400, 1400 },
	{ "other UDP", LINK_ETHERNET, 14, MACS "0800 45000000 12344000 40110000 " IPV4_ADDRESSES "12b512b5 00000000", 1400, 128 },
	{ "short UDP", LINK_ETHERNET, 14, MACS "0800 45000000 12344000 40110000 " IPV4_ADDRESSES "12b512b5 00000000", 100, 100 },
	{ "ping", LINK_ETHERNET, 14, MACS "0800 45000000 12344000 40010000 " IPV4_ADDRESSES "0800f7ff 12340001", 1400, 128 },
	{ "ping over IPv6", LINK_ETHERNET, 14, MACS "86dd 60000000 00003aff " IPV6_ADDRESSES "8000f7ff 12340001", 1400, 128 },
	{ "a later fragment", LINK_ETHERNET, 14, MACS "0800 45000000 123400b9 40110000 " IPV4_ADDRESSES, 1400, 128 },
	{ "a later fragment, IPv6", LINK_ETHERNET, 14, MACS "86dd 60000000 00002cff " IPV6_ADDRESSES "1100 05a9 12345678", 1400, 128 },
	{ "a first fragment", LINK_ETHERNET, 14, MACS "0800 45000000 12342000 40110000 " IPV4_ADDRESSES "12b512b5 00000000", 1400, 128 },
	{ "ESP", LINK_ETHERNET, 14, MACS "0800 45000000 12344000 40320000 " IPV4_ADDRESSES, 1400, 128 },
	{ "ARP", LINK_ETHERNET, -1, MACS "0806 0001 0800 06 04 0001 020000000001 c0000201 000000000000 0a000001", 18, 18 },
	{ "LLDP", LINK_ETHERNET, -1, MACS "88cc", 500, 242 }, /* 256 with the header */
	{ "a link that is not known", 105, -1, "", 500, 256 },
	{ "IPv4 that is none", LINK_ETHERNET, -1, MACS "0800", 500, 242 },
	/* What tunnels carry is kept as it would be without them (RFC 7348, RFC 8926, RFC 2784, RFC 2003, RFC 3032, RFC 2516). */
	{ "DNS in VXLAN", LINK_ETHERNET, 14, MACS "0800 45000000 12344000 40110000 " IPV4_ADDRESSES "c0012118 00000000 08000000 00000100 "
	  MACS "0800 45000000 12344000 40110000 " IPV4_ADDRESSES "d4310035 00000000", 1300, 1300 },
	{ "DNS in Geneve, IPv6", LINK_ETHERNET, 14, MACS "86dd 60000000 00001140 " IPV6_ADDRESSES "c00117c1 00000000 01006558 00000100 00000000 "
	  MACS "0800 45000000 12344000 40110000 " IPV4_ADDRESSES "0035d431 00000000", 1300, 1300 },
	{ "TCP in VXLAN", LINK_ETHERNET, 14, MACS "0800 45000000 12344000 40110000 " IPV4_ADDRESSES "c00112b5 00000000 08000000 00000100 "
	  MACS "0800 45000000 12344000 40060000 " IPV4_ADDRESSES "01bbd431 11223344 55667788 501001f6 00000000", 1000, 0 },
	{ "other UDP in GRE", LINK_ETHERNET, 14, MACS "0800 45000000 12344000 402f0000 " IPV4_ADDRESSES "20000800 00000007 "
	  "45000000 12344000 40110000 " IPV4_ADDRESSES "30393039 00000000", 1000, 128 },
	{ "DNS in IP in IP", LINK_ETHERNET, 14, MACS "0800 45000000 12344000 40040000 " IPV4_ADDRESSES
	  "45000000 12344000 40110000 " IPV4_ADDRESSES "d4310035 00000000", 1000, 1000 },
	{ "DNS under MPLS", LINK_ETHERNET, -1, MACS "8847 00010040 00020140 45000000 12344000 40110000 " IPV4_ADDRESSES "d4310035 00000000",
	  1000, 1000 },
	{ "DNS in PPPoE", LINK_ETHERNET, -1, MACS "8864 11000001 0406 0021 45000000 12344000 40110000 " IPV4_ADDRESSES "d4310035 00000000",
	  1000, 1000 },
};

static struct bytes make(const struct vector *vector)
{
	struct bytes bytes = { .count = 0 };
	add(&bytes, vector->header);
	pad(&bytes, vector->payload);
	if (vector->ip < 0)
		return bytes;
	uint8_t *ip = bytes.at + vector->ip;
	const uint32_t length = bytes.count - (uint32_t)vector->ip;
	if (ip[0] >> 4 == 4)
		put16(ip + 2, length);
	else
		put16(ip + 4, length - 40);
	return bytes;
}

static void test_vectors(void **state)
{
	(void)state;
	struct slicer *smart = slicer_new(SLICE_SMART, SNAPLEN, 1), *headers = slicer_new(SLICE_HEADERS, SNAPLEN, 1),
		      *full = slicer_new(SLICE_FULL, SNAPLEN, 1), *short_one = slicer_new(SLICE_FULL, 60, 1);
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		const struct bytes bytes = make(&vectors[i]);
		const uint32_t header = bytes.count - vectors[i].payload;
		print_message("%s\n", vectors[i].what);
		for (uint32_t captured = bytes.count; captured-- > 0;)
			for (int k = 0; k < 2; k++)
				kept_of(k ? headers : smart, vectors[i].link_type, &bytes, captured);
		assert_int_equal(kept_of(smart, vectors[i].link_type, &bytes, bytes.count), header + vectors[i].smart);
		assert_int_equal(kept_of(headers, vectors[i].link_type, &bytes, bytes.count), header);
		assert_int_equal(kept_of(full, vectors[i].link_type, &bytes, bytes.count), bytes.count);
		assert_int_equal(kept_of(short_one, vectors[i].link_type, &bytes, bytes.count), bytes.count < 60 ? bytes.count : 60);
	}
	slicer_free(smart);
	slicer_free(headers);
	slicer_free(full);
	slicer_free(short_one);
	slicer_free(NULL);
}

/* Port unreachable that quotes a DNS query: its IP header and the eight bytes of UDP are headers, what follows is not. */
static void test_quoted_headers(void **state)
{
	(void)state;
	static const struct {
		const char *quoted;
		uint32_t kept; /* of the quotation */
	} quotations[] = {
		{ "45000050 12344000 40110000 " IPV4_ADDRESSES "d4310035 003c0000", 20 + 8 },
		{ "46000050 12344000 40060000 " IPV4_ADDRESSES "01010101 d4310035 003c0000", 24 + 8 },
		{ "45000050 123400b9 40110000 " IPV4_ADDRESSES, 20 }, /* a later fragment: what follows is data */
		{ "45000050 12344000 40320000 " IPV4_ADDRESSES, 20 }, /* ESP */
		{ "55000050 12344000 40320000 " IPV4_ADDRESSES, 0 },  /* no IP at all */
	};
	struct slicer *headers = slicer_new(SLICE_HEADERS, SNAPLEN, 1), *smart = slicer_new(SLICE_SMART, SNAPLEN, 1);
	for (size_t i = 0; i < sizeof quotations / sizeof quotations[0]; i++) {
		struct bytes bytes = { .count = 0 };
		add(&bytes, MACS "0800 45c00000 12340000 40010000 " IPV4_ADDRESSES "03030000 00000000");
		add(&bytes, quotations[i].quoted);
		pad(&bytes, 200);
		put16(bytes.at + 16, bytes.count - 14);
		kept_at_each_cut(headers, &bytes);
		assert_int_equal(kept_whole(headers, &bytes), 14 + 20 + 8 + quotations[i].kept);
		assert_int_equal(kept_whole(smart, &bytes), 14 + 20 + 8 + 128);
		bytes.at[34] = 8; /* a ping with the same bytes: they are data */
		assert_int_equal(kept_whole(headers, &bytes), 14 + 20 + 8);
	}
	struct bytes bytes = { .count = 0 };
	add(&bytes, MACS "86dd 60000000 00003aff " IPV6_ADDRESSES "01040000 00000000 60000000 00281140 " IPV6_ADDRESSES "d4310035 00280000");
	pad(&bytes, 200);
	put16(bytes.at + 18, bytes.count - 54);
	kept_at_each_cut(headers, &bytes);
	assert_int_equal(kept_whole(headers, &bytes), 14 + 40 + 8 + 40 + 8);
	slicer_free(headers);
	slicer_free(smart);
}

/* A header that claims more than any has is no licence to keep payload: 14 + 40 of Ethernet and IPv6, 8 of an extension's beginning; 14 + 8
 * of ARP before its addresses. A segment routing header (RFC 8754 2) with 15 segments has 8 + 15 * 16 bytes. */
static void test_lengths_that_lie(void **state)
{
	(void)state;
	static const struct {
		const char *header;
		uint32_t kept;
	} frames[] = {
		{ MACS "86dd 60000000 0400003c " IPV6_ADDRESSES "06ff0000 00000000", 14 + 40 + 8 },
		{ MACS "86dd 60000000 0400003c " IPV6_ADDRESSES "3c000000 00000000 06400000 00000000", 14 + 40 + 8 + 8 },
		{ MACS "86dd 60000000 0400002b " IPV6_ADDRESSES "3b1e0400 0e000000", 14 + 40 + 8 + 240 },
		{ MACS "86dd 60000000 04000033 " IPV6_ADDRESSES "06ff0000 00000000", 14 + 40 + 8 },
		{ MACS "0806 0001 0800 ff ff 0001", 14 + 8 },
		{ MACS "0806 0001 0800 06 ff 0001", 14 + 8 },
		{ MACS "0806 0001 0800 06 04 0001", 14 + 8 + 20 },
	};
	struct slicer *headers = slicer_new(SLICE_HEADERS, SNAPLEN, 1);
	for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
		struct bytes bytes = { .count = 0 };
		add(&bytes, frames[i].header);
		pad(&bytes, 2000);
		kept_at_each_cut(headers, &bytes);
		assert_int_equal(kept_whole(headers, &bytes), frames[i].kept);
	}
	slicer_free(headers);
}

/* Ethernet pads short frames; drivers have leaked memory there. It is no header. */
static void test_padding_is_no_header(void **state)
{
	(void)state;
	struct slicer *headers = slicer_new(SLICE_HEADERS, SNAPLEN, 1), *smart = slicer_new(SLICE_SMART, SNAPLEN, 1);
	struct bytes bytes = { .count = 0 };
	add(&bytes, MACS "0800 4500001d 12344000 40110000 " IPV4_ADDRESSES "12b512b5 00090000 78");
	pad(&bytes, 60 - bytes.count);
	assert_int_equal(kept_whole(headers, &bytes), 14 + 20 + 8);
	assert_int_equal(kept_whole(smart, &bytes), 14 + 20 + 8 + 1);
	slicer_free(headers);
	slicer_free(smart);
}

/* A TCP segment of the flow 192.0.2.1:40000 > 10.0.0.1:443, or back. */
static uint32_t kept_segment(struct slicer *slicer, bool back, uint8_t flags, uint32_t seq, uint32_t payload, const char *tags)
{
	struct bytes bytes = { .count = 0 };
	add(&bytes, MACS);
	add(&bytes, tags);
	const uint32_t ip = bytes.count + 2;
	add(&bytes, "0800 45000000 12344000 40060000");
	add(&bytes, back ? "0a000001 c0000201 01bb9c40" : "c0000201 0a000001 9c4001bb");
	const uint32_t at = bytes.count;
	add(&bytes, "00000000 00000000 501001f6 00000000");
	put16(bytes.at + at, seq >> 16);
	put16(bytes.at + at + 2, seq & 0xffff);
	bytes.at[at + 9] = flags;
	pad(&bytes, payload);
	put16(bytes.at + ip + 2, bytes.count - ip);
	return kept_whole(slicer, &bytes) - (bytes.count - payload);
}

enum { FIN = 1, SYN = 2, ACK = 16 };

static void test_first_bytes_of_a_flow(void **state)
{
	(void)state;
	struct slicer *smart = slicer_new(SLICE_SMART, SNAPLEN, 7);
	const uint32_t isn = 0xfffffe00; /* the numbers wrap after 511 bytes */
	assert_int_equal(kept_segment(smart, false, ACK, isn + 1, 100, ""), 0); /* its SYN was not seen */
	assert_int_equal(kept_segment(smart, false, SYN, isn, 0, ""), 0);
	assert_int_equal(kept_segment(smart, true, SYN | ACK, 1000, 0, ""), 0);
	assert_int_equal(kept_segment(smart, false, ACK, isn + 1, 1400, ""), 1400);
	assert_int_equal(kept_segment(smart, false, ACK, isn + 1401, 1400, ""), 648); /* 2048 - 1400 */
	assert_int_equal(kept_segment(smart, false, ACK, isn + 1 + 2047, 10, ""), 1);
	assert_int_equal(kept_segment(smart, false, ACK, isn + 1 + 2048, 1400, ""), 0);
	assert_int_equal(kept_segment(smart, false, ACK, isn + 1, 1400, ""), 1400); /* sent again */
	assert_int_equal(kept_segment(smart, false, ACK, isn, 1, ""), 0);	    /* a keep-alive's byte is before the first */
	assert_int_equal(kept_segment(smart, true, ACK, 1001, 3000, ""), 2048);	    /* the other direction has its own */
	assert_int_equal(kept_segment(smart, false, SYN, 5, 300, ""), 300);	    /* ports used again; TCP Fast Open */
	assert_int_equal(kept_segment(smart, false, ACK, 6 + 2048 - 300, 1400, ""), 300);
	slicer_free(smart);
}

/* Two taps of one packet, one with VLAN tags: the analyzer compares the same bytes of both, as with a snap length. A payload that is
 * kept whole is kept whole by both. */
static void test_vlan_copies(void **state)
{
	(void)state;
	struct slicer *smart = slicer_new(SLICE_SMART, SNAPLEN, 7);
	kept_segment(smart, false, SYN, 0, 0, "");
	assert_int_equal(kept_segment(smart, false, ACK, 1, 2048, ""), 2048);
	assert_int_equal(kept_segment(smart, false, ACK, 1, 2048, "81000064"), 2048);
	assert_int_equal(kept_segment(smart, false, ACK, 1, 3000, ""), 2048);
	assert_int_equal(kept_segment(smart, false, ACK, 1, 3000, "81000064"), 2044);
	assert_int_equal(kept_segment(smart, false, ACK, 1, 3000, "88a800c8 81000064"), 2040);
	assert_int_equal(kept_segment(smart, false, ACK, 2046, 100, "81000064"), 0); /* 3 are left, the tag takes 4 */
	slicer_free(smart);
}

/* The lines of a request or an answer late in a connection; 78 bytes of what follows are for a copy in a tunnel, with VLAN tags. */
static void test_http_again(void **state)
{
	(void)state;
	static const char request[] = "GET /health HTTP/1.1\r\nHost: api.example.com\r\n\r\n", answer[] = "HTTP/1.1 503 Busy\r\n\r\n";
	struct slicer *smart = slicer_new(SLICE_SMART, SNAPLEN, 7), *headers = slicer_new(SLICE_HEADERS, SNAPLEN, 7);
	const struct {
		const char *text;
		uint32_t after, kept;
	} segments[] = {
		{ request, 0, sizeof request - 1 },
		{ request, 1000, sizeof request - 1 + 78 },
		{ answer, 1400, sizeof answer - 1 + 78 },
		{ "HTTP/1.1 200 OK\r\nX: ", 3000, 2048 + 78 }, /* no end in sight */
		{ "GETTING nowhere", 1000, 0 },
		{ "HTTP is no answer", 1000, 0 },
	};
	for (size_t i = 0; i < sizeof segments / sizeof segments[0]; i++) {
		struct bytes bytes = { .count = 0 };
		add(&bytes, MACS "0800 45000000 12344000 40060000 " IPV4_ADDRESSES "9c400050 11223344 55667788 501001f6 00000000");
		const uint32_t header = bytes.count, length = (uint32_t)strlen(segments[i].text);
		pad(&bytes, length + segments[i].after);
		memcpy(bytes.at + header, segments[i].text, length);
		put16(bytes.at + 16, bytes.count - 14);
		kept_at_each_cut(smart, &bytes);
		assert_int_equal(kept_whole(smart, &bytes), header + segments[i].kept);
		assert_int_equal(kept_whole(headers, &bytes), header);
	}
	slicer_free(smart);
	slicer_free(headers);
}

/* xorshift64* (Marsaglia, Vigna). */
static uint32_t next(uint64_t *random)
{
	*random ^= *random >> 12;
	*random ^= *random << 25;
	*random ^= *random >> 27;
	return (uint32_t)(*random * UINT64_C(2685821657736338717) >> 32);
}

static void test_hostile(void **state)
{
	(void)state;
	static const uint16_t links[] = { LINK_NULL, LINK_ETHERNET, LINK_RAW, LINK_LINUX_SLL, LINK_LINUX_SLL2, 147 };
	uint64_t random = 20261121;
	struct slicer *slicers[] = { slicer_new(SLICE_SMART, SNAPLEN, 1), slicer_new(SLICE_HEADERS, SNAPLEN, 1) };
	for (unsigned round = 0; round < 200000; round++) {
		const struct vector *vector = &vectors[next(&random) % (sizeof vectors / sizeof vectors[0])];
		struct bytes bytes = make(vector);
		const uint32_t header = bytes.count - vector->payload;
		for (unsigned i = next(&random) % 6; i > 0; i--)
			bytes.at[next(&random) % (header + 8)] = (uint8_t)next(&random);
		const uint16_t link = next(&random) % 4 ? vector->link_type : links[next(&random) % 6];
		const uint32_t captured = next(&random) % 2 ? bytes.count : next(&random) % (header + 16);
		kept_of(slicers[round & 1], link, &bytes, captured < bytes.count ? captured : bytes.count);
	}
	slicer_free(slicers[0]);
	slicer_free(slicers[1]);
}

struct flows {
	struct flow_facts *list;
	size_t count;
	uint64_t kept;
};

static void take_flow(void *user, const struct flow_facts *facts)
{
	struct flows *flows = user;
	flows->list = realloc(flows->list, (flows->count + 1) * sizeof *facts);
	assert_non_null(flows->list);
	flows->list[flows->count++] = *facts;
}

static struct flows analyze(const char *path, enum slice slice)
{
	struct flows flows = { .list = NULL };
	struct engine_options options;
	engine_options_default(&options);
	const struct engine_sink sink = { .flow = take_flow };
	struct engine *engine = engine_new(&options, &sink, &flows);
	struct slicer *slicer = slicer_new(slice, SNAPLEN, 42);
	struct source *source;
	struct frame frame;
	char message[SOURCE_MESSAGE_MAX];
	assert_int_equal(source_open(&source, path, message), STATUS_OK);
	while (source_next(source, &frame) == STATUS_OK) {
		frame.captured_bytes = slicer_keep(slicer, frame.link_type, frame.data, frame.captured_bytes, frame.wire_bytes);
		flows.kept += frame.captured_bytes;
		engine_frame(engine, &frame);
	}
	engine_free(engine);
	source_close(source);
	slicer_free(slicer);
	return flows;
}

static void test_samples(void **state)
{
	(void)state;
	static const char *const samples[] = { "loss_20ms.rcv", "loss_20ms.snd", "request_response.rcv", "request_response.snd",
					       "server_reset.rcv", "server_reset.snd", "tail_loss.rcv", "tail_loss.snd",
					       "zero_window.rcv", "zero_window.snd" };
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		char path[128];
		snprintf(path, sizeof path, "samples/%s.pcap.zst", samples[i]);
		struct flows full = analyze(path, SLICE_FULL);
		assert_true(full.count > 0);
		for (enum slice slice = SLICE_SMART; slice <= SLICE_HEADERS; slice++) {
			struct flows sliced = analyze(path, slice);
			print_message("%s %s: %lu of %lu bytes\n", samples[i], slice_name(slice), (unsigned long)sliced.kept,
				      (unsigned long)full.kept);
			assert_int_equal(sliced.count, full.count);
			assert_memory_equal(sliced.list, full.list, full.count * sizeof(struct flow_facts));
			free(sliced.list);
		}
		free(full.list);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),	      cmocka_unit_test(test_quoted_headers),
		cmocka_unit_test(test_lengths_that_lie),
		cmocka_unit_test(test_padding_is_no_header), cmocka_unit_test(test_first_bytes_of_a_flow),
		cmocka_unit_test(test_http_again),
		cmocka_unit_test(test_vlan_copies),   cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_samples),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
