/* significance.h: is a difference more than noise? Pure. All tests are two-sided, and allow for intervals that resemble the ones before
 * them: n of these say as much as n (1 - r) / (1 + r) independent ones, r being their lag-1 autocorrelation (Bayley and Hammersley, 1946,
 * J. R. Stat. Soc. suppl. 8). */
#ifndef WIRETAPE_SIGNIFICANCE_H
#define WIRETAPE_SIGNIFICANCE_H

#include <stdbool.h>
#include <stddef.h>

/* One interval. */
struct sample {
	double value;  /* or what happened so often .. */
	double trials; /* .. of so many times; only of proportions, above 0 */
};

/* Mann and Whitney (1947): normal approximation with correction for ties and for continuity. 1 if either is empty; -1: no memory. Values
 * are finite. */
double significance_of_values(const struct sample *before, size_t before_count, const struct sample *after, size_t after_count);
/* Two proportions that intervals share unevenly: the variance is that between the intervals (Cochran, Sampling Techniques, 1977, 6.3), but
 * at least the binomial one; Student's t. 1 if either has fewer than two intervals. */
double significance_of_proportions(const struct sample *before, size_t before_count, const struct sample *after, size_t after_count);
/* Benjamini and Hochberg (1995): of `count` tests with p-values `p`, those at or below the result are discoveries of which no more than
 * `rate` are false. -1: none is. Sorts `p`. */
double significance_limit(double *p, size_t count, double rate);

double significance_median(const struct sample *samples, size_t count); /* NAN: empty, or no memory */
double significance_proportion(const struct sample *samples, size_t count); /* NAN: no trials */

#endif
