#include "analyze/cmd/report/ranking.h"

#include "analyze/cmd/answer.h"
#include "analyze/cmd/report/part.h"
#include "analyze/cmd/report/scratch.h"
#include "analyze/cmd/report/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IDENTITY 4 /* so many of the facts tell captures apart */
#define OWN_COLUMNS 3 /* place, capture, problem */
#define COLUMNS_MAX (PART_COLUMNS_MAX + OWN_COLUMNS)

/* In this order where there is no badness to rank by. */
enum standing { RANKED, UNRANKED, REPEATED, UNREADABLE };

struct line {
	size_t subject;
	enum standing standing;
	double badness;
	size_t same_as; /* REPEATED: the line of the first */
	char *problem;
	struct answer facts, rank; /* what the fields point into */
	const char *severity, *identity[IDENTITY];
	const char *fields[PART_COLUMNS_MAX]; /* those of the part's columns */
};

struct ranking {
	const struct batch *batch;
	struct parts *parts;
	const struct part *part; /* plots/report/ranking.sql; NULL: there is none */
	struct line *lines;
	size_t count, troubled;
};

/* What tells captures apart, and why reading it ended early; in the order of the worker's query. */
static void take_facts(struct line *line)
{
	for (size_t i = 0; i < IDENTITY; i++)
		line->identity[i] = answer_cell(&line->facts, 0, i);
	const char *error = answer_cell(&line->facts, 0, IDENTITY);
	if (error)
		line->problem = strdup(error);
}

/* The columns go by their names, badness and those of the part. */
static void take_rank(const struct ranking *ranking, struct line *line)
{
	const char *badness = answer_named(&line->rank, 0, "badness"), *severity = answer_named(&line->rank, 0, "severity");
	line->standing = RANKED;
	line->badness = badness ? strtod(badness, NULL) : 0;
	line->severity = severity ? severity : ""; /* not judged */
	for (size_t i = 0; ranking->part && i < ranking->part->column_count; i++)
		line->fields[i] = answer_named(&line->rank, 0, ranking->part->columns[i].key);
}

static bool is_same(const struct line *a, const struct line *b)
{
	for (size_t i = 0; i < IDENTITY; i++)
		if (!a->identity[i] || !b->identity[i] || strcmp(a->identity[i], b->identity[i]) != 0)
			return false;
	return true;
}

static void take_line(struct ranking *ranking, size_t subject)
{
	const struct batch_result *result = &ranking->batch->results[subject];
	struct line *line = &ranking->lines[ranking->count];
	if (result->outcome == BATCH_SKIPPED)
		return;
	ranking->count++;
	*line = (struct line){.subject = subject, .standing = UNRANKED};
	if (result->outcome == BATCH_FAILED) {
		line->standing = UNREADABLE;
		line->problem = strdup(result->error ? result->error : "it failed");
	} else {
		if (scratch_answer(&line->facts, ranking->batch->scratch, subject, SCRATCH_FACTS) && line->facts.rows > 0)
			take_facts(line);
		if (scratch_answer(&line->rank, ranking->batch->scratch, subject, SCRATCH_RANK) && line->rank.rows > 0)
			take_rank(ranking, line);
	}
	ranking->troubled += line->problem != NULL;
}

/* A capture that was given twice is shown once. */
static void mark_repeated(struct ranking *ranking)
{
	const struct subject *subjects = ranking->batch->subjects->list;
	for (size_t i = 1; i < ranking->count; i++)
		for (size_t j = 0; j < i; j++) {
			struct line *line = &ranking->lines[i], *first = &ranking->lines[j];
			if (first->standing != RANKED || line->standing != RANKED || !is_same(first, line))
				continue;
			line->standing = REPEATED;
			line->same_as = first->subject;
			char *text = NULL;
			if (asprintf(&text, "the same packets as %s", subjects[first->subject].shown) >= 0) {
				free(line->problem);
				line->problem = text;
			}
			break;
		}
}

static int compare(const void *a, const void *b)
{
	const struct line *left = a, *right = b;
	if (left->standing != right->standing)
		return left->standing < right->standing ? -1 : 1;
	if (left->standing == RANKED && (left->badness < right->badness || left->badness > right->badness))
		return left->badness > right->badness ? -1 : 1;
	return left->subject < right->subject ? -1 : left->subject > right->subject;
}

struct ranking *ranking_new(const struct batch *batch)
{
	struct ranking *ranking = calloc(1, sizeof *ranking);
	if (!ranking)
		return NULL;
	ranking->batch = batch;
	ranking->parts = parts_new("ranking");
	ranking->lines = calloc(batch->subjects->count, sizeof *ranking->lines);
	if (!ranking->parts || !ranking->lines) {
		ranking_free(ranking);
		return NULL;
	}
	if (parts_count(ranking->parts) > 0)
		ranking->part = parts_at(ranking->parts, 0);
	for (size_t i = 0; i < batch->subjects->count; i++)
		take_line(ranking, i);
	mark_repeated(ranking);
	qsort(ranking->lines, ranking->count, sizeof *ranking->lines, compare);
	return ranking;
}

void ranking_free(struct ranking *ranking)
{
	if (!ranking)
		return;
	for (size_t i = 0; i < ranking->count; i++) {
		free(ranking->lines[i].problem);
		answer_free(&ranking->lines[i].facts);
		answer_free(&ranking->lines[i].rank);
	}
	free(ranking->lines);
	parts_free(ranking->parts);
	free(ranking);
}

size_t ranking_count(const struct ranking *ranking)
{
	return ranking->count;
}

size_t ranking_troubled(const struct ranking *ranking)
{
	return ranking->troubled;
}

size_t ranking_at(const struct ranking *ranking, size_t place, bool *has_section)
{
	*has_section = ranking->lines[place].standing < REPEATED;
	return ranking->lines[place].subject;
}

const char *ranking_problem(const struct ranking *ranking, size_t place)
{
	return ranking->lines[place].problem;
}

static size_t count_severity(const struct ranking *ranking, const char *severity)
{
	size_t count = 0;
	for (size_t i = 0; i < ranking->count; i++)
		count += ranking->lines[i].standing == RANKED && ranking->lines[i].severity && strcmp(ranking->lines[i].severity, severity) == 0;
	return count;
}

static size_t count_standing(const struct ranking *ranking, enum standing standing)
{
	size_t count = 0;
	for (size_t i = 0; i < ranking->count; i++)
		count += ranking->lines[i].standing == standing;
	return count;
}

/* Of these, those that something is the matter with. */
static size_t count_troubled(const struct ranking *ranking, enum standing standing)
{
	size_t count = 0;
	for (size_t i = 0; i < ranking->count; i++)
		count += ranking->lines[i].standing == standing && ranking->lines[i].problem;
	return count;
}

const char *ranking_verdict(const struct ranking *ranking, size_t place, const char **severity)
{
	const struct line *line = &ranking->lines[place];
	*severity = line->severity && line->severity[0] ? line->severity : NULL;
	for (size_t i = 0; ranking->part && i < ranking->part->column_count; i++)
		if (strcmp(ranking->part->columns[i].key, "verdict") == 0)
			return line->fields[i];
	return NULL;
}

static void write_only_verdict(const struct ranking *ranking, struct document *document)
{
	const struct line *line = &ranking->lines[0];
	const char *severity, *verdict = ranking_verdict(ranking, 0, &severity);
	const bool unreadable = line->standing == UNREADABLE;
	document_verdict(document, unreadable ? "warning" : severity, unreadable ? line->problem : verdict);
}

void ranking_write_verdict(const struct ranking *ranking, const char *common, struct document *document)
{
	if (ranking->count == 1) {
		write_only_verdict(ranking, document);
		return;
	}
	const size_t critical = count_severity(ranking, "critical"), warnings = count_severity(ranking, "warning");
	const size_t notes = count_severity(ranking, "note"), calm = count_severity(ranking, "ok");
	const size_t in_part = count_troubled(ranking, RANKED), empty = count_troubled(ranking, UNRANKED);
	const struct { size_t count; const char *one, *many; } clauses[] = {
		{critical, "has a critical finding", "have critical findings"},
		{warnings, "has a warning", "have warnings"},
		{notes, "has notes only", "have notes only"},
		{calm, "has nothing amiss", "have nothing amiss"},
		{count_severity(ranking, "") + count_standing(ranking, UNRANKED) - empty, "was not judged", "were not judged"},
		{count_standing(ranking, REPEATED), "is there twice", "are there twice"},
		{count_standing(ranking, UNREADABLE) + empty, "could not be read", "could not be read"},
	};
	char *text = NULL;
	size_t bytes = 0, said = 0;
	FILE *out = open_memstream(&text, &bytes);
	if (!out)
		return;
	fprintf(out, "Of %zu captures ", ranking->count);
	for (size_t i = 0; i < sizeof clauses / sizeof clauses[0]; i++)
		if (clauses[i].count > 0)
			fprintf(out, "%s%zu %s", said++ ? ", " : "", clauses[i].count, clauses[i].count == 1 ? clauses[i].one : clauses[i].many);
	putc('.', out);
	if (in_part > 0) /* they are counted above, too: no clause that a reader would add to the others */
		fprintf(out, " %zu of them %s read in part only.", in_part, in_part == 1 ? "was" : "were");
	const char *severity, *first = ranking_verdict(ranking, 0, &severity);
	if (critical + warnings > 0 && first)
		fprintf(out, " Worst is %s: %s.", ranking->batch->subjects->list[ranking->lines[0].subject].shown, first);
	fprintf(out, "%s%s", common ? " " : "", common ? common : "");
	const char *worst = critical ? "critical" : warnings || ranking->troubled ? "warning" : notes ? "note" : calm ? "ok" : NULL;
	if (fclose(out) == 0)
		document_verdict(document, worst, text);
	free(text);
}

/* What people read of a capture: its verdict, and what went wrong with it. Plain text has lines of their own for that: its long words would
 * break up the table. Free it; NULL: nothing, or out of memory. */
static char *verdict_of(const struct line *line, const char *verdict, bool short_ones)
{
	char *text = NULL;
	if (!line->problem)
		return verdict ? strdup(verdict) : NULL;
	if (line->standing != RANKED || !verdict)
		return strdup(!short_ones ? line->problem : line->standing == REPEATED ? "is there twice" : "could not be read");
	return asprintf(&text, "%s; %s", verdict, short_ones ? "read in part only" : line->problem) < 0 ? NULL : text;
}

static void write_line(const struct ranking *ranking, struct document *document, size_t place)
{
	const struct line *line = &ranking->lines[place];
	const struct report_options *options = ranking->batch->options;
	const struct subject *on = &ranking->batch->subjects->list[line->subject];
	const bool exact = options->format == DOCUMENT_JSON;
	struct document_cell cells[COLUMNS_MAX] = {0};
	char values[PART_COLUMNS_MAX][VALUE_MAX], number[24], link[32], *verdict = NULL;
	size_t count = 0;
	snprintf(number, sizeof number, "%zu", place + 1);
	snprintf(link, sizeof link, "#c%zu", (line->standing == REPEATED ? line->same_as : line->subject) + 1);
	cells[count++].text = line->standing == RANKED ? number : NULL;
	cells[count++] = (struct document_cell){
		exact ? on->name : on->shown, line->standing == UNREADABLE ? NULL : link,
	};
	for (size_t i = 0; ranking->part && i < ranking->part->column_count; i++) {
		if (!part_column_is_shown(&ranking->part->columns[i], options->format))
			continue;
		const char *field = line->fields[i];
		if (!exact && !verdict && strcmp(ranking->part->columns[i].key, "verdict") == 0)
			field = verdict = verdict_of(line, field, options->format == DOCUMENT_TEXT);
		cells[count++].text = value_text(ranking->part->columns[i].kind, field, exact, options->time_zone, values[i]);
	}
	if (exact)
		cells[count].text = line->problem;
	document_row(document, cells);
	free(verdict);
}

static void write_problem(const struct ranking *ranking, struct document *document, const struct line *line)
{
	char *text = NULL;
	if (line->problem && asprintf(&text, "%s: %s", ranking->batch->subjects->list[line->subject].shown, line->problem) >= 0)
		document_warning(document, NULL, text);
	free(text);
}

void ranking_write(const struct ranking *ranking, struct document *document)
{
	const bool text = document_format(document) == DOCUMENT_TEXT, exact = document_format(document) == DOCUMENT_JSON;
	struct document_column columns[COLUMNS_MAX] = {
		{"rank", "#", DOCUMENT_NUMBER},
		{"capture", "capture", text ? DOCUMENT_WORDS : DOCUMENT_CODE}, /* the names of pods are long: in a terminal they are wrapped */
	};
	size_t count = 2;
	for (size_t i = 0; ranking->part && i < ranking->part->column_count; i++) {
		const struct part_column *column = &ranking->part->columns[i];
		if (part_column_is_shown(column, document_format(document)))
			columns[count++] = (struct document_column){column->key, column->heading, value_document_kind(column->kind)};
	}
	if (exact)
		columns[count++] = (struct document_column){"problem", "problem", DOCUMENT_WORDS};
	document_table(document, "ranking", "Captures, the worst first", columns, count);
	for (size_t i = 0; i < ranking->count; i++)
		write_line(ranking, document, i);
	document_table_end(document);
	for (size_t i = 0; text && i < ranking->count; i++)
		write_problem(ranking, document, &ranking->lines[i]);
}
