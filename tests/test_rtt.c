/* Speaks for analyze/engine/rtt.c: RFC 6298 and percentiles. */
#include "analyze/engine/rtt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MS INT64_C(1000000)

/* RFC 6298 2.2: SRTT = R, RTTVAR = R / 2. 2.3 with R' = 180: RTTVAR = 3/4 * 50 + 1/4 * |100 - 180| = 57.5,
 * SRTT = 7/8 * 100 + 1/8 * 180 = 110. */
static void test_smoothing(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	struct rtt rtt = { 0 };
	assert_true(rtt_add(&rtt, &arena, 100 * MS));
	assert_int_equal(rtt.srtt_ns, 100 * MS);
	assert_int_equal(rtt.rttvar_ns, 50 * MS);
	assert_true(rtt_add(&rtt, &arena, 180 * MS));
	assert_int_equal(rtt.rttvar_ns, 57500000);
	assert_int_equal(rtt.srtt_ns, 110 * MS);
	assert_int_equal(rtt.sum_ns, 280 * MS);
	assert_int_equal(rtt_timeout(&rtt), 340 * MS); /* SRTT + 4 * RTTVAR */
	rtt_free(&rtt, &arena);
	arena_free(&arena);
}

/* Before any sample 1 s (RFC 6298 2.1); then never less than SRTT + 200 ms, as Linux has it. */
static void test_timeout(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	struct rtt rtt = { 0 };
	assert_int_equal(rtt_timeout(&rtt), 1000 * MS);
	assert_true(rtt_add(&rtt, &arena, 10 * MS));
	assert_int_equal(rtt_timeout(&rtt), 210 * MS);
	rtt_free(&rtt, &arena);
	arena_free(&arena);
}

/* Nearest rank of 9, 1, 7, 3 ms: 50% is the 2nd smallest, 75% the 3rd, 76% and more the 4th. */
static void test_few(void **state)
{
	(void)state;
	static const int64_t samples[] = { 9, 1, 7, 3 };
	struct arena arena = { 0 };
	struct rtt rtt = { 0 };
	assert_int_equal(rtt_percentile(&rtt, 50), 0);
	for (unsigned i = 0; i < 4; i++)
		assert_true(rtt_add(&rtt, &arena, samples[i] * MS));
	assert_int_equal(rtt_percentile(&rtt, 1), 1 * MS);
	assert_int_equal(rtt_percentile(&rtt, 50), 3 * MS);
	assert_int_equal(rtt_percentile(&rtt, 75), 7 * MS);
	assert_int_equal(rtt_percentile(&rtt, 76), 9 * MS);
	assert_int_equal(rtt_percentile(&rtt, 99), 9 * MS);
	rtt_free(&rtt, &arena);
	arena_free(&arena);
}

/* The step from few samples to many loses none of them: 1 .. 12 ms, in any number. */
static void test_more_than_few(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 12; n++) {
		struct arena arena = { 0 };
		struct rtt rtt = { 0 };
		for (unsigned i = 1; i <= n; i++)
			assert_true(rtt_add(&rtt, &arena, (int64_t)i * MS));
		int64_t median = (int64_t)((n + 1) / 2) * MS; /* nearest rank: ceil(n / 2) */
		assert_in_range(rtt_percentile(&rtt, 50), median * 97 / 100, median * 103 / 100);
		assert_in_range(rtt_percentile(&rtt, 100), n * MS * 97 / 100, n * MS);
		assert_int_equal(rtt.samples, n);
		rtt_free(&rtt, &arena);
		arena_free(&arena);
	}
}

static void test_negative(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	struct rtt rtt = { 0 };
	assert_true(rtt_add(&rtt, &arena, -5));
	assert_int_equal(rtt.min_ns, 0);
	assert_int_equal(rtt_percentile(&rtt, 50), 0);
	rtt_free(&rtt, &arena);
	arena_free(&arena);
}

/* Forged times: three round trips of a lifetime don't make a negative mean. */
static void test_absurd(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	struct rtt rtt = { 0 };
	for (unsigned i = 0; i < 3; i++)
		assert_true(rtt_add(&rtt, &arena, INT64_MAX / 2));
	assert_true(rtt.sum_ns == INT64_MAX);
	rtt_free(&rtt, &arena);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_smoothing), cmocka_unit_test(test_timeout),  cmocka_unit_test(test_few),
		cmocka_unit_test(test_more_than_few), cmocka_unit_test(test_negative),  cmocka_unit_test(test_absurd),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
