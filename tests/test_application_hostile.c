/* Speaks for what is spoken above TCP and UDP, in hostile hands: messages with wrong bits, cut, in pieces, out of order,
 * with holes. The generator's seed is fixed. Worth most under -fsanitize=address,undefined. */
#include "analyze/engine/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIB ((uint64_t)1 << 20)

enum { PART_MAX = 700, HEADERS = 40 };

struct random {
	uint64_t state;
};

/* xorshift64* (Marsaglia, Vigna). */
static uint32_t below(struct random *random, uint32_t limit)
{
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return (uint32_t)(random->state * UINT64_C(2685821657736338717) >> 32) % limit;
}

static void check_text(const char *text, size_t size)
{
	size_t length = strnlen(text, size);
	assert_true(length < size);
	for (size_t i = 0; i < length; i++)
		assert_in_range((uint8_t)text[i], 0x20, 0x7e);
}

struct counts {
	uint64_t dns, names, tls, http;
};

static void take_dns(void *user, const struct dns_facts *facts)
{
	((struct counts *)user)->dns++;
	check_text(facts->name, sizeof facts->name);
	assert_true(facts->latency_ns == NO_TIME || facts->latency_ns >= 0);
	assert_true(facts->rcode >= -1 && facts->rcode < 16);
}

static void take_name(void *user, const struct name_facts *facts)
{
	((struct counts *)user)->names++;
	check_text(facts->name, sizeof facts->name);
}

static void take_tls(void *user, const struct tls_facts *facts)
{
	((struct counts *)user)->tls++;
	check_text(facts->sni, sizeof facts->sni);
	check_text(facts->alpn, sizeof facts->alpn);
	check_text(facts->alpn_offered, sizeof facts->alpn_offered);
	assert_true(facts->t_ns != NO_TIME && facts->version <= 0x0304 && facts->offered_version <= 0x0304);
	assert_true((facts->alert_by >= 0) == (facts->alert_ns != NO_TIME));
}

static void take_http(void *user, const struct http_facts *facts)
{
	((struct counts *)user)->http++;
	check_text(facts->method, sizeof facts->method);
	check_text(facts->host, sizeof facts->host);
	check_text(facts->path, sizeof facts->path);
	assert_null(strchr(facts->path, '?'));
	assert_true((facts->status != 0) == (facts->first_byte_ns != NO_TIME));
	assert_true(facts->status == 0 || (facts->status >= 100 && facts->status <= 999));
}

/* What the two sides say, as text; XX stands for a byte. DNS has its length before it over TCP. */
struct dialogue {
	uint16_t port;
	const char *hex[2];
	const char *text[2];
};

#define Z16 "00000000000000000000000000000000"
#define QUESTION "03777777076578616d706c6503636f6d0000010001"
#define QUERY "1234" "01000001000000000000" QUESTION
#define ANSWER "1234" "81800001000300000000" QUESTION "c00c000500010000003c0002c010" \
	"c010000100010000003c0004c0000250" "c010001c00010000003c001020010db8000000000000000000000001"

static const struct dialogue dialogues[] = {
	{ .port = 443,
	  .hex = { "1603010061" "0100005d0303" Z16 Z16 "00" "00021301" "0100" "0032"
		   "00000011000f00000c776972652e6578616d706c65" "002b0007060a0a03040303" "0010000e000c02683208687474702f312e31"
		   "140303000101" "1703030035" Z16 Z16 Z16 "0000000000",
		   "1603030032" "0200002e" "0303" Z16 Z16 "00" "1301" "00" "0006" "002b00020304" "140303000101" "15030300020228" } },
	{ .port = 443,
	  .hex = { "160301003f" "0100003b0303" Z16 Z16 "10" Z16 "0004c02f0035" "0100" "140303000101" "1603030010" Z16,
		   "1603030045" "02000041" "0303" Z16 Z16 "10" Z16 "c02f" "00" "0009" "001000050003026832" "140303000101"
		   "1603030010" Z16 } },
	{ .port = 8080,
	  .text = { "POST http://u:p@b.example/a?b HTTP/1.1\r\nHost: a.example:81\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
		    "5\r\nhello\r\n0\r\nX: y\r\n\r\nGET /2 HTTP/1.1\r\n\r\nHEAD /3 HTTP/1.0\r\n\r\nCONNECT h:1 HTTP/1.1\r\n\r\n",
		    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12345HTTP/1.1 503 Busy\r\n"
		    "Transfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\n\r\nHTTP/1.1 304 Not\r\n\r\nHTTP/1.1 200 OK\r\n\r\n" } },
	{ .port = 53, .hex = { "0021" QUERY "0021" QUERY, "0059" ANSWER "0059" ANSWER } },
};

static uint32_t from_hex(uint8_t *bytes, const char *hex)
{
	uint32_t count = 0;
	for (; hex[0] && hex[1]; hex += 2) {
		unsigned byte;
		assert_int_equal(sscanf(hex, "%2x", &byte), 1);
		bytes[count++] = (uint8_t)byte;
	}
	return count;
}

static uint32_t say(const struct dialogue *dialogue, unsigned side, uint8_t *bytes)
{
	if (dialogue->hex[side])
		return from_hex(bytes, dialogue->hex[side]);
	uint32_t count = (uint32_t)strlen(dialogue->text[side]);
	memcpy(bytes, dialogue->text[side], count);
	return count;
}

struct stage {
	struct engine *engine;
	struct random random;
	uint64_t frames;
	int64_t t_ns;
};

static void put16(uint8_t *to, uint32_t value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

static void put32(uint8_t *to, uint32_t value)
{
	put16(to, value >> 16);
	put16(to + 2, value & 0xffff);
}

/* A packet of raw IPv4, in memory of exactly its size. `seq` and `ack` of TCP; 17 is UDP. */
static void send_packet(struct stage *stage, uint8_t protocol, uint32_t flow, uint16_t port, bool to_server, uint32_t seq,
			uint32_t ack, uint8_t flags, const uint8_t *payload, uint32_t count)
{
	uint8_t head[HEADERS] = { 0x45, [8] = 64, [9] = protocol };
	uint32_t transport = protocol == 6 ? 20 : 8, wire = 20 + transport + count;
	put16(head + 2, wire);
	put32(head + (to_server ? 12 : 16), 0x0a000000 | flow);
	put32(head + (to_server ? 16 : 12), 0xc0000201);
	put16(head + 20, to_server ? 40000 : port);
	put16(head + 22, to_server ? port : 40000);
	if (protocol == 6) {
		put32(head + 24, seq);
		put32(head + 28, ack);
		put16(head + 32, 0x5000u | flags);
		put16(head + 34, 65535);
	}
	uint32_t captured = below(&stage->random, 8) ? wire : 20 + transport + below(&stage->random, count + 1);
	uint8_t *bytes = malloc(captured);
	assert_non_null(bytes);
	memcpy(bytes, head, 20 + transport);
	memcpy(bytes + 20 + transport, payload, captured - 20 - transport);
	stage->t_ns += below(&stage->random, 3000000);
	const struct frame frame = {
		.t_ns = stage->t_ns,
		.number = ++stage->frames,
		.captured_bytes = captured,
		.wire_bytes = wire,
		.link_type = LINK_RAW,
		.data = bytes,
	};
	engine_frame(stage->engine, &frame);
	free(bytes);
}

static void spoil(struct stage *stage, uint8_t *bytes, uint32_t count)
{
	for (uint32_t n = below(&stage->random, 2) ? below(&stage->random, 6) : 0; n > 0; n--)
		bytes[below(&stage->random, count)] = below(&stage->random, 2) ? (uint8_t)below(&stage->random, 256) : 0xc0;
}

/* Both sides' words, in pieces that come in any order, some twice, some never. */
static void play_stream(struct stage *stage, uint32_t flow, const struct dialogue *dialogue)
{
	uint8_t bytes[2][PART_MAX];
	uint32_t count[2], sent[2] = { 0, 0 };
	for (unsigned i = 0; i < 2; i++) {
		count[i] = say(dialogue, i, bytes[i]);
		spoil(stage, bytes[i], count[i]);
	}
	unsigned side = 0;
	while (sent[0] < count[0] || sent[1] < count[1]) {
		uint32_t at = sent[side], left = count[side] - at;
		uint32_t length = left ? 1 + below(&stage->random, below(&stage->random, 2) ? left : left < 20 ? left : 20) : 0;
		uint32_t ack = 1000 + sent[!side];
		if (length && below(&stage->random, 12)) {
			uint32_t early = below(&stage->random, 6) ? 0 : below(&stage->random, left - length + 1);
			send_packet(stage, 6, flow, dialogue->port, side == 0, 1000 + at + early, ack, 0x18, bytes[side] + at + early,
				    length);
			if (early)
				send_packet(stage, 6, flow, dialogue->port, side == 0, 1000 + at, ack, 0x18, bytes[side] + at, length);
		}
		sent[side] += length;
		if (below(&stage->random, 3) == 0 || sent[side] == count[side])
			side = !side;
	}
	if (below(&stage->random, 2))
		send_packet(stage, 6, flow, dialogue->port, false, 1000 + count[1], 1000 + count[0],
			    below(&stage->random, 2) ? 0x11 : 0x04, bytes[0], 0);
}

static void play_datagrams(struct stage *stage, uint32_t flow)
{
	uint8_t bytes[PART_MAX];
	for (unsigned i = 0; i < 2; i++) {
		uint32_t count = from_hex(bytes, i ? ANSWER : QUERY);
		spoil(stage, bytes, count);
		send_packet(stage, 17, flow, below(&stage->random, 9) ? 53 : 5353, i == 0, 0, 0, 0, bytes, count);
	}
}

static struct engine *new_engine(struct counts *counts, uint32_t flows)
{
	static const struct engine_sink sink = { .dns = take_dns, .name = take_name, .tls = take_tls, .http = take_http };
	struct engine_options options;
	engine_options_default(&options);
	options.max_flows = flows;
	struct engine *engine = engine_new(&options, &sink, counts);
	assert_non_null(engine);
	return engine;
}

static void test_spoilt(void **state)
{
	(void)state;
	struct counts counts = { 0 };
	struct stage stage = { .engine = new_engine(&counts, 64), .random = { 20251121 }, .t_ns = 1700000000000000000 };
	enum { DIALOGUES = sizeof dialogues / sizeof dialogues[0] };
	for (uint32_t i = 0; i < 12000; i++) {
		if (i % (DIALOGUES + 1) == DIALOGUES)
			play_datagrams(&stage, below(&stage.random, 1000));
		else
			play_stream(&stage, below(&stage.random, 100000), &dialogues[i % (DIALOGUES + 1)]);
	}
	engine_finish(stage.engine);
	struct engine_totals totals;
	engine_totals(stage.engine, &totals);
	assert_int_equal(totals.memory_failures, 0);
	/* Most were legible. */
	assert_in_range(counts.tls, 3000, 6000);
	assert_in_range(counts.http, 2000, 20000);
	assert_in_range(counts.dns, 2000, 12000);
	assert_true(counts.names > 0);
	engine_free(stage.engine);
}

/* The longest message of DNS over TCP, and 100,000 questions that nobody answers: more than are kept. */
static void test_much(void **state)
{
	(void)state;
	struct counts counts = { 0 };
	struct stage stage = { .engine = new_engine(&counts, 1000), .random = { 1 }, .t_ns = 1700000000000000000 };
	uint8_t bytes[1400] = { 0xff, 0xff };
	from_hex(bytes + 2, QUERY);
	uint32_t seq = 1000;
	for (uint32_t left = 2 + 65535; left > 0;) {
		uint32_t count = left < sizeof bytes ? left : sizeof bytes;
		send_packet(&stage, 6, 1, 53, true, seq, 1000, 0x18, bytes, count);
		memset(bytes, 0xc0, sizeof bytes);
		seq += count;
		left -= count;
	}
	for (uint32_t i = 0; i < 100000; i++) {
		uint32_t count = from_hex(bytes, QUERY);
		put32(bytes + 13, 0x30303030u + (i & 0x0f0f0f0f)); /* over the name's first letters */
		put16(bytes, i);
		stage.t_ns -= 1400000; /* or they would be given up in between */
		send_packet(&stage, 17, i % 50000, 53, true, 0, 0, 0, bytes, count);
	}
	struct engine_totals totals;
	engine_totals(stage.engine, &totals);
	assert_in_range(totals.memory_bytes, 1, 64 * MIB);
	engine_finish(stage.engine);
	engine_totals(stage.engine, &totals);
	assert_true(totals.facts_dropped > 0);
	assert_true(counts.dns > 30000);
	engine_free(stage.engine);
}

/* 5,000 requests of which one byte is missing and 14 segments wait: more than all streams together may keep, and that is counted. */
static void test_many_holes(void **state)
{
	(void)state;
	struct counts counts = { 0 };
	struct stage stage = { .engine = new_engine(&counts, 5000), .random = { 1 }, .t_ns = 1700000000000000000 };
	uint8_t bytes[1400] = "GET / HTTP/1.1\r\n";
	for (uint32_t flow = 0; flow < 5000; flow++) {
		send_packet(&stage, 6, flow, 80, true, 1000, 1000, 0x18, bytes, 16);
		for (uint32_t i = 0; i < 14; i++)
			send_packet(&stage, 6, flow, 80, true, 1017 + i * 1400, 1000, 0x18, bytes, sizeof bytes);
		stage.t_ns -= 15 * 1400000; /* or the first would be over before the last */
	}
	struct engine_totals totals;
	engine_totals(stage.engine, &totals);
	assert_in_range(totals.memory_bytes, 1, 128 * MIB);
	assert_true(totals.facts_dropped > 5000); /* not only the requests */
	engine_free(stage.engine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spoilt),
		cmocka_unit_test(test_much),
		cmocka_unit_test(test_many_holes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
