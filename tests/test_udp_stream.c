/* Speaks for analyze/engine/application/udp_stream.c and numbered.c: loss and jitter of RTP (RFC 3550 5.1, 6.4.1) and of iperf3's
 * datagrams (seconds, microseconds, a counter from 1 of 32 or 64 bits, all in network order). */
#include "tests/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS 1000000LL
#define SECOND_US 1000000u

static void feed(struct trace *trace, int64_t t_us, const char *rest, const char *hex)
{
	char line[400];
	snprintf(line, sizeof line, "%" PRId64 ".%06" PRId64 " > udp len 172 %s hex %s\n", t_us / SECOND_US, t_us % SECOND_US, rest, hex);
	trace_feed(trace, line);
}

/* Version 2; payload type, number, timestamp, SSRC. */
static void rtp(struct trace *trace, int64_t t_us, unsigned type, unsigned number, uint32_t timestamp, uint32_t ssrc)
{
	char hex[60];
	snprintf(hex, sizeof hex, "80%02x%04x%08" PRIx32 "%08" PRIx32, type, number & 0xffff, timestamp, ssrc);
	feed(trace, t_us, "sport 5004 dport 5004", hex);
}

static void iperf3(struct trace *trace, int64_t t_us, uint64_t sent_us, uint64_t number, bool wide, const char *rest)
{
	char hex[80];
	snprintf(hex, sizeof hex, wide ? "%08x%08x%016" PRIx64 : "%08x%08x%08" PRIx64 "61626364", (unsigned)(sent_us / SECOND_US),
		 (unsigned)(sent_us % SECOND_US), number);
	feed(trace, t_us, rest, hex);
}

static const struct udp_stream_facts *only_stream(struct trace *trace)
{
	trace_finish(trace);
	assert_int_equal(trace->udp_stream_count, 1);
	return trace->udp_streams;
}

/* PCMU, 20 ms a packet, numbers that wrap. Of 200, two in a row are lost, and later one; one comes after the next; one
 * comes twice. */
static void test_rtp_loss(void **state)
{
	(void)state;
	struct trace *trace = trace_new(NULL);
	for (unsigned i = 0; i < 200; i++) {
		if (i == 50 || i == 51 || i == 120)
			continue;
		unsigned number = i == 80 ? 81 : i == 81 ? 80 : i;
		rtp(trace, i * 20000, 0, 65500 + number, 4294960000u + number * 160, 0xabcd1234);
		if (i == 150)
			rtp(trace, i * 20000 + 100, 0, 65500 + number, 4294960000u + number * 160, 0xabcd1234);
	}
	const struct udp_stream_facts *stream = only_stream(trace);
	assert_int_equal(stream->kind, UDP_STREAM_RTP);
	assert_int_equal(stream->ssrc, 0xabcd1234);
	assert_int_equal(stream->payload_type, 0);
	assert_int_equal(stream->direction, C2S);
	assert_int_equal(stream->packets, 198);
	assert_int_equal(stream->lost, 3);
	assert_int_equal(stream->lost_run_max, 2);
	assert_int_equal(stream->reordered, 1);
	assert_int_equal(stream->duplicates, 1);
	assert_int_equal(stream->first_frame, 1);
	assert_int_equal(stream->first_lost_frame, 51); /* number 52, after 50 packets */
	assert_int_equal(stream->first_lost_ns, 52 * 20 * MS);
	trace_free(trace);
}

/* RFC 3550 6.4.1: every second packet is 8 ms late, so each differs from the one before it by 8 ms: J += (8 - J) / 16.
 * After n steps that is 8 (1 - (15/16)^n) ms; for 99 steps 7.9866. */
static void test_rtp_jitter(void **state)
{
	(void)state;
	static const unsigned types[] = { 0, 96 }; /* 8000 Hz, and a dynamic type whose 8000 Hz are to be found out */
	for (unsigned i = 0; i < 2; i++) {
		struct trace *trace = trace_new(NULL);
		for (unsigned n = 0; n < 100; n++)
			rtp(trace, n * 20000 + n % 2 * 8000, types[i], n, n * 160, 7);
		const struct udp_stream_facts *stream = only_stream(trace);
		int64_t error_ns = stream->jitter_ns - 7986600;
		if (i == 0)
			assert_true(error_ns > -1000 && error_ns < 1000);
		else /* begins after a second: 49 steps, 8 (1 - (15/16)^49) is 7.661 */
			assert_true(stream->jitter_ns > 7600000 && stream->jitter_ns < 7720000);
		assert_int_equal(stream->jitter_max_ns, stream->jitter_ns);
		assert_int_equal(stream->lost, 0);
		assert_int_equal(stream->first_lost_ns, NO_TIME);
		trace_free(trace);
	}
}

/* Video of 90 kHz and audio of 48 kHz between the same ports; frames of six packets have one timestamp. */
static void test_rtp_two_sources(void **state)
{
	(void)state;
	struct trace *trace = trace_new(NULL);
	unsigned video = 0;
	for (unsigned n = 0; n < 150; n++) {
		rtp(trace, n * 20000, 111, n, n * 960, 1);
		for (unsigned part = 0; n % 2 == 0 && part < 6; part++, video++)
			if (video != 300)
				rtp(trace, n * 20000 + 100 + part * 50, 102, 9000 + video, n * 1800, 2);
	}
	trace_finish(trace);
	assert_int_equal(trace->udp_stream_count, 2);
	assert_int_equal(trace->udp_streams[0].ssrc, 1);
	assert_int_equal(trace->udp_streams[0].packets, 150);
	assert_int_equal(trace->udp_streams[0].lost, 0);
	assert_true(trace->udp_streams[0].jitter_ns < 1000);
	assert_int_equal(trace->udp_streams[1].ssrc, 2);
	assert_int_equal(trace->udp_streams[1].packets, 449);
	assert_int_equal(trace->udp_streams[1].lost, 1);
	assert_true(trace->udp_streams[1].jitter_ns != NO_TIME);
	trace_free(trace);
}

/* `tcpdump -i any` has each packet twice. */
static void test_copies(void **state)
{
	(void)state;
	struct trace *trace = trace_new(NULL);
	for (unsigned n = 0; n < 50; n++) {
		char hex[60];
		snprintf(hex, sizeof hex, "8000%04x%08x00000007", n, n * 160);
		feed(trace, n * 20000, "any 1", hex);
		feed(trace, n * 20000 + 10, "any 2 ttl 63", hex);
	}
	const struct udp_stream_facts *stream = only_stream(trace);
	assert_int_equal(stream->packets, 50);
	assert_int_equal(stream->duplicates, 0);
	trace_free(trace);
}

/* The sender begins anew with another number: that is no loss of 20,000. Later one is lost. */
static void test_rtp_begins_anew(void **state)
{
	(void)state;
	struct trace *trace = trace_new(NULL);
	for (unsigned n = 0; n < 100; n++)
		if (n != 77)
			rtp(trace, n * 20000, 8, n < 50 ? n : n + 20000, n * 160, 7);
	const struct udp_stream_facts *stream = only_stream(trace);
	assert_int_equal(stream->packets, 99);
	assert_int_equal(stream->lost, 1);
	trace_free(trace);
}

/* What iperf3 opens a stream with, four bytes, came before; so the first datagram, number 1, is lost as well as 500
 * later ones. */
static void test_iperf3(void **state)
{
	(void)state;
	for (unsigned wide = 0; wide < 2; wide++) {
		struct trace *trace = trace_new(NULL);
		trace_feed(trace, "0.1 > udp data \"6789\" sport 40000 dport 5201\n");
		for (unsigned n = 2; n <= 2000; n++)
			if (n < 1000 || n >= 1500)
				iperf3(trace, SECOND_US + n * 1000, 77 * SECOND_US + n * 1000, n, wide, "sport 40000 dport 5201");
		const struct udp_stream_facts *stream = only_stream(trace);
		assert_int_equal(stream->kind, UDP_STREAM_IPERF3);
		assert_int_equal(stream->packets, 1499);
		assert_int_equal(stream->lost, 501);
		assert_int_equal(stream->lost_run_max, 500);
		assert_int_equal(stream->jitter_ns, 0);
		assert_int_equal(stream->first_lost_frame, 2);
		trace_free(trace);
	}
}

static uint64_t next_random(uint64_t *state) /* xorshift64* */
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

/* Random bytes; QUIC with its fixed bit greased (RFC 9287: 0x80 to 0xbf) and the same connection id; WireGuard (type 4,
 * receiver, counter in the other byte order); a counter where RTP has its number, but no time; and STUN: none is a
 * stream. */
static void test_others_are_none(void **state)
{
	(void)state;
	struct trace *trace = trace_new(NULL);
	uint64_t random = 88172645463325252u;
	for (unsigned n = 0; n < 3000; n++) {
		char hex[80];
		snprintf(hex, sizeof hex, "%016" PRIx64 "%016" PRIx64, next_random(&random), next_random(&random));
		feed(trace, n * 2000, "sport 1000 dport 1001", hex);
		snprintf(hex, sizeof hex, "%02x%06x%016" PRIx64, 0x80 | (unsigned)(next_random(&random) & 0x3f), n, next_random(&random));
		feed(trace, n * 2000 + 1, "sport 1000 dport 443", hex);
		snprintf(hex, sizeof hex, "80010203040506070809%012" PRIx64, next_random(&random) & 0xffffffffffff);
		feed(trace, n * 2000 + 2, "sport 1000 dport 4433", hex);
		snprintf(hex, sizeof hex, "0400000000001234%02x%02x000000000000", n & 0xff, n >> 8);
		feed(trace, n * 2000 + 3, "sport 1000 dport 51820", hex);
		snprintf(hex, sizeof hex, "8000%04x0000000100000002", n);
		feed(trace, n * 2000 + 4, "sport 1000 dport 9999", hex);
		snprintf(hex, sizeof hex, "000100082112a442%016" PRIx64, next_random(&random));
		feed(trace, n * 2000 + 5, "sport 1000 dport 3478", hex);
	}
	trace_finish(trace);
	assert_int_equal(trace->udp_stream_count, 0);
	trace_free(trace);
}

/* Cut short anywhere, changed anywhere: never read beyond, never a number that can't be. */
static void test_hostile(void **state)
{
	(void)state;
	for (unsigned which = 0; which < 2; which++) {
		uint64_t random = 1234567;
		struct trace *trace = trace_new(NULL);
		for (unsigned n = 0; n < 20000; n++) {
			char hex[80];
			uint64_t change = next_random(&random);
			if (which)
				snprintf(hex, sizeof hex, "0000%04x%08x%08x00000000", n / 1000, n % 1000 * 1000, n + 1);
			else
				snprintf(hex, sizeof hex, "8000%04x%08x00000007", n & 0xffff, n * 160);
			if (n > 100 && change % 3 == 0)
				hex[(change >> 8) % strlen(hex)] = "0123456789abcdef"[change >> 60];
			char rest[40];
			snprintf(rest, sizeof rest, n > 100 && change % 5 == 0 ? "snap %u" : "fill %u", (unsigned)(change >> 32) % 64);
			feed(trace, n * 1000, rest, hex);
		}
		trace_finish(trace);
		assert_true(trace->udp_stream_count > 0);
		for (unsigned i = 0; i < trace->udp_stream_count; i++)
			assert_true(trace->udp_streams[i].packets <= 20000 && trace->udp_streams[i].lost < INT64_MAX &&
				    trace->udp_streams[i].jitter_max_ns >= trace->udp_streams[i].jitter_ns);
		trace_free(trace);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rtp_loss),    cmocka_unit_test(test_rtp_jitter),	    cmocka_unit_test(test_rtp_two_sources),
		cmocka_unit_test(test_copies),	    cmocka_unit_test(test_rtp_begins_anew), cmocka_unit_test(test_iperf3),
		cmocka_unit_test(test_others_are_none), cmocka_unit_test(test_hostile),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
