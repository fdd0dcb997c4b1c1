#include "store/significance.h"

#include <math.h>
#include <stdlib.h>

#define AUTOCORRELATION_MOST 0.9

struct ranked {
	double value, rank;
	bool after;
	size_t index;
};

static int by_value(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	return (x->value > y->value) - (x->value < y->value);
}

/* By how much the variance of a mean of these is larger than if they were independent. */
static double inflation(const double *values, size_t count)
{
	double mean = 0, square = 0, product = 0;
	if (count < 3)
		return 1;
	for (size_t i = 0; i < count; i++)
		mean += values[i] / (double)count;
	for (size_t i = 0; i < count; i++) {
		square += (values[i] - mean) * (values[i] - mean);
		if (i > 0)
			product += (values[i] - mean) * (values[i - 1] - mean);
	}
	if (square <= 0 || product <= 0)
		return 1;
	/* The estimate is too low by about (1 + 3 r) / n (Kendall and Stuart, The Advanced Theory of Statistics 3, 48.4). */
	double r = product / square;
	r += (1 + 3 * r) / (double)count;
	r = r < AUTOCORRELATION_MOST ? r : AUTOCORRELATION_MOST;
	return (1 + r) / (1 - r);
}

static double two_sided(double z)
{
	return erfc(fabs(z) / sqrt(2));
}

/* Ranks, the same for those that are tied; returns the sum of t^3 - t over the groups of ties. */
static double rank(struct ranked *all, size_t count)
{
	double ties = 0;
	qsort(all, count, sizeof *all, by_value);
	for (size_t i = 0, end; i < count; i = end) {
		for (end = i + 1; end < count && !(all[end].value > all[i].value); end++)
			;
		const double tied = (double)(end - i);
		for (size_t k = i; k < end; k++)
			all[k].rank = ((double)(i + 1) + (double)end) / 2;
		ties += tied * tied * tied - tied;
	}
	return ties;
}

double significance_of_values(const struct sample *before, size_t before_count, const struct sample *after, size_t after_count)
{
	const size_t count = before_count + after_count;
	if (before_count == 0 || after_count == 0)
		return 1;
	struct ranked *all = malloc(count * sizeof *all);
	double *ranks = malloc(count * sizeof *ranks), p = -1;
	if (!all || !ranks)
		goto out;
	for (size_t i = 0; i < count; i++)
		all[i] = (struct ranked){
			.value = i < before_count ? before[i].value : after[i - before_count].value, .after = i >= before_count, .index = i,
		};
	const double ties = rank(all, count), n = (double)count, m1 = (double)before_count, m2 = (double)after_count;
	double sum = 0;
	for (size_t i = 0; i < count; i++) {
		ranks[all[i].index] = all[i].rank;
		sum += all[i].after ? all[i].rank : 0;
	}
	const double away = fabs(sum - m2 * (m2 + 1) / 2 - m1 * m2 / 2) - 0.5;
	const double usual = m1 * m2 / 12 * (n + 1 - ties / (n * (n - 1)));
	const double inflated = (m2 * inflation(ranks, before_count) + m1 * inflation(ranks + before_count, after_count)) / n;
	p = usual > 0 && away > 0 ? two_sided(away / sqrt(usual * inflated)) : 1;
out:
	free(all);
	free(ranks);
	return p;
}

double significance_proportion(const struct sample *samples, size_t count)
{
	double happened = 0, trials = 0;
	for (size_t i = 0; i < count; i++) {
		happened += samples[i].value;
		trials += samples[i].trials;
	}
	return trials > 0 ? happened / trials : NAN;
}

static double trials_of(const struct sample *samples, size_t count)
{
	double trials = 0;
	for (size_t i = 0; i < count; i++)
		trials += samples[i].trials;
	return trials;
}

/* Of the proportion, from what the intervals differ by; -1: no memory. */
static double variance_of(const struct sample *samples, size_t count)
{
	const double share = significance_proportion(samples, count), trials = trials_of(samples, count);
	double *rest = malloc(count * sizeof *rest), sum = 0;
	if (!rest)
		return -1;
	for (size_t i = 0; i < count; i++) {
		rest[i] = samples[i].value - share * samples[i].trials;
		sum += rest[i] * rest[i];
	}
	sum *= (double)count / (double)(count - 1) * inflation(rest, count) / (trials * trials);
	free(rest);
	return sum;
}

/* Student's t as a normal deviate (Wallace, 1959, Ann. Math. Stat. 30, 1124). */
static double normal_of(double t, double freedom)
{
	return (8 * freedom + 1) / (8 * freedom + 3) * sqrt(freedom * log1p(t * t / freedom));
}

double significance_of_proportions(const struct sample *before, size_t before_count, const struct sample *after, size_t after_count)
{
	if (before_count < 2 || after_count < 2)
		return 1;
	const double n1 = trials_of(before, before_count), n2 = trials_of(after, after_count);
	const double p1 = significance_proportion(before, before_count), p2 = significance_proportion(after, after_count);
	const double pooled = (p1 * n1 + p2 * n2) / (n1 + n2);
	const double v1 = variance_of(before, before_count), v2 = variance_of(after, after_count);
	if (v1 < 0 || v2 < 0)
		return -1;
	const double binomial = pooled > 0 && pooled < 1 ? pooled * (1 - pooled) * (1 / n1 + 1 / n2) : 0;
	const double variance = v1 + v2 > binomial ? v1 + v2 : binomial;
	if (!(variance > 0))
		return 1;
	/* Where one of the two varies alone, it alone has degrees of freedom (Welch, 1947). */
	const double f1 = (double)(before_count - 1), f2 = (double)(after_count - 1);
	const double freedom = v1 + v2 > 0 ? (v1 + v2) * (v1 + v2) / (v1 * v1 / f1 + v2 * v2 / f2) : f1 + f2;
	return two_sided(normal_of((p2 - p1) / sqrt(variance), freedom));
}

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

double significance_limit(double *p, size_t count, double rate)
{
	if (count > 0)
		qsort(p, count, sizeof *p, by_size);
	for (size_t i = count; i > 0; i--)
		if (p[i - 1] <= rate * (double)i / (double)count)
			return p[i - 1];
	return -1;
}

double significance_median(const struct sample *samples, size_t count)
{
	double *values = malloc((count ? count : 1) * sizeof *values), median = NAN;
	if (values && count > 0) {
		for (size_t i = 0; i < count; i++)
			values[i] = samples[i].value;
		qsort(values, count, sizeof *values, by_size);
		median = count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
	}
	free(values);
	return median;
}
