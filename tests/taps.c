#include "tests/taps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FRAME_BYTES 128 /* captured */

struct made {
	int64_t t_ns;
	uint32_t wire_bytes, captured;
	uint8_t bytes[FRAME_BYTES];
};

static struct tap_frames {
	struct made frames[FRAMES_MAX];
	uint32_t count;
} taps[2];

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

/* Ethernet, IPv4 (RFC 791), TCP with MSS or timestamps (RFC 9293, RFC 7323) or UDP. Returns its number at the tap. */
uint64_t tap_add(enum tap tap, int64_t t_ns, const struct spec *spec, uint32_t captured)
{
	struct tap_frames *frames = &taps[tap];
	struct made *made = &frames->frames[frames->count];
	const bool tcp = spec->protocol != PROTOCOL_UDP;
	const uint32_t header = !tcp ? 8 : spec->mss ? 24 : 32, total = 20 + header + spec->bytes;
	uint8_t packet[FRAME_BYTES * 4] = { 0 }, *ip = packet + 14, *transport = ip + 20;
	assert_true(frames->count < FRAMES_MAX);
	packet[5] = tap == TAP_A ? 1 : 2; /* the links differ */
	put16(packet + 12, 0x0800);
	ip[0] = 0x45;
	put16(ip + 2, total);
	put16(ip + 4, spec->id);
	put16(ip + 6, 0x4000);
	ip[8] = spec->ttl ? spec->ttl : 64;
	ip[9] = tcp ? PROTOCOL_TCP : PROTOCOL_UDP;
	put32(ip + 12, spec->nameless ? 0 : 0x0a000000u + spec->from);
	put32(ip + 16, 0x0a000000u + spec->to);
	const uint16_t port = spec->port ? spec->port : 40000;
	put16(transport, spec->from == HOST_B ? 80 : port);
	put16(transport + 2, spec->from == HOST_B ? port : 80);
	if (tcp) {
		put32(transport + 4, spec->seq);
		transport[12] = (uint8_t)(header / 4 << 4);
		transport[13] = spec->flags ? spec->flags : TCP_ACK;
		if (spec->mss) {
			transport[20] = 2, transport[21] = 4;
			put16(transport + 22, spec->mss);
		} else {
			transport[20] = transport[21] = 1, transport[22] = 8, transport[23] = 10;
			put32(transport + 24, spec->tsval);
		}
	} else {
		put16(transport + 4, 8 + spec->bytes);
		put32(transport + 16, spec->fill); /* behind the eight bytes of payload that the survey looks at */
	}
	const uint32_t wire = 14 + total;
	made->t_ns = t_ns;
	made->wire_bytes = wire;
	made->captured = wire < FRAME_BYTES ? wire : FRAME_BYTES;
	if (captured && captured < made->captured)
		made->captured = captured;
	memcpy(made->bytes, packet, made->captured);
	return ++frames->count;
}

uint64_t send_at(int64_t t_ns, const struct spec *spec, int64_t longer_ns)
{
	if (spec->from != HOST_B) {
		const uint64_t number = tap_add(TAP_A, t_ns, spec, 0);
		tap_add(TAP_B, t_ns + THERE + longer_ns + AHEAD, spec, 0);
		return number;
	}
	const uint64_t number = tap_add(TAP_B, t_ns + AHEAD, spec, 0);
	tap_add(TAP_A, t_ns + BACK + longer_ns, spec, 0);
	return number;
}

void send_hundred(void)
{
	for (uint32_t i = 0; i < 100; i++) {
		const struct spec there = { .from = HOST_A, .to = HOST_B, .id = (uint16_t)(1000 + i), .seq = 100 * i, .bytes = 100, .tsval = i };
		const struct spec back = { .from = HOST_B, .to = HOST_A, .id = (uint16_t)(2000 + i), .seq = 100 * i, .bytes = 100, .tsval = i };
		send_at(START + (int64_t)i * 10 * MS, &there, 0);
		send_at(START + (int64_t)i * 10 * MS + 3 * MS, &back, 0);
	}
}

struct located told[FRAMES_MAX];
size_t told_count;

static void take(void *user, const struct located *located)
{
	(void)user;
	assert_true(told_count < FRAMES_MAX);
	told[told_count++] = *located;
}

static int by_time(const void *a, const void *b)
{
	const struct made *x = a, *y = b;
	return (x->t_ns > y->t_ns) - (x->t_ns < y->t_ns);
}

static struct frame frame_of(enum tap tap, uint32_t index, uint8_t *copy)
{
	const struct made *made = &taps[tap].frames[index];
	memcpy(copy, made->bytes, made->captured);
	return (struct frame){ .t_ns = made->t_ns, .number = index + 1, .captured_bytes = made->captured, .wire_bytes = made->wire_bytes,
			       .link_type = LINK_ETHERNET, .data = copy };
}

struct locate *compare(const struct locate_options *options, enum status expected)
{
	static const struct locate_sink sink = { .located = take };
	struct locate *locate = locate_new(options, &sink, NULL);
	uint32_t at[2] = { 0, 0 };
	told_count = 0;
	assert_non_null(locate);
	for (int tap = TAP_A; tap <= TAP_B; tap++) {
		qsort(taps[tap].frames, taps[tap].count, sizeof(struct made), by_time);
		for (uint32_t i = 0; i < taps[tap].count; i++) {
			uint8_t *copy = malloc(taps[tap].frames[i].captured);
			struct frame frame = frame_of((enum tap)tap, i, copy);
			assert_true(locate_survey(locate, (enum tap)tap, &frame));
			free(copy);
		}
	}
	assert_int_equal(locate_settle(locate), expected);
	if (expected)
		return locate;
	while (at[0] < taps[0].count || at[1] < taps[1].count) {
		const int64_t a_ns = at[0] < taps[0].count ? taps[0].frames[at[0]].t_ns : INT64_MAX;
		const int64_t b_ns = at[1] < taps[1].count ? locate_common_time(locate, TAP_B, taps[1].frames[at[1]].t_ns) : INT64_MAX;
		const enum tap tap = a_ns <= b_ns ? TAP_A : TAP_B;
		uint8_t *copy = malloc(taps[tap].frames[at[tap]].captured);
		struct frame frame = frame_of(tap, at[tap]++, copy);
		locate_judge(locate, tap, &frame);
		free(copy);
	}
	locate_finish(locate);
	return locate;
}

struct locate *compare_usual(void)
{
	struct locate_options options;
	locate_options_default(&options);
	return compare(&options, STATUS_OK);
}

int taps_clear(void **state)
{
	(void)state;
	taps[0].count = taps[1].count = 0;
	return 0;
}

