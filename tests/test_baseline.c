/* Speaks for analyze/engine/baseline.c, and for what of it stands in the rows of the timeline. */
#include "analyze/engine/baseline.h"
#include "tests/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define US INT64_C(1000)
#define MS INT64_C(1000000)

static struct baseline_key service(uint16_t port)
{
	return (struct baseline_key){ .address = { { 1 } }, .port = port, .protocol = PROTOCOL_TCP, .scope = SCOPE_SERVICE };
}

static void add_all(struct baseline *baseline, const struct baseline_key *key, const int64_t *ms, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		baseline_add(baseline, key, ms[i] * MS);
}

/* Nine values say nothing; of ten in any order the two in the middle of 1 .. 10 are 5 and 6; of eleven it is the sixth. */
static void test_median(void **state)
{
	(void)state;
	static const int64_t ms[] = { 7, 1, 10, 3, 9, 5, 2, 8, 4, 6, 1000 };
	const struct baseline_key key = service(80);
	struct baseline *baseline = baseline_new();
	assert_int_equal(baseline_median(baseline, &key), NO_TIME);
	add_all(baseline, &key, ms, 9);
	assert_int_equal(baseline_median(baseline, &key), NO_TIME);
	add_all(baseline, &key, ms + 9, 1);
	assert_int_equal(baseline_median(baseline, &key), 5500 * US);
	add_all(baseline, &key, ms + 10, 1);
	assert_int_equal(baseline_median(baseline, &key), 6 * MS);
	baseline_free(baseline);
	baseline_free(NULL);
}

/* Sixty of 20 ms, then 100 ms: 29 of them change nothing (31 of 60 are 20 ms), with the 31st most are 100 ms. */
static void test_a_spike_does_not_move_it(void **state)
{
	(void)state;
	const struct baseline_key key = service(80);
	struct baseline *baseline = baseline_new();
	for (unsigned i = 0; i < 60; i++)
		baseline_add(baseline, &key, 20 * MS);
	for (unsigned i = 1; i <= 31; i++) {
		baseline_add(baseline, &key, 100 * MS);
		assert_int_equal(baseline_median(baseline, &key), i < 30 ? 20 * MS : i == 30 ? 60 * MS : 100 * MS);
	}
	/* And 60 later nothing is left of what was before. */
	for (unsigned i = 0; i < 60; i++)
		baseline_add(baseline, &key, 7 * MS);
	assert_int_equal(baseline_median(baseline, &key), 7 * MS);
	baseline_free(baseline);
}

/* Every part of a key tells it from others; values out of range are kept at the range's ends. */
static void test_keys_are_apart(void **state)
{
	(void)state;
	struct baseline_key keys[6];
	struct baseline *baseline = baseline_new();
	for (unsigned i = 0; i < 6; i++)
		keys[i] = service(80);
	keys[1].port = 81;
	keys[2].protocol = PROTOCOL_UDP;
	keys[3].scope = SCOPE_PEER;
	keys[4].rest = true;
	keys[5].address.bytes[15] = 1;
	for (unsigned n = 0; n < 10; n++)
		for (unsigned i = 0; i < 6; i++)
			baseline_add(baseline, &keys[i], (int64_t)(i + 1) * MS);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(baseline_median(baseline, &keys[i]), (int64_t)(i + 1) * MS);
	for (unsigned n = 0; n < 60; n++) {
		baseline_add(baseline, &keys[0], -5);
		baseline_add(baseline, &keys[1], INT64_MAX);
	}
	assert_int_equal(baseline_median(baseline, &keys[0]), 0);
	assert_int_equal(baseline_median(baseline, &keys[1]), (int64_t)UINT32_MAX * US);
	baseline_free(baseline);
}

/* One key more than there is room for: that which was asked for longest ago goes, not the one that was added first. */
static void test_the_least_used_is_forgotten(void **state)
{
	(void)state;
	struct baseline *baseline = baseline_new();
	for (unsigned n = 0; n < 10; n++)
		for (unsigned i = 0; i < BASELINE_KEYS; i++) {
			const struct baseline_key key = service((uint16_t)i);
			baseline_add(baseline, &key, (int64_t)i * US);
		}
	const struct baseline_key first = service(0), second = service(1), third = service(2), one_more = service(BASELINE_KEYS);
	assert_int_equal(baseline_median(baseline, &first), 0);
	baseline_add(baseline, &one_more, MS);
	assert_int_equal(baseline_median(baseline, &first), 0);
	assert_int_equal(baseline_median(baseline, &second), NO_TIME);
	assert_int_equal(baseline_median(baseline, &third), 2 * US);
	for (unsigned i = 3; i < BASELINE_KEYS; i++) {
		const struct baseline_key key = service((uint16_t)i);
		assert_int_equal(baseline_median(baseline, &key), (int64_t)i * US);
	}
	/* All of them replaced, many times over. */
	for (unsigned i = 0; i < 20 * BASELINE_KEYS; i++) {
		const struct baseline_key key = service((uint16_t)(i * 7));
		baseline_add(baseline, &key, MS);
	}
	assert_int_equal(baseline_median(baseline, &third), NO_TIME);
	assert_in_range(baseline_bytes(baseline), 1, 1 << 20);
	baseline_free(baseline);
}

/* A segment a second, acknowledged after 1 ms, 2 ms, ..., 10 ms; a second without any, which counts for nothing; then 50 ms.
 * Before the row of the 50 ms there are ten: their median is 5.5 ms. After it, of eleven, 6 ms. */
static void test_rows_know_what_was_usual(void **state)
{
	(void)state;
	struct trace *trace = trace_new(NULL);
	char lines[160];
	for (unsigned n = 0; n < 12; n++) {
		unsigned second = n < 10 ? n : n + 1;
		snprintf(lines, sizeof lines, "%u.500 > A %u len 100\n%u.%03u < A 1 ack %u\n", second, 1 + 100 * n, second,
			 500 + (n < 10 ? n + 1 : 50), 101 + 100 * n);
		trace_feed(trace, lines);
	}
	trace_finish(trace);
	unsigned rows = 0;
	for (unsigned i = 0; i < trace->interval_count; i++) {
		const struct interval_facts *row = &trace->intervals[i];
		int64_t second = row->t_ns / (1000 * MS);
		rows++;
		assert_int_equal(row->rtt_baseline_ns, second < 10 ? NO_TIME : second == 11 ? 5500 * US : 6 * MS);
	}
	assert_int_equal(rows, 3 * 12); /* all, service, peer */
	trace_free(trace);
}

/* Time goes on without packets: the open interval is delivered, and one for each that engine_advance opens. */
static void test_advance_closes_intervals(void **state)
{
	(void)state;
	struct trace *trace = trace_new(NULL);
	trace_feed(trace, "0.5 > A 1 len 100\n");
	engine_advance(trace->engine, 900 * MS);
	assert_int_equal(trace->interval_count, 0);
	engine_advance(trace->engine, 1000 * MS);
	assert_int_equal(trace->interval_count, 3);
	engine_advance(trace->engine, 2500 * MS);
	assert_int_equal(trace->interval_count, 4);
	assert_int_equal(trace->intervals[3].scope, SCOPE_ALL);
	assert_int_equal(trace->intervals[3].t_ns, 1000 * MS);
	assert_int_equal(trace->intervals[3].packets, 0);
	engine_advance(trace->engine, 9000 * MS); /* what lies between has no rows */
	assert_int_equal(trace->interval_count, 5);
	assert_int_equal(trace->intervals[4].t_ns, 2000 * MS);
	engine_advance(trace->engine, 3000 * MS); /* nor does going back change anything */
	assert_int_equal(trace->interval_count, 5);
	trace_free(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_median),
		cmocka_unit_test(test_a_spike_does_not_move_it),
		cmocka_unit_test(test_keys_are_apart),
		cmocka_unit_test(test_the_least_used_is_forgotten),
		cmocka_unit_test(test_rows_know_what_was_usual),
		cmocka_unit_test(test_advance_closes_intervals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
