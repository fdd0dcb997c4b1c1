#include "analyze/engine/locate/locate_internal.h"

#include <math.h>
#include <stdlib.h>

#define FAR_NS INT64_C(60000000000) /* from the middle difference: not the same packet, whatever its bytes say */
#define LATE_LEAST_NS 1000000
#define QUARTILES 5
#define INTERVALS_WANTED 30
#define EDGE_SAMPLES 2048

static int by_number(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static size_t drop_far(struct clock_sample *samples, size_t count, int64_t median_ns)
{
	size_t kept = 0;
	for (size_t i = 0; i < count; i++) {
		const int64_t away_ns = samples[i].difference_ns - median_ns;
		if (away_ns < FAR_NS && away_ns > -FAR_NS)
			samples[kept++] = samples[i];
	}
	return kept;
}

static uint32_t most_sampled(struct locate_flows *flows, const struct clock_sample *samples, size_t count)
{
	uint32_t best = NO_PATH;
	for (size_t i = 0; i < count; i++) {
		struct located_path *path = locate_path_at(flows, samples[i].path);
		if (!path)
			continue;
		path->samples++;
		if (best == NO_PATH || path->samples > locate_path_at(flows, best)->samples)
			best = samples[i].path;
	}
	return best;
}

static double levelled(const struct clock_sample *samples, size_t i, double drift)
{
	return (double)(samples[i].difference_ns - samples[0].difference_ns) - drift * (double)(samples[i].t_ns - samples[0].t_ns);
}

/* What all but the lowest and the highest twentieth lie between: a wild sample shall count, but not turn its path round. */
static void find_edges(const struct clock_sample *samples, size_t count, double drift, double *low_ns, double *high_ns)
{
	double values[EDGE_SAMPLES] = { 0 };
	const size_t step = (count + EDGE_SAMPLES - 1) / EDGE_SAMPLES;
	size_t taken = 0;
	for (size_t i = 0; i < count; i += step)
		values[taken++] = levelled(samples, i, drift);
	qsort(values, taken, sizeof *values, by_value);
	*low_ns = values[taken / 20];
	*high_ns = values[taken - 1 - taken / 20];
}

static void sum_paths(struct locate_flows *flows, const struct clock_sample *samples, size_t count)
{
	const double drift = clock_guess_drift(samples, count, most_sampled(flows, samples, count));
	double low_ns, high_ns;
	find_edges(samples, count, drift, &low_ns, &high_ns);
	for (size_t i = 0; i < count; i++) {
		struct located_path *path = locate_path_at(flows, samples[i].path);
		if (!path)
			continue;
		path->sum_ns += fmin(fmax(levelled(samples, i, drift), low_ns), high_ns);
		path->forward_ttl += samples[i].ttl_drop == 1;
		path->backward_ttl += samples[i].ttl_drop == 2;
	}
}

static double mean_of(const struct located_path *path)
{
	return path->sum_ns / path->samples;
}

/* A router between the taps says it; else the direction in which B's time is later is the one from A. */
static enum course course_of(struct locate_flows *flows, uint32_t index)
{
	const struct located_path *path = locate_path_at(flows, index);
	const struct located_path *back = locate_path_at(flows, locate_path_back(flows, index));
	if (path->samples == 0)
		return COURSE_UNKNOWN;
	if (path->forward_ttl > path->samples / 2)
		return COURSE_AB;
	if (path->backward_ttl > path->samples / 2)
		return COURSE_BA;
	if (!back || back->samples == 0 || back == path)
		return COURSE_UNKNOWN;
	return mean_of(path) > mean_of(back) ? COURSE_AB : COURSE_BA;
}

/* Paths whose packets go one way only, by where their difference lies beside the others'. Where there are no others, from A to B. */
static void settle_one_way(struct locate_flows *flows)
{
	double sum[2] = { 0, 0 }, samples[2] = { 0, 0 };
	for (uint32_t i = 0; i < locate_paths_count(flows); i++) {
		const struct located_path *path = locate_path_at(flows, i);
		if (path->course == COURSE_UNKNOWN)
			continue;
		sum[path->course] += path->sum_ns;
		samples[path->course] += path->samples;
	}
	for (uint32_t i = 0; i < locate_paths_count(flows); i++) {
		struct located_path *path = locate_path_at(flows, i);
		if (path->course != COURSE_UNKNOWN || path->samples == 0)
			continue;
		path->course = COURSE_AB;
		if (samples[COURSE_AB] <= 0 || samples[COURSE_BA] <= 0)
			continue;
		const double middle = (sum[COURSE_AB] / samples[COURSE_AB] + sum[COURSE_BA] / samples[COURSE_BA]) / 2;
		path->course = mean_of(path) > middle ? COURSE_AB : COURSE_BA;
	}
}

static void settle_courses(struct locate_flows *flows, struct clock_sample *samples, size_t count)
{
	sum_paths(flows, samples, count);
	for (uint32_t i = 0; i < locate_paths_count(flows); i++)
		locate_path_at(flows, i)->course = (uint8_t)course_of(flows, i);
	settle_one_way(flows);
	for (size_t i = 0; i < count; i++) {
		const struct located_path *path = locate_path_at(flows, samples[i].path);
		struct located_path *there = locate_path_at(flows, samples[i].path_b);
		if (!path)
			continue;
		samples[i].course = path->course;
		if (there && there->course == COURSE_UNKNOWN)
			there->course = path->course;
	}
}

/* What is usual for a transit in this direction. */
static bool settle_transits(struct locate *locate, const struct clock_sample *samples, size_t count, enum course course)
{
	struct locate_direction *direction = &locate->summary.directions[course];
	int64_t *transits = malloc(count * sizeof *transits);
	size_t found = 0;
	if (!transits)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (samples[i].course != course)
			continue;
		const int64_t b_ns = samples[i].t_ns + samples[i].difference_ns;
		const int64_t later_ns = samples[i].difference_ns - clock_offset_at(&locate->summary.clock, b_ns);
		const int64_t transit_ns = course == COURSE_AB ? later_ns : -later_ns;
		if (transit_ns >= 0 || !locate->summary.clock.outliers)
			transits[found++] = transit_ns;
	}
	direction->late_ns = locate->options.delay_ns ? locate->options.delay_ns : INT64_MAX;
	if (found) {
		qsort(transits, found, sizeof *transits, by_number);
		const int64_t middle_ns = transits[found / 2];
		const int64_t quartiles_ns = QUARTILES * (transits[found * 3 / 4] - middle_ns), most_ns = transits[found * 19 / 20] - middle_ns;
		const int64_t above_ns = quartiles_ns > most_ns ? quartiles_ns : most_ns;
		direction->usual_ns = middle_ns;
		direction->varies_ns = above_ns > LATE_LEAST_NS ? above_ns : LATE_LEAST_NS;
		direction->shortest_ns = transits[0];
		direction->longest_ns = transits[found - 1];
		if (!locate->options.delay_ns)
			direction->late_ns = middle_ns + direction->varies_ns;
	}
	free(transits);
	return true;
}

void locate_span(const struct locate *locate, enum tap tap, int64_t *first_ns, int64_t *last_ns)
{
	const struct locate_capture *capture = &locate->summary.captures[tap];
	*first_ns = locate_common_time(locate, tap, capture->first_ns);
	*last_ns = locate_common_time(locate, tap, capture->last_ns);
}

/* What the survey saw is no copy of what comes again now. */
static bool forget_duplicates(struct locate *locate)
{
	for (int tap = TAP_A; tap <= TAP_B; tap++) {
		duplicates_free(locate->duplicates[tap]);
		locate->duplicates[tap] = duplicates_new();
		if (!locate->duplicates[tap])
			return false;
	}
	return true;
}

static void settle_intervals(struct locate *locate)
{
	static const int64_t lengths_ms[] = { 100, 200, 500, 1000, 2000, 5000, 10000, 30000, 60000, 300000, 600000, 3600000, 86400000 };
	struct locate_summary *summary = &locate->summary;
	int64_t first_ns[2], last_ns[2];
	locate_span(locate, TAP_A, &first_ns[0], &last_ns[0]);
	locate_span(locate, TAP_B, &first_ns[1], &last_ns[1]);
	summary->from_ns = first_ns[0] > first_ns[1] ? first_ns[0] : first_ns[1];
	summary->to_ns = last_ns[0] < last_ns[1] ? last_ns[0] : last_ns[1];
	if (summary->to_ns < summary->from_ns)
		summary->to_ns = summary->from_ns;
	for (size_t i = 0; i < sizeof lengths_ms / sizeof lengths_ms[0]; i++) {
		summary->interval_ns = lengths_ms[i] * 1000000;
		if ((summary->to_ns - summary->from_ns) / summary->interval_ns < INTERVALS_WANTED)
			break;
	}
	const int64_t intervals = (summary->to_ns - summary->from_ns) / summary->interval_ns + 1;
	summary->intervals = intervals < LOCATE_INTERVALS_MAX ? (uint32_t)intervals : LOCATE_INTERVALS_MAX;
}

enum status locate_settle(struct locate *locate)
{
	struct clock_sample *samples = NULL;
	size_t count = 0;
	int64_t median_ns;
	enum status status = STATUS_NO_MEMORY;
	if (!locate_survey_join(locate->survey, &samples, &count))
		return STATUS_NO_MEMORY;
	if (count > 0) {
		if (!clock_median(samples, count, &median_ns))
			goto out;
		count = drop_far(samples, count, median_ns);
	}
	locate->summary.common = count;
	if (count == 0) {
		status = STATUS_NOT_FOUND;
		goto out;
	}
	settle_courses(locate->flows, samples, count);
	if (!clock_make_fit(samples, count, &locate->summary.clock) || !forget_duplicates(locate) || !locate_learn_sides(locate->flows) ||
	    !settle_transits(locate, samples, count, COURSE_AB) || !settle_transits(locate, samples, count, COURSE_BA))
		goto out;
	settle_intervals(locate);
	locate->rule.payload_bytes = locate->payload_kept < IDENTITY_PAYLOAD_MAX ? locate->payload_kept : IDENTITY_PAYLOAD_MAX;
	locate_survey_free(locate->survey);
	locate->survey = NULL;
	status = STATUS_OK;
out:
	free(samples);
	return status;
}
