#include "capture/triggers.h"

#include "capture/history.h"
#include "store/predicate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_NS INT64_C(3600000000000)
#define ROWS_MAX 8192	/* of one interval; the engine's timeline has fewer */
#define REST_INTERVALS 60 /* a predicate that took too long is not tried again for so many */

/* A key for which a rule's predicate holds, and has held in each interval since. */
struct run {
	struct interval_facts key; /* its scope and key count */
	int64_t since_ns, last_ns;
	bool fired, suppressed;
};

/* A rule at work. */
struct active {
	const struct rule *rule;
	struct run *runs, *next; /* as of the last interval, and of the one that is tested */
	size_t run_count, next_count, capacity;
	int64_t fired_ns; /* NO_TIME: not yet */
	unsigned resting; /* intervals */
};

struct row {
	struct interval_facts facts;
	struct live_counters live;
	bool has_live;
};

struct triggers {
	struct predicates *predicates, *writer; /* writer: for rows that are past */
	struct active *active;
	size_t active_count;
	struct row *rows; /* of the interval that is being closed */
	size_t row_count, row_capacity;
	struct history *history;
	int64_t *fired; /* of the last hour, a ring of `cap` */
	uint32_t cap, fired_count, fired_next;
	struct triggers_counters counters;
	char error[640];
	/* While one predicate is tested. */
	struct active *testing;
};

static bool compile(struct triggers *triggers, const struct rule *rule, char *message, size_t message_bytes)
{
	char reason[4096];
	if (!rule->when) {
		snprintf(message, message_bytes, "trigger %s: it has no `when`", rule->name);
		return false;
	}
	if (predicates_add(triggers->predicates, rule->scope, rule->when, reason, sizeof(reason))) {
		snprintf(message, message_bytes, "trigger %s: when = %s: %s", rule->name, rule->when, reason);
		return false;
	}
	triggers->active[triggers->active_count++] = (struct active){ .rule = rule, .fired_ns = NO_TIME };
	return true;
}

struct triggers *triggers_new(const struct rules *rules, uint32_t incidents_per_hour, char *message, size_t message_bytes)
{
	struct triggers *triggers = calloc(1, sizeof(*triggers));
	if (!triggers)
		goto out_of_memory;
	triggers->cap = incidents_per_hour;
	triggers->predicates = predicates_new();
	triggers->writer = predicates_new();
	triggers->history = history_new();
	triggers->active = calloc(rules_count(rules) + 1, sizeof(*triggers->active));
	triggers->fired = calloc((size_t)incidents_per_hour + 1, sizeof(*triggers->fired));
	if (!triggers->predicates || !triggers->writer || !triggers->history || !triggers->active || !triggers->fired)
		goto out_of_memory;
	for (size_t i = 0; i < rules_count(rules); i++) {
		const struct rule *rule = rules_at(rules, i);
		if (rule->enabled && !compile(triggers, rule, message, message_bytes)) {
			triggers_free(triggers);
			return NULL;
		}
	}
	return triggers;
out_of_memory:
	snprintf(message, message_bytes, "triggers: out of memory");
	triggers_free(triggers);
	return NULL;
}

void triggers_free(struct triggers *triggers)
{
	if (!triggers)
		return;
	for (size_t i = 0; i < triggers->active_count; i++) {
		free(triggers->active[i].runs);
		free(triggers->active[i].next);
	}
	free(triggers->active);
	free(triggers->fired);
	free(triggers->rows);
	history_free(triggers->history);
	predicates_free(triggers->predicates);
	predicates_free(triggers->writer);
	free(triggers);
}

static void fail(struct triggers *triggers, const char *what, const char *why)
{
	triggers->counters.errors++;
	snprintf(triggers->error, sizeof(triggers->error), "%s: %s", what, why);
}

void triggers_put(struct triggers *triggers, const struct interval_facts *facts, const struct live_counters *live)
{
	if (triggers->row_count == triggers->row_capacity) {
		size_t capacity = triggers->row_capacity ? triggers->row_capacity * 2 : 64;
		struct row *rows = capacity <= ROWS_MAX ? realloc(triggers->rows, capacity * sizeof(*rows)) : NULL;
		if (!rows) {
			fail(triggers, "a row", "there are too many in one interval, or memory is out");
			return;
		}
		triggers->rows = rows;
		triggers->row_capacity = capacity;
	}
	if (predicates_put(triggers->predicates, facts, live)) {
		fail(triggers, "a row", predicates_error(triggers->predicates));
		return;
	}
	struct row *row = &triggers->rows[triggers->row_count++];
	row->facts = *facts;
	row->has_live = live && facts->scope == SCOPE_ALL;
	if (row->has_live)
		row->live = *live;
}

/* The newest of this key; NULL: there is none. */
static const struct run *run_of(const struct run *runs, size_t count, const struct interval_facts *facts)
{
	while (count-- > 0)
		if (same_key(&runs[count].key, facts))
			return &runs[count];
	return NULL;
}

/* The predicate holds for this row: its run goes on, or begins. */
static void holds(void *user, size_t index)
{
	struct triggers *triggers = user;
	struct active *active = triggers->testing;
	if (index >= triggers->row_count || !active->next || active->next_count == active->capacity)
		return;
	const struct interval_facts *facts = &triggers->rows[index].facts;
	const struct run *before = run_of(active->next, active->next_count, facts);
	if (!before)
		before = run_of(active->runs, active->run_count, facts);
	struct run *run = &active->next[active->next_count++];
	if (before && before->last_ns + facts->interval_ns == facts->t_ns)
		*run = *before;
	else
		*run = (struct run){ .since_ns = facts->t_ns };
	run->key = *facts;
	run->last_ns = facts->t_ns;
}

/* As many runs as there are rows. */
static bool has_room(struct active *active, size_t rows)
{
	if (active->capacity >= rows)
		return true;
	struct run *runs = realloc(active->runs, rows * sizeof(*runs));
	if (runs)
		active->runs = runs;
	struct run *next = realloc(active->next, rows * sizeof(*next));
	if (next)
		active->next = next;
	if (!runs || !next)
		return false;
	active->capacity = rows;
	return true;
}

static void test(struct triggers *triggers, size_t index)
{
	struct active *active = &triggers->active[index];
	active->next_count = 0;
	if (active->resting) {
		active->resting--;
	} else if (!has_room(active, triggers->row_count)) {
		fail(triggers, active->rule->name, "out of memory");
	} else {
		triggers->testing = active;
		enum status status = predicates_test(triggers->predicates, index, holds, triggers);
		if (status) {
			fail(triggers, active->rule->name, predicates_error(triggers->predicates));
			active->next_count = 0;
			active->resting = status == STATUS_INTERRUPTED ? REST_INTERVALS : 0;
		}
	}
	struct run *runs = active->runs;
	active->runs = active->next;
	active->run_count = active->next_count;
	active->next = runs;
}

/* Incidents in the hour up to `now_ns`. The clock may have been set back: nothing that was lies after now. */
static uint32_t in_last_hour(struct triggers *triggers, int64_t now_ns)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < triggers->fired_count; i++) {
		if (triggers->fired[i] > now_ns)
			triggers->fired[i] = now_ns;
		count += now_ns - triggers->fired[i] < HOUR_NS;
	}
	return count;
}

static void note_firing(struct triggers *triggers, int64_t now_ns)
{
	triggers->fired[triggers->fired_next] = now_ns;
	triggers->fired_next = (triggers->fired_next + 1) % triggers->cap;
	if (triggers->fired_count < triggers->cap)
		triggers->fired_count++;
}

/* Counts why not, once for each run. */
static bool may_fire(struct triggers *triggers, struct active *active, struct run *run)
{
	int64_t now_ns = run->last_ns;
	if (active->fired_ns != NO_TIME && active->fired_ns > now_ns)
		active->fired_ns = now_ns; /* the clock was set back */
	if (run->fired && !active->rule->cooldown_ns)
		return false;
	if (active->fired_ns != NO_TIME && now_ns - active->fired_ns < active->rule->cooldown_ns) {
		triggers->counters.suppressed_by_cooldown += !run->suppressed && !run->fired;
		run->suppressed = true;
		return false;
	}
	if (in_last_hour(triggers, now_ns) >= triggers->cap) {
		triggers->counters.suppressed_by_cap += !run->suppressed && !run->fired;
		run->suppressed = true;
		return false;
	}
	return true;
}

/* A row as JSON by way of the second set of predicates; NULL when out of memory. */
static char *row_json(struct triggers *triggers, const struct interval_facts *facts, const struct live_counters *live)
{
	predicates_clear(triggers->writer);
	return predicates_put(triggers->writer, facts, live) ? NULL : predicates_row_json(triggers->writer, 0);
}

static char *history_json(struct triggers *triggers, const struct interval_facts *facts)
{
	char *text = NULL;
	size_t bytes, rows = history_count(triggers->history, facts);
	FILE *out = open_memstream(&text, &bytes);
	if (!out)
		return NULL;
	fputc('[', out);
	for (size_t i = 0; i < rows; i++) {
		const struct live_counters *live;
		const struct interval_facts *before = history_row(triggers->history, facts, i, &live);
		char *row = row_json(triggers, before, live);
		fprintf(out, "%s\n%s", i ? "," : "", row ? row : "null");
		free(row);
	}
	fputc(']', out);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* Where the tape of an incident begins. What has held for hours fires again after each cooldown, and has its beginning in an earlier
 * incident: only the last intervals that `for` asks for count. */
static int64_t tape_begin(const struct rule *rule, const struct run *run)
{
	const int64_t interval_ns = run->key.interval_ns;
	const int64_t intervals = rule->for_ns > interval_ns ? (rule->for_ns + interval_ns - 1) / interval_ns : 1;
	const int64_t latest_ns = run->last_ns - (intervals - 1) * interval_ns;
	return (run->since_ns > latest_ns ? run->since_ns : latest_ns) - rule->before_ns;
}

typedef void fire_function(void *user, const struct firing *firing);

static void fire_run(struct triggers *triggers, struct active *active, struct run *run, fire_function *fire, void *user)
{
	char key[KEY_TEXT_MAX];
	const struct row *row = NULL;
	for (size_t i = 0; i < triggers->row_count && !row; i++)
		if (same_key(&triggers->rows[i].facts, &run->key) && triggers->rows[i].facts.t_ns == run->last_ns)
			row = &triggers->rows[i];
	if (!row)
		return;
	char *json = row_json(triggers, &row->facts, row->has_live ? &row->live : NULL);
	char *history = history_json(triggers, &row->facts);
	const struct firing firing = {
		.rule = active->rule,
		.facts = &row->facts,
		.since_ns = run->since_ns,
		.from_ns = tape_begin(active->rule, run),
		.to_ns = run->last_ns + run->key.interval_ns + active->rule->after_ns,
		.key = key_text(&row->facts, key),
		.row_json = json ? json : "null",
		.history_json = history ? history : "[]",
	};
	run->fired = true;
	active->fired_ns = run->last_ns;
	note_firing(triggers, run->last_ns);
	triggers->counters.fired++;
	fire(user, &firing);
	free(json);
	free(history);
}

void triggers_interval_end(struct triggers *triggers, fire_function *fire, void *user)
{
	if (!triggers->row_count)
		return;
	for (size_t i = 0; i < triggers->active_count; i++) {
		struct active *active = &triggers->active[i];
		test(triggers, i);
		for (size_t r = 0; r < active->run_count; r++) {
			struct run *run = &active->runs[r];
			bool long_enough = run->last_ns + run->key.interval_ns - run->since_ns >= active->rule->for_ns;
			if (long_enough && may_fire(triggers, active, run))
				fire_run(triggers, active, run, fire, user);
		}
	}
	for (size_t i = 0; i < triggers->row_count; i++)
		history_add(triggers->history, &triggers->rows[i].facts,
			    triggers->rows[i].has_live ? &triggers->rows[i].live : NULL);
	predicates_clear(triggers->predicates);
	triggers->row_count = 0;
}

void triggers_counters(const struct triggers *triggers, struct triggers_counters *counters)
{
	*counters = triggers->counters;
}

const char *triggers_error(const struct triggers *triggers)
{
	return triggers->error;
}
