#include "analyze/engine/locate/locate_survey.h"

#include <stdlib.h>
#include <string.h>

#define ITEMS_MAX 1000000 /* of each capture: 24 MB */
#define ITEMS_LEAST 16384

struct sample {
	struct survey_item *items;
	size_t count, room;
	uint64_t limit; /* hashes above it are not kept */
};

struct locate_survey {
	struct sample taps[2];
};

struct locate_survey *locate_survey_new(void)
{
	struct locate_survey *survey = calloc(1, sizeof *survey);
	if (survey)
		survey->taps[TAP_A].limit = survey->taps[TAP_B].limit = UINT64_MAX;
	return survey;
}

void locate_survey_free(struct locate_survey *survey)
{
	if (!survey)
		return;
	free(survey->taps[TAP_A].items);
	free(survey->taps[TAP_B].items);
	free(survey);
}

static void keep_below(struct sample *sample, uint64_t limit)
{
	size_t kept = 0;
	sample->limit = limit;
	for (size_t i = 0; i < sample->count; i++)
		if (sample->items[i].identity <= limit)
			sample->items[kept++] = sample->items[i];
	sample->count = kept;
}

bool locate_survey_add(struct locate_survey *survey, enum tap tap, const struct survey_item *item)
{
	struct sample *sample = &survey->taps[tap];
	if (item->identity > sample->limit)
		return true;
	while (sample->count == ITEMS_MAX && sample->limit > 0)
		keep_below(sample, sample->limit / 2);
	if (sample->count == sample->room) {
		size_t room = sample->room ? sample->room * 2 : ITEMS_LEAST;
		if (room > ITEMS_MAX)
			room = ITEMS_MAX;
		struct survey_item *items = room > sample->room ? realloc(sample->items, room * sizeof *items) : NULL;
		if (!items)
			return false;
		sample->items = items;
		sample->room = room;
	}
	if (item->identity <= sample->limit)
		sample->items[sample->count++] = *item;
	return true;
}

static int by_identity(const void *a, const void *b)
{
	const uint64_t x = ((const struct survey_item *)a)->identity, y = ((const struct survey_item *)b)->identity;
	return (x > y) - (x < y);
}

static int by_time(const void *a, const void *b)
{
	const struct clock_sample *x = a, *y = b;
	if (x->t_ns != y->t_ns)
		return x->t_ns > y->t_ns ? 1 : -1;
	return (x->difference_ns > y->difference_ns) - (x->difference_ns < y->difference_ns);
}

/* Sorted, and without those that stand there twice. */
static void sort_unique(struct sample *sample)
{
	struct survey_item *items = sample->items;
	size_t kept = 0;
	if (sample->count)
		qsort(items, sample->count, sizeof *items, by_identity);
	for (size_t i = 0; i < sample->count;) {
		size_t end = i + 1;
		while (end < sample->count && items[end].identity == items[i].identity)
			end++;
		if (end == i + 1)
			items[kept++] = items[i];
		i = end;
	}
	sample->count = kept;
}

static struct clock_sample sample_of(const struct survey_item *a, const struct survey_item *b)
{
	return (struct clock_sample){
		.t_ns = a->t_ns,
		.difference_ns = (int64_t)((uint64_t)b->t_ns - (uint64_t)a->t_ns),
		.path = a->path,
		.path_b = b->path,
		.ttl_drop = (uint8_t)(b->ttl < a->ttl ? 1 : a->ttl < b->ttl ? 2 : 0),
		.course = COURSE_UNKNOWN,
	};
}

bool locate_survey_join(struct locate_survey *survey, struct clock_sample **samples, size_t *count)
{
	struct sample *a = &survey->taps[TAP_A], *b = &survey->taps[TAP_B];
	const uint64_t limit = a->limit < b->limit ? a->limit : b->limit;
	*samples = NULL;
	*count = 0;
	keep_below(a, limit);
	keep_below(b, limit);
	sort_unique(a);
	sort_unique(b);
	if (a->count == 0 || b->count == 0)
		return true;
	struct clock_sample *joined = malloc((a->count < b->count ? a->count : b->count) * sizeof *joined);
	if (!joined)
		return false;
	for (size_t i = 0, k = 0; i < a->count && k < b->count;) {
		if (a->items[i].identity < b->items[k].identity)
			i++;
		else if (b->items[k].identity < a->items[i].identity)
			k++;
		else
			joined[(*count)++] = sample_of(&a->items[i++], &b->items[k++]);
	}
	if (*count)
		qsort(joined, *count, sizeof *joined, by_time);
	*samples = joined;
	return true;
}
