/* Speaks for analyze/engine/histogram.c: percentiles within 3%, nearest rank. */
#include "analyze/engine/histogram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>

#define US INT64_C(1000)
#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)

static void assert_near(int64_t value, int64_t expected)
{
	int64_t off = value > expected ? value - expected : expected - value;
	if (off * 100 > expected * 3)
		fail_msg("%" PRId64 " is not near %" PRId64, value, expected);
}

/* 1 .. 100 ms: the pth percentile is p ms. */
static void test_percentiles(void **state)
{
	(void)state;
	struct histogram histogram = { 0 };
	for (int64_t i = 100; i >= 1; i--)
		histogram_add(&histogram, i * MS);
	for (unsigned percent = 1; percent <= 100; percent++)
		assert_near(histogram_percentile(&histogram, percent, 1 * MS, 100 * MS), percent * MS);
}

/* Every octave between 1 us and 18 minutes. */
static void test_range(void **state)
{
	(void)state;
	for (int64_t value = 2 * US; value < 1000 * SECOND; value += value / 7) {
		struct histogram histogram = { 0 };
		histogram_add(&histogram, value);
		assert_near(histogram_percentile(&histogram, 50, 0, INT64_MAX), value);
	}
}

/* What the caller knows exactly bounds the answer. */
static void test_bounds(void **state)
{
	(void)state;
	struct histogram histogram = { 0 };
	histogram_add(&histogram, 5 * MS);
	assert_int_equal(histogram_percentile(&histogram, 50, 5 * MS, 5 * MS), 5 * MS);
	histogram_add(&histogram, -7);
	histogram_add(&histogram, 0);
	assert_int_equal(histogram_percentile(&histogram, 1, 0, 5 * MS) < 2 * US, 1);
	histogram_add(&histogram, INT64_MAX); /* past the last bucket: not lost */
	assert_true(histogram_percentile(&histogram, 100, 0, INT64_MAX) > 1000 * SECOND);
}

static void test_empty(void **state)
{
	(void)state;
	struct histogram histogram = { 0 };
	assert_int_equal(histogram_percentile(&histogram, 50, 0, 0), 0);
}

/* A million samples in 16-bit counts: 90% of 1 ms, 10% of 100 ms. */
static void test_many(void **state)
{
	(void)state;
	struct histogram histogram = { 0 };
	for (unsigned i = 0; i < 1000000; i++)
		histogram_add(&histogram, i % 10 ? 1 * MS : 100 * MS);
	assert_near(histogram_percentile(&histogram, 50, 1 * MS, 100 * MS), 1 * MS);
	assert_near(histogram_percentile(&histogram, 85, 1 * MS, 100 * MS), 1 * MS);
	assert_near(histogram_percentile(&histogram, 95, 1 * MS, 100 * MS), 100 * MS);
}

/* As many again in another histogram: the sum has both. */
static void test_merge(void **state)
{
	(void)state;
	struct histogram one = { 0 }, two = { 0 };
	for (unsigned i = 0; i < 60000; i++) {
		histogram_add(&one, 1 * MS);
		histogram_add(&two, 1 * MS);
		histogram_add(&two, 50 * MS);
	}
	histogram_merge(&one, &two, 1000000, 50000000); /* 120000 of 1 ms, 60000 of 50 ms: the border is at 66.7% */
	assert_near(histogram_percentile(&one, 60, 1 * MS, 50 * MS), 1 * MS);
	assert_near(histogram_percentile(&one, 70, 1 * MS, 50 * MS), 50 * MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_percentiles), cmocka_unit_test(test_range), cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_empty),	    cmocka_unit_test(test_many),  cmocka_unit_test(test_merge),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
