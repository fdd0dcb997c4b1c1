#include "analyze/engine/locate/locate_clock.h"

#include <math.h>
#include <stdlib.h>

#define WINDOWS 64
#define WINDOWS_LEAST 6	   /* with fewer, a slope says nothing */
#define DRIFT_MOST 1e-3	   /* clocks of computers are within some 100 ppm; what is more is a queue that fills */
#define PROOF 4.0	   /* a drift must move the minima by so many times what they scatter by */
#define SCATTER_LEAST_NS 5000.0
#define NORMAL_95 1.96	   /* so many standard deviations hold 95 % */
#define OUTLIERS_SHARE 10   /* of a direction; where more contradict the rest, the clocks do not go by a line */

struct window {
	bool filled;
	double t_ns, value_ns;
};

struct line {
	double slope, give_or_take;
	double scatter_ns; /* of the windows around it */
};

int64_t clock_offset_at(const struct clock_fit *fit, int64_t b_ns)
{
	return fit->offset_ns + (int64_t)(fit->drift * ((double)(b_ns - fit->reference_ns) - (double)fit->offset_ns));
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median_of(double *values, size_t count)
{
	qsort(values, count, sizeof *values, by_value);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static int by_number(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

bool clock_median(const struct clock_sample *samples, size_t count, int64_t *median_ns)
{
	int64_t *values = malloc(count * sizeof *values);
	if (!values)
		return false;
	for (size_t i = 0; i < count; i++)
		values[i] = samples[i].difference_ns;
	qsort(values, count, sizeof *values, by_number);
	*median_ns = values[count / 2];
	free(values);
	return true;
}

/* How far the median of these sorted slopes may be off, at 95 %: Kendall's statistic of `filled` windows that have no trend has this
 * spread (Sen 1968, Estimates of the regression coefficient based on Kendall's tau). */
static double spread_of(const double *slopes, size_t count, size_t filled)
{
	const double n = (double)filled, ranks = NORMAL_95 * sqrt(n * (n - 1) * (2 * n + 5) / 18);
	/* Counted from one, the interval goes from the slope of rank (count - ranks) / 2 to the one of rank (count + ranks) / 2 + 1. */
	const double low = floor(((double)count - ranks) / 2) - 1, high = ceil(((double)count + ranks) / 2);
	const double least = slopes[low > 0 ? (size_t)low : 0], most = slopes[high < (double)count ? (size_t)high : count - 1];
	return (most - least) / 2;
}

/* The median of all slopes between two windows (Theil and Sen): a third of the windows may be anything. False: too few. */
static bool line_through(const struct window *windows, struct line *line)
{
	double slopes[WINDOWS * (WINDOWS - 1) / 2], rest[WINDOWS];
	size_t count = 0, filled = 0;
	for (size_t i = 0; i < WINDOWS; i++) {
		filled += windows[i].filled;
		for (size_t k = 0; windows[i].filled && k < i; k++)
			if (windows[k].filled && windows[i].t_ns > windows[k].t_ns)
				slopes[count++] = (windows[i].value_ns - windows[k].value_ns) / (windows[i].t_ns - windows[k].t_ns);
	}
	if (filled < WINDOWS_LEAST || count == 0)
		return false;
	line->slope = median_of(slopes, count);
	line->give_or_take = spread_of(slopes, count, filled);
	count = 0;
	for (size_t i = 0; i < WINDOWS; i++)
		if (windows[i].filled)
			rest[count++] = windows[i].value_ns - line->slope * windows[i].t_ns;
	const double middle = median_of(rest, count);
	for (size_t i = 0; i < count; i++)
		rest[i] = rest[i] > middle ? rest[i] - middle : middle - rest[i];
	line->scatter_ns = median_of(rest, count);
	return true;
}

/* The window's shortest transit: the smallest difference on the way from A to B, the largest on the way back. */
static void fill(struct window *windows, const struct clock_sample *samples, size_t count, enum course course, uint32_t path)
{
	const double start_ns = (double)samples[0].t_ns, length_ns = (double)samples[count - 1].t_ns - start_ns + 1;
	for (size_t i = 0; i < count; i++) {
		if (course != COURSE_UNKNOWN ? samples[i].course != course : samples[i].path != path)
			continue;
		const double t_ns = (double)(samples[i].t_ns - samples[0].t_ns);
		struct window *window = &windows[(size_t)(t_ns / length_ns * WINDOWS) % WINDOWS];
		const double value_ns = (double)(samples[i].difference_ns - samples[0].difference_ns);
		if (window->filled && (course == COURSE_BA ? value_ns <= window->value_ns : value_ns >= window->value_ns))
			continue;
		*window = (struct window){ true, t_ns, value_ns };
	}
}

double clock_guess_drift(const struct clock_sample *samples, size_t count, uint32_t path)
{
	struct window windows[WINDOWS] = { 0 };
	struct line line;
	fill(windows, samples, count, COURSE_UNKNOWN, path);
	return line_through(windows, &line) && fabs(line.slope) <= DRIFT_MOST ? line.slope : 0;
}

/* Of the direction whose minima lie best on a line: where a queue fills, they do not. */
static void fit_drift(const struct clock_sample *samples, size_t count, struct clock_fit *fit)
{
	const double length_ns = (double)(samples[count - 1].t_ns - samples[0].t_ns);
	struct line best = { .scatter_ns = INFINITY };
	for (enum course course = COURSE_AB; course <= COURSE_BA; course++) {
		struct window windows[WINDOWS] = { 0 };
		struct line line;
		fill(windows, samples, count, course, 0);
		if (line_through(windows, &line) && line.scatter_ns < best.scatter_ns)
			best = line;
	}
	const double drift = fabs(best.slope);
	if (drift * length_ns <= PROOF * fmax(best.scatter_ns, SCATTER_LEAST_NS) || drift <= best.give_or_take || drift >= DRIFT_MOST)
		return;
	fit->drift = best.slope;
	fit->drift_uncertainty = best.give_or_take;
}

/* How B's clock would be ahead if this packet had needed no time, with the drift taken out. */
static int64_t bound_of(const struct clock_sample *sample, const struct clock_fit *fit)
{
	return sample->difference_ns - (int64_t)(fit->drift * (double)(sample->t_ns - fit->reference_ns));
}

/* Where the extremes contradict each other, some packets came before they were sent: forged, or not the same. What the fewest contradict
 * holds; of two such places the wider, since a round trip lies between true bounds. `upper` and `lower` are sorted. */
static void leave_out_fewest(const int64_t *upper, size_t uppers, const int64_t *lower, size_t lowers, int64_t bound_ns[2],
			     struct clock_fit *fit)
{
	const size_t most[2] = { uppers / OUTLIERS_SHARE, lowers / OUTLIERS_SHARE };
	size_t above = lowers, fewest = SIZE_MAX;
	for (size_t below = 0; below <= most[0]; below++) {
		while (above > 0 && lower[lowers - above] <= upper[below])
			above--;
		if (above > most[1] || below + above > fewest)
			continue;
		const int64_t least_ns = lower[lowers - 1 - above], wide_ns = upper[below] - least_ns;
		if (below + above == fewest && wide_ns <= bound_ns[COURSE_AB] - bound_ns[COURSE_BA])
			continue;
		fewest = below + above;
		bound_ns[COURSE_AB] = upper[below];
		bound_ns[COURSE_BA] = least_ns;
	}
	fit->outliers = fewest < SIZE_MAX ? fewest : 0;
}

static bool find_outliers(const struct clock_sample *samples, size_t count, int64_t bound_ns[2], struct clock_fit *fit)
{
	int64_t *values = malloc(count * sizeof *values);
	size_t uppers = 0, lowers = 0;
	if (!values)
		return false;
	for (size_t i = 0; i < count; i++)
		if (samples[i].course == COURSE_AB)
			values[uppers++] = bound_of(&samples[i], fit);
	for (size_t i = 0; i < count; i++)
		if (samples[i].course == COURSE_BA)
			values[uppers + lowers++] = bound_of(&samples[i], fit);
	qsort(values, uppers, sizeof *values, by_number);
	qsort(values + uppers, lowers, sizeof *values, by_number);
	leave_out_fewest(values, uppers, values + uppers, lowers, bound_ns, fit);
	free(values);
	return true;
}

bool clock_make_fit(const struct clock_sample *samples, size_t count, struct clock_fit *fit)
{
	bool seen[2] = { false, false };
	int64_t bound_ns[2] = { 0, 0 };
	*fit = (struct clock_fit){ .reference_ns = samples[0].t_ns };
	fit_drift(samples, count, fit);
	for (size_t i = 0; i < count; i++) {
		const unsigned course = samples[i].course;
		if (course > COURSE_BA)
			continue;
		const int64_t value_ns = bound_of(&samples[i], fit);
		if (!seen[course] || (course == COURSE_AB ? value_ns < bound_ns[course] : value_ns > bound_ns[course]))
			bound_ns[course] = value_ns;
		seen[course] = true;
	}
	fit->both_ways = seen[COURSE_AB] && seen[COURSE_BA];
	fit->offset_ns = seen[COURSE_AB] ? bound_ns[COURSE_AB] : bound_ns[COURSE_BA];
	if (!fit->both_ways)
		return true;
	if (bound_ns[COURSE_AB] < bound_ns[COURSE_BA] && !find_outliers(samples, count, bound_ns, fit))
		return false;
	fit->uncertainty_ns = (bound_ns[COURSE_AB] - bound_ns[COURSE_BA]) / 2;
	fit->offset_ns = bound_ns[COURSE_BA] + fit->uncertainty_ns;
	if (fit->uncertainty_ns < 0)
		fit->uncertainty_ns = -fit->uncertainty_ns;
	return true;
}
