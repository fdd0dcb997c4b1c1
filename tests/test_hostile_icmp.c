/* Speaks for the engine's ICMP, neighbours and UDP streams together: pings, errors, probes, ARP and RTP of few hosts, changed at random and
 * cut short, at times that jump, with fewer flows in memory than there are. Worth most under -fsanitize=address,undefined. */
#include "tests/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

enum { FRAMES = 60000, FRAME_MAX = 200 };

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

struct writer {
	uint8_t at[FRAME_MAX];
	uint32_t count;
};

static void put(struct writer *to, uint64_t value, unsigned bytes)
{
	while (bytes-- > 0)
		to->at[to->count++] = (uint8_t)(value >> 8 * bytes);
}

static uint32_t host(struct random *random)
{
	return 0x0a000000 | below(random, 40);
}

static void put_ipv4(struct writer *to, struct random *random, uint32_t protocol, uint32_t bytes)
{
	put(to, 0x45000000 | (20 + bytes), 4);
	put(to, (uint64_t)below(random, 50) << 16, 4);
	put(to, below(random, 2) ? 1 + below(random, 40) : 64, 1);
	put(to, protocol, 1);
	put(to, 0, 2);
	put(to, host(random), 4);
	put(to, host(random), 4);
}

static void put_icmp(struct writer *to, struct random *random)
{
	static const uint8_t types[] = { 8, 8, 8, 0, 0, 3, 11, 11, 5, 12 };
	uint8_t type = types[below(random, sizeof types)];
	bool error = type != 8 && type != 0;
	put_ipv4(to, random, 1, error ? 36 : 8);
	put(to, (uint64_t)type << 24 | (uint64_t)(error ? below(random, 6) : 0) << 16, 4);
	put(to, (uint64_t)below(random, 3) << 16 | below(random, 30), 4);
	if (!error)
		return;
	bool echo = below(random, 2);
	put_ipv4(to, random, echo ? 1 : 17, 8);
	put(to, echo ? 0x08000000 : 0x9c40829a, 4);
	put(to, (uint64_t)below(random, 3) << 16 | below(random, 30), 4);
}

static void put_udp(struct writer *to, struct random *random, uint32_t frame)
{
	put_ipv4(to, random, 17, 40);
	put(to, 0x138c138c, 4);
	put(to, 0x00280000, 4);
	if (below(random, 2)) {
		put(to, 0x80000000 | (frame & 0xffff), 4);
		put(to, frame * 160, 4);
		put(to, below(random, 2), 4);
	} else {
		put(to, frame / 1000, 4);
		put(to, frame % 1000 * 1000, 4);
		put(to, frame, 4);
	}
	put(to, 0, 8), put(to, 0, 8), put(to, 0, 4);
}

static void put_arp(struct writer *to, struct random *random)
{
	put(to, 0x0001080006040000 | (1 + below(random, 2)), 8);
	for (unsigned end = 0; end < 2; end++) {
		put(to, 0x020000000000 | below(random, 40), 6);
		put(to, below(random, 9) ? host(random) : 0, 4);
	}
}

static void put_neighbour_discovery(struct writer *to, struct random *random)
{
	put(to, 0x60000000, 4);
	put(to, 0x00203aff, 4);
	for (unsigned end = 0; end < 2; end++)
		put(to, 0xfe80000000000000, 8), put(to, below(random, 9) ? host(random) : 0, 8);
	put(to, (uint64_t)(135 + below(random, 2)) << 24, 4);
	put(to, (uint64_t)below(random, 8) << 29, 4);
	put(to, 0xfe80000000000000, 8), put(to, host(random), 8);
	put(to, 0x0101020000000000 | (uint64_t)below(random, 2) << 56 | below(random, 40), 8);
}

static void put_frame(struct writer *to, struct random *random, uint32_t frame)
{
	uint32_t kind = below(random, 8);
	put(to, 0x020000000001, 6);
	put(to, 0x020000000000 | below(random, 3), 6);
	put(to, kind < 6 ? 0x0800 : kind == 6 ? 0x0806 : 0x86dd, 2);
	if (kind < 4)
		put_icmp(to, random);
	else if (kind < 6)
		put_udp(to, random, frame);
	else if (kind == 6)
		put_arp(to, random);
	else
		put_neighbour_discovery(to, random);
}

static void check(const struct trace *trace)
{
	for (unsigned i = 0; i < trace->echo_count; i++) {
		const struct echo_facts *echo = &trace->echoes[i];
		assert_true(echo->requests > 0 && echo->replies + echo->lost <= echo->requests && echo->lost_run_max <= echo->lost);
		assert_true((echo->rtt_min_ns == NO_TIME) == (echo->replies == 0));
		assert_true(echo->rtt_min_ns <= echo->rtt_mean_ns && echo->rtt_mean_ns <= echo->rtt_max_ns);
		assert_true((echo->lost > 0) == (echo->first_lost_frame > 0));
	}
	for (unsigned i = 0; i < trace->hop_count; i++) {
		const struct hop_facts *hop = &trace->hops[i];
		assert_true(hop->ttl > 0 && hop->ttl < 32 && hop->replies <= hop->probes && hop->has_address == (hop->replies > 0));
		assert_true(hop->rtt_min_ns <= hop->rtt_mean_ns && hop->rtt_mean_ns <= hop->rtt_max_ns);
	}
	for (unsigned i = 0; i < trace->neighbour_request_count; i++)
		assert_true(trace->neighbour_requests[i].answered <= trace->neighbour_requests[i].requests);
	for (unsigned i = 0; i < trace->udp_stream_count; i++)
		assert_true(trace->udp_streams[i].duplicates + trace->udp_streams[i].reordered < trace->udp_streams[i].packets);
	for (unsigned i = 0; i < trace->interval_count; i++)
		assert_true(trace->intervals[i].arp_unanswered < FRAMES && trace->intervals[i].echo_lost < FRAMES);
}

static char *play(uint64_t hash_seed, uint32_t changes, uint64_t seed)
{
	struct random random = { seed };
	struct engine_options engine;
	engine_options_default(&engine);
	engine.max_flows = 300;
	engine.hash_seed = hash_seed;
	const struct trace_options options = { .engine = &engine };
	struct trace *trace = trace_new(&options);
	int64_t t_ns = 1700000000000000000;
	for (uint32_t i = 1; i <= FRAMES; i++) {
		struct writer frame = { .count = 0 };
		put_frame(&frame, &random, i);
		uint32_t captured = frame.count;
		for (uint32_t n = changes ? below(&random, changes) : 0; n > 0; n--)
			frame.at[below(&random, frame.count)] ^= (uint8_t)(1u << below(&random, 8));
		if (changes && below(&random, 10) == 0)
			captured = below(&random, frame.count + 1);
		t_ns += (int64_t)below(&random, 4000000) - 100000;
		if (changes && below(&random, 5000) == 0)
			t_ns += ((int64_t)below(&random, 40000) - 20000) * 1000000000;
		trace_frame(trace, t_ns, LINK_ETHERNET, frame.at, captured, frame.count);
	}
	trace_finish(trace);
	assert_true(trace->echo_count > 100 && trace->icmp_error_count > 100 && trace->neighbour_count > 40 && trace->hop_count > 0);
	assert_true(trace_totals(trace).flows_evicted > 0);
	check(trace);
	char *text = malloc(trace->echo_count * sizeof *trace->echoes + trace->hop_count * sizeof *trace->hops + 1);
	assert_non_null(text);
	size_t size = 0;
	for (unsigned i = 0; i < trace->echo_count; i++)
		text[size++] = (char)('a' + trace->echoes[i].lost % 26);
	for (unsigned i = 0; i < trace->hop_count; i++)
		text[size++] = (char)('a' + trace->hops[i].replies % 26);
	text[size] = '\0';
	trace_free(trace);
	return text;
}

static void test_changed(void **state)
{
	(void)state;
	free(play(0, 6, 12345));
	free(play(0, 2, 777));
}

/* Seeds of hash tables change nothing. */
static void test_same_facts(void **state)
{
	(void)state;
	char *one = play(1, 0, 4242), *other = play(99, 0, 4242);
	assert_string_equal(one, other);
	free(one);
	free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_same_facts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
