#include "analyze/cmd/difference.h"

#include "analyze/cmd/answer.h"
#include "analyze/cmd/csv.h"
#include "analyze/cmd/interrupt.h"
#include "analyze/cmd/terminal.h"
#include "store/embedded.h"
#include "store/reader.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FALSE_DISCOVERIES 0.05
#define VALUES_LEAST 5	    /* intervals of each side */
#define INTERVALS_LEAST 3   /* of proportions */
#define TRIALS_LEAST 30

struct measure {
	const char *name, *unit;
	bool proportion, lower_is_worse;
	double relative, absolute;
};

#define MEASURES_MAX 64

struct measures {
	struct measure list[MEASURES_MAX];
	size_t count;
};

/* The samples of one measure, scope and key. */
struct group {
	const char *measure, *scope, *key;
	struct sample *samples;
	size_t count, room;
};

struct side {
	struct csv csv;
	struct group group;
	bool has_row; /* the row after the group's last is read */
	const char *row[5];
};

static bool ask(const char *path, const char *name, const struct parameter *parameters, size_t count, char **text)
{
	struct reader *reader = reader_new();
	enum status status = reader ? reader_open(reader, path) : STATUS_NO_MEMORY;
	const bool opened = status == STATUS_OK;
	if (opened) {
		reader_interrupt_on(reader, interrupt_flag());
		status = answer_text(reader, embedded_sql_text(name), parameters, count, text);
	}
	if (status != STATUS_OK && !*interrupt_flag())
		complain(opened ? "%s: %s" : "%.0s%s", path, reader && reader_error(reader)[0] ? reader_error(reader) : status_text(status));
	reader_free(reader);
	return status == STATUS_OK;
}

static bool read_measures(struct measures *measures, char *text)
{
	struct csv csv = csv_start(text);
	csv_next_row(&csv);
	while (csv_next_row(&csv) && measures->count < MEASURES_MAX) {
		const char *field[6];
		for (size_t i = 0; i < 6; i++)
			if (!(field[i] = csv_next_field(&csv)))
				return false;
		measures->list[measures->count++] = (struct measure){
			.name = field[0], .proportion = strcmp(field[1], "proportion") == 0, .unit = field[2],
			.lower_is_worse = strcmp(field[3], "lower") == 0, .relative = strtod(field[4], NULL) / 100,
			.absolute = strtod(field[5], NULL),
		};
	}
	return true;
}

/* The longer of both databases' intervals, as text. */
static bool choose_interval(const char *const paths[2], char text[32])
{
	int64_t longest = 0;
	for (size_t i = 0; i < 2; i++) {
		char *answer = NULL;
		if (!ask(paths[i], "difference_intervals.sql", NULL, 0, &answer)) {
			free(answer);
			return false;
		}
		const char *row = strchr(answer, '\n');
		const int64_t interval = row ? strtoll(row, NULL, 10) : 0;
		free(answer);
		if (interval <= 0) {
			complain("%s: its timeline is empty: nothing to compare", paths[i]);
			return false;
		}
		longest = interval > longest ? interval : longest;
	}
	snprintf(text, 32, "%" PRId64, longest);
	return true;
}

static bool next_row(struct side *side)
{
	side->has_row = csv_next_row(&side->csv);
	for (size_t i = 0; side->has_row && i < 5; i++)
		if (!(side->row[i] = csv_next_field(&side->csv)))
			side->has_row = false;
	return side->has_row;
}

/* Reads the rows that belong together; the group is empty after the last. False: out of memory. */
static bool next_group(struct side *side)
{
	struct group *group = &side->group;
	group->count = 0;
	if (!side->has_row)
		return true;
	group->measure = side->row[0];
	group->scope = side->row[1];
	group->key = side->row[2];
	do {
		if (group->count == group->room) {
			const size_t room = group->room ? group->room * 2 : 128;
			struct sample *samples = realloc(group->samples, room * sizeof *samples);
			if (!samples)
				return false;
			group->samples = samples;
			group->room = room;
		}
		group->samples[group->count++] = (struct sample){strtod(side->row[3], NULL), strtod(side->row[4], NULL)};
	} while (next_row(side) && strcmp(side->row[0], group->measure) == 0 && strcmp(side->row[1], group->scope) == 0 &&
		 strcmp(side->row[2], group->key) == 0);
	return true;
}

/* As SQL has sorted them; one that has ended comes last. */
static int order(const struct group *a, const struct group *b)
{
	if (a->count == 0 || b->count == 0)
		return a->count == b->count ? 0 : a->count == 0 ? 1 : -1;
	int result = strcmp(a->measure, b->measure);
	if (result == 0)
		result = strcmp(a->scope, b->scope);
	return result ? result : strcmp(a->key, b->key);
}

static bool add_lonely(struct differences *differences, const struct group *group, bool after)
{
	if (group->measure[0])
		return true; /* the key may be there: it has too little of this measure */
	struct lonely *lonely = realloc(differences->lonely, (differences->lonely_count + 1) * sizeof *lonely);
	if (!lonely)
		return false;
	differences->lonely = lonely;
	lonely[differences->lonely_count++] = (struct lonely){group->scope, group->key, group->samples[0].value, after};
	return true;
}

static bool is_enough(const struct measure *measure, const struct group *group)
{
	double trials = 0;
	if (!measure->proportion)
		return group->count >= VALUES_LEAST;
	for (size_t i = 0; i < group->count; i++)
		trials += group->samples[i].trials;
	return group->count >= INTERVALS_LEAST && trials >= TRIALS_LEAST;
}

static bool add_difference(struct differences *differences, const struct measure *measure, const struct group *before,
			   const struct group *after)
{
	if (!is_enough(measure, before) || !is_enough(measure, after))
		return true;
	struct difference *rows = realloc(differences->rows, (differences->count + 1) * sizeof *rows);
	if (!rows)
		return false;
	differences->rows = rows;
	struct difference *row = &rows[differences->count++];
	*row = (struct difference){
		.measure = measure->name, .unit = measure->unit, .scope = before->scope, .key = before->key,
		.before_intervals = before->count, .after_intervals = after->count,
	};
	if (measure->proportion) {
		row->before = 100 * significance_proportion(before->samples, before->count);
		row->after = 100 * significance_proportion(after->samples, after->count);
		row->p = significance_of_proportions(before->samples, before->count, after->samples, after->count);
	} else {
		row->before = significance_median(before->samples, before->count);
		row->after = significance_median(after->samples, after->count);
		row->p = significance_of_values(before->samples, before->count, after->samples, after->count);
	}
	row->severity = fabs(log((fabs(row->after) + measure->absolute) / (fabs(row->before) + measure->absolute)));
	return row->p >= 0;
}

static const struct measure *find_measure(const struct measures *measures, const char *name)
{
	for (size_t i = 0; i < measures->count; i++)
		if (strcmp(measures->list[i].name, name) == 0)
			return &measures->list[i];
	return NULL;
}

/* Both lists, which are sorted, in step. False: out of memory. */
static bool merge(struct differences *differences, const struct measures *measures, struct side *sides)
{
	for (size_t i = 0; i < 2; i++) {
		csv_next_row(&sides[i].csv); /* the header */
		next_row(&sides[i]);
		if (!next_group(&sides[i]))
			return false;
	}
	struct group *before = &sides[0].group, *after = &sides[1].group;
	while (before->count || after->count) {
		const int which = order(before, after);
		const struct measure *measure = which == 0 ? find_measure(measures, before->measure) : NULL;
		const bool good = which ? add_lonely(differences, which < 0 ? before : after, which > 0)
					: !measure || add_difference(differences, measure, before, after);
		if (!good || (which <= 0 && !next_group(&sides[0])) || (which >= 0 && !next_group(&sides[1])))
			return false;
	}
	return true;
}

static int by_change(const void *a, const void *b)
{
	const struct difference *x = a, *y = b;
	if (x->change != y->change)
		return x->change < y->change ? 1 : -1;
	return (x->severity < y->severity) - (x->severity > y->severity);
}

/* What is more than noise, and large enough to matter. */
static bool judge(struct differences *differences, const struct measures *measures)
{
	double *p = malloc((differences->count ? differences->count : 1) * sizeof *p);
	if (!p)
		return false;
	for (size_t i = 0; i < differences->count; i++)
		p[i] = differences->rows[i].p;
	const double limit = significance_limit(p, differences->count, FALSE_DISCOVERIES);
	free(p);
	for (size_t i = 0; i < differences->count; i++) {
		struct difference *row = &differences->rows[i];
		const struct measure *measure = find_measure(measures, row->measure);
		const double moved = row->after - row->before;
		if (row->p > limit || fabs(moved) < measure->absolute || fabs(moved) < measure->relative * fabs(row->before))
			continue;
		row->change = (moved < 0) == measure->lower_is_worse ? CHANGE_WORSE : CHANGE_BETTER;
		differences->worse += row->change == CHANGE_WORSE;
		differences->better += row->change == CHANGE_BETTER;
	}
	if (differences->count)
		qsort(differences->rows, differences->count, sizeof *differences->rows, by_change);
	return true;
}

bool differences_find(struct differences *differences, const char *before, const char *after)
{
	const char *const paths[2] = {before, after};
	struct measures measures = {0};
	struct side sides[2] = {0};
	char interval[32];
	bool good = false;
	if (!choose_interval(paths, interval) || !ask(before, "difference_measures.sql", NULL, 0, &differences->measures))
		return false;
	const struct parameter parameter = {"interval_ns", interval};
	for (size_t i = 0; i < 2; i++) {
		if (!ask(paths[i], "difference_samples.sql", &parameter, 1, &differences->texts[i]))
			goto out;
		sides[i].csv = csv_start(differences->texts[i]);
	}
	good = read_measures(&measures, differences->measures) && merge(differences, &measures, sides) && judge(differences, &measures);
	if (!good)
		complain("out of memory");
out:
	free(sides[0].group.samples);
	free(sides[1].group.samples);
	return good;
}

void differences_free(struct differences *differences)
{
	free(differences->rows);
	free(differences->lonely);
	free(differences->measures);
	free(differences->texts[0]);
	free(differences->texts[1]);
}
