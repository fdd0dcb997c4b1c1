/* test_locate.c: speaks for analyze/engine/locate/. Two taps, hand-made packets between them; B's clock is 3 s ahead. A packet takes
 * 10 ms from A to B and 6 ms back, unless said otherwise. */
#include "analyze/engine/locate/locate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS INT64_C(1000000)
#define START (INT64_C(1700000000000) * MS)
#define AHEAD (3000 * MS)
#define THERE (10 * MS)
#define BACK (6 * MS)
#define FRAMES_MAX 4096
#define FRAME_BYTES 128 /* captured */

enum { HOST_A = 1, HOST_B = 2 };

struct made {
	int64_t t_ns;
	uint32_t wire_bytes, captured;
	uint8_t bytes[FRAME_BYTES];
};

static struct tap_frames {
	struct made frames[FRAMES_MAX];
	uint32_t count;
} taps[2];

/* One packet; 10.0.0.`from` to 10.0.0.`to`. */
struct spec {
	uint8_t from, to, protocol, flags, ttl;
	uint16_t id, port; /* of A's side; 0: 40000 */
	uint32_t seq, bytes, tsval, fill;
	uint16_t mss;
	bool nameless; /* from 0.0.0.0 */
};

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
static uint64_t add(enum tap tap, int64_t t_ns, const struct spec *spec, uint32_t captured)
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
		put32(transport + 8, spec->fill);
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

/* At the tap where it starts, and later at the other. */
static uint64_t send_at(int64_t t_ns, const struct spec *spec, int64_t longer_ns)
{
	if (spec->from != HOST_B) {
		const uint64_t number = add(TAP_A, t_ns, spec, 0);
		add(TAP_B, t_ns + THERE + longer_ns + AHEAD, spec, 0);
		return number;
	}
	const uint64_t number = add(TAP_B, t_ns + AHEAD, spec, 0);
	add(TAP_A, t_ns + BACK + longer_ns, spec, 0);
	return number;
}

/* 100 packets each way, one in 10 ms, with IP IDs from 1000 and 2000, and TCP payload of 100 bytes. */
static void send_hundred(void)
{
	for (uint32_t i = 0; i < 100; i++) {
		const struct spec there = { .from = HOST_A, .to = HOST_B, .id = (uint16_t)(1000 + i), .seq = 100 * i, .bytes = 100, .tsval = i };
		const struct spec back = { .from = HOST_B, .to = HOST_A, .id = (uint16_t)(2000 + i), .seq = 100 * i, .bytes = 100, .tsval = i };
		send_at(START + (int64_t)i * 10 * MS, &there, 0);
		send_at(START + (int64_t)i * 10 * MS + 3 * MS, &back, 0);
	}
}

static struct located told[FRAMES_MAX];
static size_t told_count;

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

static struct locate *compare(const struct locate_options *options, enum status expected)
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

static struct locate *compare_usual(void)
{
	struct locate_options options;
	locate_options_default(&options);
	return compare(&options, STATUS_OK);
}

static int clear(void **state)
{
	(void)state;
	taps[0].count = taps[1].count = 0;
	return 0;
}

/* What B sees of a packet from A is 3000 + 10 ms later, of one from B 3000 - 6 ms: the middle is 3002, and it may be 8 wrong. */
static void the_clock_lies_between_both_directions(void **state)
{
	(void)state;
	send_hundred();
	struct locate *locate = compare_usual();
	const struct locate_summary *summary = locate_summary(locate);
	assert_true(summary->clock.both_ways);
	assert_int_equal(summary->clock.offset_ns, 3002 * MS);
	assert_int_equal(summary->clock.uncertainty_ns, 8 * MS);
	assert_true(summary->clock.drift >= 0 && summary->clock.drift <= 0);
	assert_int_equal(summary->directions[COURSE_AB].judged, 100);
	assert_int_equal(summary->directions[COURSE_BA].judged, 100);
	assert_int_equal(summary->directions[COURSE_AB].transit_min_ns, 8 * MS);
	assert_int_equal(summary->directions[COURSE_BA].transit_max_ns, 8 * MS);
	assert_int_equal(told_count, 0);
	locate_free(locate);
}

static void a_lost_packet_is_named_with_its_direction(void **state)
{
	(void)state;
	send_hundred();
	const struct spec there = { .from = HOST_A, .to = HOST_B, .id = 1500, .seq = 7777, .bytes = 55 };
	const struct spec back = { .from = HOST_B, .to = HOST_A, .id = 2500, .seq = 8888, .bytes = 66 };
	add(TAP_A, START + 501 * MS, &there, 0);
	add(TAP_B, START + AHEAD + 502 * MS, &back, 0);
	struct locate *locate = compare_usual();
	assert_int_equal(told_count, 2);
	assert_int_equal(told[0].kind, LOCATED_LOST);
	assert_int_equal(told[0].course, COURSE_BA); /* 502 of a clock that is 2 ms ahead of what is taken for A's: the older one */
	assert_int_equal(told[0].tap, TAP_B);
	assert_int_equal(told[0].seq, 8888);
	assert_int_equal(told[0].t_ns, START + AHEAD + 502 * MS);
	assert_int_equal(told[1].course, COURSE_AB);
	assert_int_equal(told[1].tap, TAP_A);
	assert_int_equal(told[1].seq, 7777);
	assert_int_equal(told[1].bytes, 55);
	assert_int_equal(told[1].t_ns, START + 501 * MS);
	assert_int_equal(told[1].frame, 102); /* before it: 51 of its own at 0 to 500 ms, and 50 from B at 9 to 499 ms */
	assert_int_equal(locate_summary(locate)->directions[COURSE_BA].lost_bytes, 66);
	locate_free(locate);
}

/* The first copy is lost, the second arrives: same bytes, another IP ID. */
static void a_retransmission_is_not_its_original(void **state)
{
	(void)state;
	send_hundred();
	const struct spec first = { .from = HOST_A, .to = HOST_B, .id = 1500, .seq = 7777, .bytes = 55 };
	struct spec again = first;
	again.id = 1501;
	add(TAP_A, START + 501 * MS, &first, 0);
	send_at(START + 531 * MS, &again, 0);
	struct locate *locate = compare_usual();
	assert_int_equal(told_count, 1);
	assert_int_equal(told[0].t_ns, START + 501 * MS);
	locate_free(locate);
}

/* Three alike to the bit, without IP ID: what arrived 10 ms after the second was the second, though the third had been sent by then. */
static void packets_that_are_alike_go_by_their_time(void **state)
{
	(void)state;
	send_hundred();
	const struct spec alike = { .from = HOST_A, .to = HOST_B, .id = 0, .seq = 7777, .bytes = 0, .flags = TCP_RST };
	add(TAP_A, START + 301 * MS, &alike, 0);
	send_at(START + 401 * MS, &alike, 0);
	add(TAP_A, START + 408 * MS, &alike, 0);
	struct locate *locate = compare_usual();
	assert_int_equal(told_count, 2);
	assert_int_equal(told[0].kind, LOCATED_LOST);
	assert_int_equal(told[0].t_ns, START + 301 * MS);
	assert_int_equal(told[1].t_ns, START + 408 * MS);
	locate_free(locate);
}

static void overtaken_late_and_doubled(void **state)
{
	(void)state;
	send_hundred();
	const struct spec slow = { .from = HOST_A, .to = HOST_B, .id = 1500, .seq = 7777, .bytes = 55 };
	const struct spec twice = { .from = HOST_A, .to = HOST_B, .id = 1501, .seq = 8888, .bytes = 66 };
	send_at(START + 301 * MS, &slow, 12 * MS); /* the one of 310 ms arrives before it */
	const uint64_t before = send_at(START + 605 * MS, &twice, 0);
	add(TAP_B, START + AHEAD + THERE + 605 * MS + 50000, &twice, 0);
	assert_true(before > 0);
	struct locate *locate = compare_usual();
	const struct locate_direction *direction = &locate_summary(locate)->directions[COURSE_AB];
	assert_int_equal(direction->reordered, 1);
	assert_int_equal(direction->delayed, 1);
	assert_int_equal(direction->duplicated, 1);
	assert_int_equal(direction->lost, 0);
	assert_int_equal(told_count, 3);
	assert_int_equal(told[0].kind, LOCATED_REORDERED);
	assert_int_equal(told[0].transit_ns, 20 * MS); /* 10 + 12, by a clock that is 2 ms off */
	assert_int_equal(told[1].kind, LOCATED_DELAYED);
	assert_int_equal(told[2].kind, LOCATED_DUPLICATED);
	assert_int_equal(told[2].seq, 8888);
	locate_free(locate);
}

/* A is a host with offload: 4344 bytes in a frame leave it as three packets of 1448 (MSS 1460 less 12 of timestamps), with IP IDs that
 * count up. The second is lost. */
static void super_segments_are_matched_by_their_bytes(void **state)
{
	(void)state;
	send_hundred();
	const struct spec syn = { .from = HOST_A, .to = HOST_B, .id = 500, .seq = 0, .flags = TCP_SYN, .mss = 1460, .port = 50000 };
	const struct spec whole = { .from = HOST_A, .to = HOST_B, .id = 600, .seq = 1, .bytes = 4344, .port = 50000, .flags = TCP_ACK | TCP_PSH };
	send_at(START + 101 * MS, &syn, 0);
	add(TAP_A, START + 201 * MS, &whole, 0);
	for (uint32_t i = 0; i < 3; i++) {
		const struct spec part = { .from = HOST_A, .to = HOST_B, .id = (uint16_t)(600 + i), .seq = 1 + 1448 * i, .bytes = 1448,
					   .port = 50000, .flags = i == 2 ? TCP_ACK | TCP_PSH : TCP_ACK };
		if (i != 1)
			add(TAP_B, START + 201 * MS + THERE + AHEAD, &part, 0);
	}
	struct locate *locate = compare_usual();
	assert_int_equal(told_count, 1);
	assert_int_equal(told[0].kind, LOCATED_LOST);
	assert_int_equal(told[0].seq, 1449);
	assert_int_equal(told[0].bytes, 1448);
	assert_int_equal(told[0].parts, 1);
	assert_int_equal(told[0].tap, TAP_A);
	assert_int_equal(locate_summary(locate)->directions[COURSE_AB].judged, 104);
	locate_free(locate);
}

/* A reset from between the taps, in the name of A's host: nobody sent it. */
static void what_only_the_end_saw_is_no_loss(void **state)
{
	(void)state;
	send_hundred();
	const struct spec forged = { .from = HOST_A, .to = HOST_B, .id = 9, .seq = 7777, .flags = TCP_RST };
	add(TAP_B, START + AHEAD + 501 * MS, &forged, 0);
	struct locate *locate = compare_usual();
	assert_int_equal(told_count, 1);
	assert_int_equal(told[0].kind, LOCATED_UNSENT);
	assert_int_equal(told[0].course, COURSE_AB);
	assert_int_equal(told[0].tap, TAP_B);
	assert_int_equal(locate_summary(locate)->directions[COURSE_AB].lost, 0);
	locate_free(locate);
}

/* B's capture ends at 1000 ms of A's clock, about; A goes on. Another host of A's talks to somebody whom B never sees. */
static void only_what_both_could_see_is_judged(void **state)
{
	(void)state;
	send_hundred();
	const struct spec late = { .from = HOST_A, .to = HOST_B, .id = 1500, .seq = 7777, .bytes = 55 };
	const struct spec elsewhere = { .from = HOST_A, .to = 77, .id = 1501, .seq = 5, .bytes = 55 };
	add(TAP_A, START + 1500 * MS, &late, 0);
	add(TAP_A, START + 500 * MS, &elsewhere, 0);
	struct locate *locate = compare_usual();
	assert_int_equal(told_count, 0);
	assert_int_equal(locate_summary(locate)->captures[TAP_A].outside, 1);
	assert_int_equal(locate_summary(locate)->captures[TAP_A].strangers, 1);
	locate_free(locate);
	struct locate_options options;
	locate_options_default(&options);
	options.whole = true;
	locate = compare(&options, STATUS_OK);
	assert_int_equal(told_count, 1);
	assert_int_equal(told[0].seq, 7777);
	locate_free(locate);
}

/* Who has no address yet (DHCP, MLD) speaks to his own link: what both ends' hosts say is the same, but not one packet. */
static void who_has_no_address_is_not_judged(void **state)
{
	(void)state;
	send_hundred();
	const struct spec asks = { .from = HOST_A, .to = HOST_B, .protocol = PROTOCOL_UDP, .bytes = 40, .nameless = true };
	add(TAP_A, START + 300 * MS, &asks, 0);
	add(TAP_B, START + 900 * MS + AHEAD, &asks, 0);
	struct locate *locate = compare_usual();
	assert_int_equal(told_count, 0);
	assert_int_equal(locate_summary(locate)->captures[TAP_A].strangers, 1);
	assert_int_equal(locate_summary(locate)->captures[TAP_B].strangers, 1);
	locate_free(locate);
}

/* UDP without IP IDs, alike but for the payload; B keeps less of each packet. */
static void udp_goes_by_its_payload(void **state)
{
	(void)state;
	send_hundred();
	for (uint32_t i = 0; i < 20; i++) {
		const struct spec datagram = { .from = HOST_A, .to = HOST_B, .protocol = PROTOCOL_UDP, .bytes = 80, .fill = 0x11110000 + i };
		add(TAP_A, START + (200 + i) * MS + 500000, &datagram, 0);
		if (i != 13)
			add(TAP_B, START + (200 + i) * MS + 500000 + THERE + AHEAD, &datagram, 14 + 20 + 8 + 12);
	}
	struct locate *locate = compare_usual();
	assert_int_equal(told_count, 1);
	assert_int_equal(told[0].kind, LOCATED_LOST);
	assert_int_equal(told[0].t_ns, START + 213 * MS + 500000);
	locate_free(locate);
}

static void one_direction_tells_no_offset(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 100; i++) {
		const struct spec there = { .from = HOST_A, .to = HOST_B, .id = (uint16_t)(1000 + i), .seq = 100 * i, .bytes = 100 };
		send_at(START + (int64_t)i * 10 * MS, &there, i % 2 ? MS : 0);
	}
	struct locate *locate = compare_usual();
	const struct locate_summary *summary = locate_summary(locate);
	assert_false(summary->clock.both_ways);
	assert_int_equal(summary->clock.offset_ns, AHEAD + THERE);
	assert_int_equal(summary->directions[COURSE_AB].transit_min_ns, 0);
	assert_int_equal(summary->directions[COURSE_AB].transit_max_ns, MS);
	assert_int_equal(summary->directions[COURSE_BA].judged, 0);
	locate_free(locate);
}

/* A router in between has changed the sender's address and port: only --nat finds the packets. */
static void addresses_may_change(void **state)
{
	(void)state;
	struct locate_options options;
	for (uint32_t i = 0; i < 50; i++) {
		const struct spec inside = { .from = HOST_A, .to = HOST_B, .id = (uint16_t)(1000 + i), .seq = 100 * i, .bytes = 100 };
		struct spec outside = inside;
		outside.from = 99;
		outside.port = 1234;
		outside.ttl = 63;
		add(TAP_A, START + (int64_t)i * 10 * MS, &inside, 0);
		if (i != 20)
			add(TAP_B, START + (int64_t)i * 10 * MS + THERE + AHEAD, &outside, 0);
	}
	locate_options_default(&options);
	locate_free(compare(&options, STATUS_NOT_FOUND));
	options.nat = true;
	struct locate *locate = compare(&options, STATUS_OK);
	assert_int_equal(told_count, 1);
	assert_int_equal(told[0].seq, 2000);
	locate_free(locate);
}

/* There are places for three packets, and ten wait: seven are given up, which is said, and none of these is called lost. */
static void a_full_memory_is_counted(void **state)
{
	(void)state;
	send_hundred();
	for (uint32_t i = 0; i < 10; i++) {
		const struct spec lost = { .from = HOST_A, .to = HOST_B, .id = (uint16_t)(5000 + i), .seq = 70000 + i, .bytes = 1 };
		add(TAP_A, START + 901 * MS + i * 1000, &lost, 0);
	}
	struct locate_options options;
	locate_options_default(&options);
	options.waiting_most = 3;
	struct locate *locate = compare(&options, STATUS_OK);
	const uint64_t given_up = locate_summary(locate)->captures[TAP_A].given_up + locate_summary(locate)->captures[TAP_B].given_up;
	assert_true(given_up >= 7);
	assert_true(locate_summary(locate)->directions[COURSE_AB].lost <= 3);
	locate_free(locate);
}

/* B's clock runs 100 us faster in each second. Over 100 s that is 10 ms, as much as a transit. */
static void a_clock_that_drifts_is_followed(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		const struct spec there = { .from = HOST_A, .to = HOST_B, .id = (uint16_t)(i + 1), .seq = 100 * i, .bytes = 100, .tsval = i };
		const struct spec back = { .from = HOST_B, .to = HOST_A, .id = (uint16_t)(i + 1), .seq = 100 * i, .bytes = 100, .tsval = i };
		const int64_t t_ns = (int64_t)i * 100 * MS;
		add(TAP_A, START + t_ns, &there, 0);
		add(TAP_B, START + AHEAD + (t_ns + THERE) + (t_ns + THERE) / 10000, &there, 0);
		add(TAP_B, START + AHEAD + t_ns + t_ns / 10000, &back, 0);
		add(TAP_A, START + t_ns + BACK, &back, 0);
	}
	struct locate *locate = compare_usual();
	const struct locate_summary *summary = locate_summary(locate);
	assert_true(summary->clock.drift > 99e-6 && summary->clock.drift < 101e-6);
	assert_in_range(summary->directions[COURSE_AB].transit_max_ns, 7900000, 8200000);
	assert_int_equal(told_count, 0);
	locate_free(locate);
}

/* Seven packets, a second apart, whose transits grow by 100 us/s, but not evenly. Of the 21 slopes between them, by hand, the 11th is
 * 100, the third 80 and the 19th 120; 95 % of seven values without a trend have a Kendall's S below 13.05, hence the third to the 19th: (21 - 13.05) / 2. */
static void a_drift_says_how_far_it_may_be_off(void **state)
{
	(void)state;
	static const int64_t late_us[] = { 0, 120, 180, 320, 400, 480, 620 };
	for (uint32_t i = 0; i < sizeof late_us / sizeof late_us[0]; i++) {
		const struct spec there = { .from = HOST_A, .to = HOST_B, .id = (uint16_t)(i + 1), .seq = 100 * i, .bytes = 100, .tsval = i };
		const int64_t t_ns = (int64_t)i * 1000 * MS;
		add(TAP_A, START + t_ns, &there, 0);
		add(TAP_B, START + AHEAD + t_ns + THERE + late_us[i] * 1000, &there, 0);
	}
	struct locate *locate = compare_usual();
	const struct clock_fit clock = locate_summary(locate)->clock;
	assert_true(clock.drift > 99.9e-6 && clock.drift < 100.1e-6);
	assert_true(clock.drift_uncertainty > 19.9e-6 && clock.drift_uncertainty < 20.1e-6);
	locate_free(locate);
}

/* B's clock stands at the end of what 64 bits hold, or before 1970: that is no reason to compare other packets. */
static void times_at_their_limits_do_no_harm(void **state)
{
	static const int64_t starts[] = { INT64_MIN, INT64_MIN / 2, 0, INT64_MAX / 2, INT64_MAX - 2000 * MS };
	(void)state;
	for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
		for (size_t k = 0; k < sizeof starts / sizeof starts[0]; k++) {
			clear(state);
			for (uint32_t n = 0; n < 40; n++) {
				const struct spec spec = {
					.from = HOST_A, .to = HOST_B, .id = (uint16_t)(n + 1), .seq = 100 * n, .bytes = 100,
				};
				add(TAP_A, starts[n % 2 ? i : k] + n * 10 * MS, &spec, 0);
				add(TAP_B, starts[k] + n * 10 * MS, &spec, 0);
			}
			struct locate *locate = compare_usual();
			const struct locate_summary *summary = locate_summary(locate);
			assert_int_equal(summary->captures[TAP_A].frames, 40);
			assert_true(summary->common > 0 && summary->common <= 40 && summary->from_ns <= summary->to_ns);
			locate_free(locate);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_clock_lies_between_both_directions, clear),
		cmocka_unit_test_setup(a_lost_packet_is_named_with_its_direction, clear),
		cmocka_unit_test_setup(a_retransmission_is_not_its_original, clear),
		cmocka_unit_test_setup(packets_that_are_alike_go_by_their_time, clear),
		cmocka_unit_test_setup(overtaken_late_and_doubled, clear),
		cmocka_unit_test_setup(super_segments_are_matched_by_their_bytes, clear),
		cmocka_unit_test_setup(what_only_the_end_saw_is_no_loss, clear),
		cmocka_unit_test_setup(only_what_both_could_see_is_judged, clear),
		cmocka_unit_test_setup(udp_goes_by_its_payload, clear),
		cmocka_unit_test_setup(one_direction_tells_no_offset, clear),
		cmocka_unit_test_setup(addresses_may_change, clear),
		cmocka_unit_test_setup(a_full_memory_is_counted, clear),
		cmocka_unit_test_setup(who_has_no_address_is_not_judged, clear),
		cmocka_unit_test_setup(a_clock_that_drifts_is_followed, clear),
		cmocka_unit_test_setup(a_drift_says_how_far_it_may_be_off, clear),
		cmocka_unit_test_setup(times_at_their_limits_do_no_harm, clear),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
