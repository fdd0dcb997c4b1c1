#include "analyze/cmd/report/room.h"

#include "analyze/cmd/report/scratch.h"
#include "analyze/cmd/report/value.h"
#include "analyze/cmd/terminal.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define AROUND 2000	/* bytes: what is left out, and */
#define AROUND_HTML 20000 /* the style and the table of contents */
#define OF_VERDICT 400 /* of a section that has nothing else, but for its names */
#define GROWTH 32	/* a fragment grows by one part in so many, at most, when it gets its names */

struct need {
	uint64_t bytes[EXTENTS];
	enum extent extent;
};

struct room {
	const struct batch *batch;
	const struct ranking *ranking;
	struct need *needs; /* by places */
	size_t count[EXTENTS], sections;
	bool short_ones; /* some are whole because they are short, not because they are the worst */
	bool tight; /* not even the verdicts have room */
	uint64_t all; /* bytes of a page that leaves nothing out */
};

bool room_wants_brief(const struct report_options *options, size_t subjects, uint64_t bytes)
{
	return subjects > 1 && options->max_bytes > 0 && bytes > options->max_bytes / 2 / subjects;
}

/* 0: there is no such fragment. */
static uint64_t bytes_of(const struct room *room, size_t place, enum scratch_file file)
{
	bool has_section;
	struct stat info = {0};
	char *path = scratch_path(room->batch->scratch, ranking_at(room->ranking, place, &has_section), file);
	const bool there = has_section && path && stat(path, &info) == 0;
	free(path);
	return there ? (uint64_t)info.st_size + (uint64_t)info.st_size / GROWTH : 0;
}

/* Of a section with the verdict alone. Its name stands there twice, the second time for a shell, where a quote becomes four; each of these
 * may be an entity of HTML. */
static uint64_t bytes_of_verdict(const struct room *room, size_t place)
{
	bool has_section;
	uint64_t bytes = OF_VERDICT;
	for (const char *at = room->batch->subjects->list[ranking_at(room->ranking, place, &has_section)].path; *at; at++)
		bytes += isalnum((unsigned char)*at) || strchr("_-./:=@%+,", *at) ? 2 : *at == '\'' ? 21 : 12;
	return bytes;
}

/* The worst first, and none behind one that is too long, so that nobody wonders why a better one has more. */
static void give(struct room *room, enum extent extent, uint64_t *left)
{
	for (size_t i = 0; i < ranking_count(room->ranking); i++) {
		struct need *need = &room->needs[i];
		const uint64_t has = need->bytes[need->extent], more = need->bytes[extent] > has ? need->bytes[extent] - has : 0;
		if (need->extent <= extent)
			continue;
		if (more > *left)
			return;
		*left -= more;
		need->extent = extent;
	}
}

static void divide(struct room *room, uint64_t left)
{
	for (size_t i = 0; i < ranking_count(room->ranking); i++) {
		struct need *need = &room->needs[i];
		if (need->bytes[EXTENT_ALL] == 0)
			continue; /* what could not be read has no section */
		room->tight |= need->bytes[EXTENT_VERDICT] > left;
		left -= room->tight ? left : need->bytes[EXTENT_VERDICT];
		need->extent = EXTENT_VERDICT;
	}
	uint64_t half = left / 2; /* for all of the worst, however many there are */
	left -= half;
	give(room, EXTENT_ALL, &half);
	left += half;
	give(room, EXTENT_FINDINGS, &left);
	give(room, EXTENT_ALL, &left);
}

struct room *room_new(const struct batch *batch, const struct ranking *ranking, uint64_t taken)
{
	const size_t count = ranking_count(ranking);
	const uint64_t around = taken + AROUND + (batch->options->format == DOCUMENT_HTML ? AROUND_HTML : 0);
	const uint64_t most = batch->options->max_bytes;
	struct room *room = calloc(1, sizeof *room);
	if (room)
		*room = (struct room){.batch = batch, .ranking = ranking, .needs = calloc(count ? count : 1, sizeof *room->needs)};
	if (!room || !room->needs) {
		room_free(room);
		return NULL;
	}
	room->all = around;
	for (size_t i = 0; i < count; i++) {
		const uint64_t whole = bytes_of(room, i, SCRATCH_FRAGMENT), brief = bytes_of(room, i, SCRATCH_BRIEF);
		const uint64_t findings = brief > 0 && brief < whole ? brief : whole;
		const uint64_t verdict = bytes_of_verdict(room, i);
		room->needs[i] = (struct need){{whole, findings, findings < verdict ? findings : verdict}, EXTENT_ALL};
		room->all += whole;
	}
	if (count > 1 && most > 0 && room->all > most)
		divide(room, most > around ? most - around : 0);
	for (size_t i = 0; i < count; i++) {
		struct need *need = &room->needs[i];
		if (need->bytes[EXTENT_ALL] == 0)
			continue;
		if (need->extent == EXTENT_FINDINGS && need->bytes[EXTENT_FINDINGS] == need->bytes[EXTENT_ALL]) {
			need->extent = EXTENT_ALL;
			room->short_ones = true;
		}
		room->count[need->extent]++;
		room->sections++;
	}
	return room;
}

void room_free(struct room *room)
{
	if (room)
		free(room->needs);
	free(room);
}

enum extent room_of(const struct room *room, size_t place)
{
	return room->needs[place].extent;
}

FILE *room_fragment(const struct room *room, size_t place)
{
	const struct need *need = &room->needs[place];
	if (need->extent == EXTENT_VERDICT || need->bytes[need->extent] == 0)
		return NULL;
	bool has_section;
	const size_t subject = ranking_at(room->ranking, place, &has_section);
	char *path = scratch_path(room->batch->scratch, subject, need->extent == EXTENT_FINDINGS ? SCRATCH_BRIEF : SCRATCH_FRAGMENT);
	FILE *fragment = path ? fopen(path, "re") : NULL;
	free(path);
	return fragment;
}

static const char *bytes_text(uint64_t bytes, char buffer[VALUE_MAX])
{
	char number[24];
	snprintf(number, sizeof number, "%" PRIu64, bytes);
	return value_text(VALUE_BYTES, number, false, NULL, buffer);
}

void room_write(const struct room *room, struct document *document)
{
	const uint64_t max_bytes = room->batch->options->max_bytes;
	char most[VALUE_MAX], *text = NULL, command[64];
	size_t bytes = 0;
	FILE *out = room->count[EXTENT_ALL] < room->sections ? open_memstream(&text, &bytes) : NULL;
	if (!out)
		return;
	if (room->tight)
		fprintf(out, "This page is as short as it can be (--max-size is %s): ", bytes_text(max_bytes, most));
	else
		fprintf(out, "This page is kept below %s: ", bytes_text(max_bytes, most));
	fprintf(out, "of %zu captures ", room->sections);
	if (room->count[EXTENT_ALL] == 0)
		fputs("none is", out);
	else
		fprintf(out, "%zu, the worst%s, %s", room->count[EXTENT_ALL], room->short_ones ? " and the shortest" : "",
			room->count[EXTENT_ALL] == 1 ? "is" : "are");
	fputs(" here in full", out);
	if (room->count[EXTENT_FINDINGS] > 0)
		fprintf(out, ", %zu with the findings alone, without charts and tables", room->count[EXTENT_FINDINGS]);
	if (room->count[EXTENT_VERDICT] > 0)
		fprintf(out, ", %zu with the verdict alone", room->count[EXTENT_VERDICT]);
	fputs(". Each says what to type for the rest of it. For all in full add:", out);
	snprintf(command, sizeof command, "--max-size %" PRIu64 "k", room->all / 1000 + 1);
	if (fclose(out) == 0)
		document_command(document, NULL, text, command);
	free(text);
}

void room_say(struct document *document, const struct subject *subject, const char *why)
{
	const bool stored = subject->kind == SUBJECT_STORED;
	char *sentence = NULL, *command = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&command, &bytes);
	if (!out)
		return;
	fputs(stored ? "wiretape plot " : "wiretape report ", out);
	print_shell_word(out, subject->path);
	if (stored)
		fprintf(out, " overview --capture %" PRId64 " -o overview.png", subject->capture);
	else
		fputs(" -o report.html", out);
	if (asprintf(&sentence, "%s %s", why, stored ? "Charts of it:" : "All of it:") < 0)
		sentence = NULL;
	if (fclose(out) != 0 || strcmp(subject->path, "-") == 0)
		document_paragraph(document, NULL, why);
	else
		document_command(document, NULL, sentence, command);
	free(sentence);
	free(command);
}
