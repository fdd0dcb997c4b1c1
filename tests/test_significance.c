/* test_significance.c: speaks for store/significance.c. */
#include "store/significance.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define INTERVALS 60
#define SPLITS 1000

static uint64_t dice_state;

/* splitmix64: in [0, 1). */
static double dice(void)
{
	uint64_t z = dice_state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (double)((z ^ (z >> 31)) >> 11) * 0x1.0p-53;
}

/* Sum of twelve: mean 0, variance 1. */
static double normal(void)
{
	double sum = -6;
	for (int i = 0; i < 12; i++)
		sum += dice();
	return sum;
}

static void assert_near(double value, double expected, double tolerance)
{
	if (!(fabs(value - expected) <= tolerance))
		fail_msg("%g, expected %g", value, expected);
}

/* No value of the one exceeds any of the other: U = 0, mean 12.5, variance 25 * 11 / 12; z = (12.5 - 0.5) / 4.787 = 2.507: p = 0.0122,
 * as R's wilcox.test(exact = FALSE) has it. With the same on both sides: 1. */
static void values_that_lie_apart(void **state)
{
	(void)state;
	const struct sample low[] = { { 3, 1 }, { 1, 1 }, { 5, 1 }, { 2, 1 }, { 4, 1 } };
	const struct sample high[] = { { 8, 1 }, { 6, 1 }, { 10, 1 }, { 7, 1 }, { 9, 1 } };
	assert_near(significance_of_values(low, 5, high, 5), 0.01219, 0.0001);
	assert_near(significance_of_values(high, 5, low, 5), 0.01219, 0.0001);
	assert_near(significance_of_values(low, 5, low, 5), 1, 0);
	assert_near(significance_of_values(low, 5, NULL, 0), 1, 0);
}

/* Ranks that rise from interval to interval: r = 1.25 / 5 = 0.25, too low by (1 + 3 r) / 4 = 0.4375, so the variance is 1.6875 / 0.3125
 * = 5.4 times as large. U = 0, 8 is usual, variance 16 * 9 / 12 = 12; z = 7.5 / sqrt(12 * 5.4) = 0.932, p = 0.3515. */
static void values_that_hang_together_count_less(void **state)
{
	(void)state;
	const struct sample before[] = { { 1, 1 }, { 2, 1 }, { 3, 1 }, { 4, 1 } }, after[] = { { 5, 1 }, { 6, 1 }, { 7, 1 }, { 8, 1 } };
	assert_near(significance_of_values(before, 4, after, 4), 0.3515, 0.0005);
}

/* 2 2 2 2 and 2 3 3 3: the five 2 have rank 3, the three 3 rank 7. After: 24, U = 14, 8 is usual; ties 120 + 24 = 144, variance
 * 16 / 12 * (9 - 144 / 56) = 8.571; z = 5.5 / 2.928 = 1.879, p = 0.0603. */
static void ties_are_allowed_for(void **state)
{
	(void)state;
	const struct sample before[] = { { 2, 1 }, { 2, 1 }, { 2, 1 }, { 2, 1 } }, after[] = { { 3, 1 }, { 2, 1 }, { 3, 1 }, { 3, 1 } };
	assert_near(significance_of_values(before, 4, after, 4), 0.0603, 0.0002);
}

/* 30 of 1000 and 60 of 1000, alike in all intervals: pooled 0.045, standard error 0.00927, t = 3.236 with 18 degrees: p = 0.0046. */
static void proportions_of_even_intervals(void **state)
{
	(void)state;
	struct sample before[10], after[10];
	for (size_t i = 0; i < 10; i++) {
		before[i] = (struct sample){ 3, 100 };
		after[i] = (struct sample){ 6, 100 };
	}
	assert_near(significance_proportion(before, 10), 0.03, 1e-12);
	assert_near(significance_of_proportions(before, 10, after, 10), 0.0046, 0.0003);
	assert_near(significance_of_proportions(before, 1, after, 10), 1, 0);
}

/* The same 60 of 1000, but all in one interval: one burst is no proof. */
static void one_burst_proves_nothing(void **state)
{
	(void)state;
	struct sample before[10], after[10];
	for (size_t i = 0; i < 10; i++) {
		before[i] = (struct sample){ i % 2 ? 2 : 4, 100 };
		after[i] = (struct sample){ i == 4 ? 60 : 0, 100 };
	}
	assert_true(significance_of_proportions(before, 10, after, 10) > 0.3);
}

/* The example of Benjamini and Hochberg's paper (1995, table 1): the first four are discoveries. */
static void false_discoveries(void **state)
{
	(void)state;
	double p[] = { 0.4262, 0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.5719, 0.6528, 0.7590, 1.0 };
	assert_near(significance_limit(p, 15, 0.05), 0.0095, 1e-9);
	double none[] = { 0.9, 0.2, 0.5 };
	assert_true(significance_limit(none, 3, 0.05) < 0);
}

/* Round trip times that are skewed, and resemble the one before by `r`: how often is a difference seen between two draws of the same? */
static double alarms_of_values(double r)
{
	unsigned alarms = 0;
	dice_state = 1;
	for (unsigned split = 0; split < SPLITS; split++) {
		struct sample both[2][INTERVALS];
		for (int side = 0; side < 2; side++) {
			double level = normal();
			for (size_t i = 0; i < INTERVALS; i++) {
				level = r * level + sqrt(1 - r * r) * normal();
				both[side][i] = (struct sample){ 20 + exp(level), 1 };
			}
		}
		alarms += significance_of_values(both[0], INTERVALS, both[1], INTERVALS) < 0.05;
	}
	return (double)alarms / SPLITS;
}

static void the_same_twice_raises_no_alarm(void **state)
{
	(void)state;
	assert_true(alarms_of_values(0) < 0.065);   /* of 1000 at 5 %: two standard errors are 1.4 % */
	assert_true(alarms_of_values(0.5) < 0.08);  /* without allowance for it: 0.25 */
}

/* Losses in bursts: in one interval of five each packet is lost with 5 %, else none. */
static void losses_in_bursts_raise_no_alarm(void **state)
{
	(void)state;
	unsigned alarms = 0;
	dice_state = 2;
	for (unsigned split = 0; split < SPLITS; split++) {
		struct sample both[2][INTERVALS];
		for (int side = 0; side < 2; side++)
			for (size_t i = 0; i < INTERVALS; i++) {
				const double risk = dice() < 0.2 ? 0.05 : 0;
				both[side][i] = (struct sample){ 0, 100 };
				for (int packet = 0; packet < 100; packet++)
					both[side][i].value += dice() < risk;
			}
		alarms += significance_of_proportions(both[0], INTERVALS, both[1], INTERVALS) < 0.05;
	}
	assert_true(alarms < SPLITS * 65 / 1000);
}

/* And what is there is seen: RTTs that are a standard deviation longer. */
static void a_real_difference_is_seen(void **state)
{
	(void)state;
	unsigned seen = 0;
	dice_state = 3;
	for (unsigned split = 0; split < 100; split++) {
		struct sample before[INTERVALS], after[INTERVALS];
		for (size_t i = 0; i < INTERVALS; i++) {
			before[i] = (struct sample){ 20 + normal(), 1 };
			after[i] = (struct sample){ 21 + normal(), 1 };
		}
		seen += significance_of_values(before, INTERVALS, after, INTERVALS) < 0.01;
	}
	assert_true(seen > 95);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_that_lie_apart),
		cmocka_unit_test(values_that_hang_together_count_less),
		cmocka_unit_test(ties_are_allowed_for),
		cmocka_unit_test(proportions_of_even_intervals),
		cmocka_unit_test(one_burst_proves_nothing),
		cmocka_unit_test(false_discoveries),
		cmocka_unit_test(the_same_twice_raises_no_alarm),
		cmocka_unit_test(losses_in_bursts_raise_no_alarm),
		cmocka_unit_test(a_real_difference_is_seen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
