#include "capture/history.h"

#include <stdlib.h>
#include <string.h>

/* The rows of one key, in a ring. */
struct series {
	struct interval_facts *rows; /* HISTORY_ROWS; NULL: not in use */
	struct live_counters *live;  /* likewise; scope all only */
	bool has_live[HISTORY_ROWS];
	size_t count, next;
	uint64_t used; /* the clock when a row was added last */
};

struct history {
	uint64_t clock; /* counts intervals */
	int64_t t_ns;	/* of the interval that is being added */
	struct series series[HISTORY_KEYS];
};

struct history *history_new(void)
{
	struct history *history = calloc(1, sizeof(*history));
	if (history)
		history->t_ns = NO_TIME;
	return history;
}

void history_free(struct history *history)
{
	if (!history)
		return;
	for (size_t i = 0; i < HISTORY_KEYS; i++) {
		free(history->series[i].rows);
		free(history->series[i].live);
	}
	free(history);
}

bool same_key(const struct interval_facts *a, const struct interval_facts *b)
{
	return a->scope == b->scope && a->rest == b->rest && a->port == b->port && a->protocol == b->protocol &&
	       !memcmp(&a->address, &b->address, sizeof(a->address));
}

static const struct series *find(const struct history *history, const struct interval_facts *facts)
{
	for (size_t i = 0; i < HISTORY_KEYS; i++) {
		const struct series *series = &history->series[i];
		if (series->count && same_key(&series->rows[0], facts))
			return series;
	}
	return NULL;
}

/* NULL: all are in use in this interval, or out of memory. */
static struct series *make_room(struct history *history, const struct interval_facts *facts)
{
	struct series *oldest = &history->series[0];
	for (size_t i = 1; i < HISTORY_KEYS; i++)
		if (history->series[i].used < oldest->used)
			oldest = &history->series[i];
	if (oldest->used == history->clock)
		return NULL;
	if (!oldest->rows)
		oldest->rows = calloc(HISTORY_ROWS, sizeof(*oldest->rows));
	if (facts->scope == SCOPE_ALL && !oldest->live)
		oldest->live = calloc(HISTORY_ROWS, sizeof(*oldest->live));
	oldest->count = oldest->next = 0;
	return oldest->rows && (facts->scope != SCOPE_ALL || oldest->live) ? oldest : NULL;
}

void history_add(struct history *history, const struct interval_facts *facts, const struct live_counters *live)
{
	if (facts->t_ns != history->t_ns) {
		history->t_ns = facts->t_ns;
		history->clock++;
	}
	struct series *series = (struct series *)find(history, facts);
	if (!series && !(series = make_room(history, facts)))
		return;
	bool has_live = live && facts->scope == SCOPE_ALL && series->live;
	series->rows[series->next] = *facts;
	series->has_live[series->next] = has_live;
	if (has_live)
		series->live[series->next] = *live;
	series->next = (series->next + 1) % HISTORY_ROWS;
	series->count += series->count < HISTORY_ROWS;
	series->used = history->clock;
}

size_t history_count(const struct history *history, const struct interval_facts *facts)
{
	const struct series *series = find(history, facts);
	return series ? series->count : 0;
}

const struct interval_facts *history_row(const struct history *history, const struct interval_facts *facts, size_t index,
					 const struct live_counters **live)
{
	const struct series *series = find(history, facts);
	size_t at = (series->next + HISTORY_ROWS - series->count + index) % HISTORY_ROWS;
	*live = series->has_live[at] ? &series->live[at] : NULL;
	return &series->rows[at];
}
