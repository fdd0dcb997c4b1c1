#include "analyze/cmd/report/same_flows.h"

#include "analyze/cmd/answer.h"
#include "analyze/cmd/report/connections.h"
#include "analyze/cmd/report/scratch.h"
#include "analyze/cmd/terminal.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENDS_MAX 1000000 /* 16 MB */
#define ROWS_MAX 10

/* A connection in one capture. */
struct end {
	uint64_t hash;
	size_t place; /* in the ranking */
};

struct pair {
	size_t one, other; /* places */
	size_t flows;
};

struct shared {
	struct end *ends;
	struct pair *pairs;
	size_t count, room, pair_count;
	size_t not_all; /* captures of which not all connections were compared */
};

static bool grow(struct shared *shared, size_t more)
{
	if (shared->count + more <= shared->room)
		return true;
	const size_t room = 2 * (shared->count + more);
	struct end *grown = reallocarray(shared->ends, room, sizeof *grown);
	if (!grown)
		return false;
	shared->ends = grown;
	shared->room = room;
	return true;
}

static bool take(struct shared *shared, const struct batch *batch, size_t subject, size_t place)
{
	struct answer answer;
	if (!scratch_answer(&answer, batch->scratch, subject, SCRATCH_CONNECTIONS))
		return true;
	const size_t rows = shared->count + answer.rows <= ENDS_MAX ? answer.rows : ENDS_MAX - shared->count;
	const bool good = grow(shared, rows);
	for (size_t i = 0; good && i < rows; i++)
		shared->ends[shared->count++] = (struct end){strtoull(answer_cell(&answer, i, 0), NULL, 10), place};
	shared->not_all += answer.rows > rows || answer_integer(&answer, 0, 1, 0) > 0;
	answer_free(&answer);
	return good;
}

static int compare_ends(const void *a, const void *b)
{
	const struct end *left = a, *right = b;
	if (left->hash != right->hash)
		return left->hash < right->hash ? -1 : 1;
	return left->place < right->place ? -1 : left->place > right->place;
}

static int compare_places(const void *a, const void *b)
{
	const struct pair *left = a, *right = b;
	if (left->one != right->one)
		return left->one < right->one ? -1 : 1;
	return left->other < right->other ? -1 : left->other > right->other;
}

static int compare_flows(const void *a, const void *b)
{
	const struct pair *left = a, *right = b;
	if (left->flows != right->flows)
		return left->flows > right->flows ? -1 : 1;
	return compare_places(a, b);
}

/* Of many captures that have a connection, each is paired with the next one. */
static bool make_pairs(struct shared *shared)
{
	struct pair *pairs = calloc(shared->count, sizeof *pairs);
	if (!pairs)
		return false;
	shared->pairs = pairs;
	qsort(shared->ends, shared->count, sizeof *shared->ends, compare_ends);
	size_t found = 0;
	for (size_t i = 0; i + 1 < shared->count; i++)
		if (shared->ends[i].hash == shared->ends[i + 1].hash)
			pairs[found++] = (struct pair){shared->ends[i].place, shared->ends[i + 1].place, 1};
	qsort(pairs, found, sizeof *pairs, compare_places);
	for (size_t i = 0; i < found; i++)
		if (shared->pair_count > 0 && compare_places(&pairs[shared->pair_count - 1], &pairs[i]) == 0)
			pairs[shared->pair_count - 1].flows++;
		else
			pairs[shared->pair_count++] = pairs[i];
	qsort(pairs, shared->pair_count, sizeof *pairs, compare_flows);
	return true;
}

static const struct subject *subject_at(const struct batch *batch, const struct ranking *ranking, size_t place, char link[32])
{
	bool has_section;
	const size_t subject = ranking_at(ranking, place, &has_section);
	snprintf(link, 32, "#c%zu", subject + 1);
	return &batch->subjects->list[subject];
}

/* What to type to compare the first pair; free it. */
static char *command_for(const struct subject *one, const struct subject *other)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);
	if (!out)
		return NULL;
	fputs("wiretape locate ", out);
	print_shell_word(out, one->path);
	fputc(' ', out);
	print_shell_word(out, other->path);
	return fclose(out) == 0 ? text : NULL;
}

static void write_pairs(const struct shared *shared, const struct batch *batch, const struct ranking *ranking, struct document *document)
{
	const bool text = document_format(document) == DOCUMENT_TEXT, exact = document_format(document) == DOCUMENT_JSON;
	const struct document_column columns[] = {
		{"flows", "connections", DOCUMENT_NUMBER}, {"one", "capture", text ? DOCUMENT_WORDS : DOCUMENT_CODE},
		{"other", "other capture", text ? DOCUMENT_WORDS : DOCUMENT_CODE},
	};
	const size_t shown = shared->pair_count < ROWS_MAX ? shared->pair_count : ROWS_MAX;
	char number[24], links[2][32], more[160];
	document_table(document, "same_flows", "Captures of the same connections", columns, sizeof columns / sizeof columns[0]);
	for (size_t i = 0; i < shown; i++) {
		const struct subject *one = subject_at(batch, ranking, shared->pairs[i].one, links[0]);
		const struct subject *other = subject_at(batch, ranking, shared->pairs[i].other, links[1]);
		snprintf(number, sizeof number, "%zu", shared->pairs[i].flows);
		document_row(document, (struct document_cell[]){
			{number, NULL}, {exact ? one->name : one->shown, links[0]}, {exact ? other->name : other->shown, links[1]},
		});
	}
	document_table_end(document);
	snprintf(more, sizeof more, "%zu of %zu pairs are shown.", shown, shared->pair_count);
	if (shown < shared->pair_count)
		document_paragraph(document, "same_flows_shown", more);
	snprintf(more, sizeof more, "%zu %s more than %d connections: not all of these were compared.", shared->not_all,
		 shared->not_all == 1 ? "capture has" : "captures have", CONNECTIONS_MAX);
	if (shared->not_all > 0)
		document_paragraph(document, "same_flows_not_all", more);
	char *command = command_for(subject_at(batch, ranking, shared->pairs[0].one, links[0]),
				    subject_at(batch, ranking, shared->pairs[0].other, links[1]));
	document_command(document, "same_flows_command",
			 "Captured at both ends: what was lost or late in between, and in which direction, says:", command);
	free(command);
}

enum status same_flows_write(const struct batch *batch, const struct ranking *ranking, struct document *document)
{
	struct shared shared = {0};
	bool good = true, has_section;
	for (size_t i = 0; good && i < ranking_count(ranking); i++) {
		const size_t subject = ranking_at(ranking, i, &has_section);
		if (has_section)
			good = take(&shared, batch, subject, i);
	}
	if (good && shared.count > 0)
		good = make_pairs(&shared);
	if (good && shared.pair_count > 0)
		write_pairs(&shared, batch, ranking, document);
	free(shared.ends);
	free(shared.pairs);
	return good ? STATUS_OK : STATUS_NO_MEMORY;
}
