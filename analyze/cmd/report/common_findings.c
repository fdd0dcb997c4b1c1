#include "analyze/cmd/report/common_findings.h"

#include "analyze/cmd/answer.h"
#include "analyze/cmd/report/scratch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KINDS_MAX 1000 /* who writes findings of his own has some dozens */
#define ROWS_MAX 20
#define COLUMNS 7

struct kind {
	char *severity, *code, *layer, *title; /* as the worst capture has it, in which it is as severe as anywhere */
	size_t captures, worst;		       /* how many have it; the subject which is the worst of these */
};

struct common_findings {
	const struct batch *batch;
	struct kind *kinds;
	size_t count, room, judged; /* captures that findings were looked for in */
	size_t left_out;	    /* findings of captures beyond KINDS_MAX */
	bool out_of_memory;
};

static unsigned rank_of(const char *severity)
{
	return strcmp(severity, "critical") == 0 ? 0 : strcmp(severity, "warning") == 0 ? 1 : 2;
}

static char *copy(struct common_findings *common, const char *text)
{
	char *made = strdup(text ? text : "");
	common->out_of_memory |= !made;
	return made;
}

static void clear(struct kind *kind)
{
	free(kind->severity);
	free(kind->code);
	free(kind->layer);
	free(kind->title);
}

/* NULL: there is no room. */
static struct kind *kind_of(struct common_findings *common, const char *code)
{
	for (size_t i = 0; i < common->count; i++)
		if (strcmp(common->kinds[i].code, code) == 0)
			return &common->kinds[i];
	if (common->count == KINDS_MAX) {
		common->left_out++;
		return NULL;
	}
	if (common->count == common->room) {
		const size_t room = common->room ? 2 * common->room : 32;
		struct kind *grown = reallocarray(common->kinds, room, sizeof *grown);
		common->out_of_memory |= !grown;
		if (!grown)
			return NULL;
		common->kinds = grown;
		common->room = room;
	}
	struct kind *kind = &common->kinds[common->count];
	*kind = (struct kind){.code = copy(common, code)};
	if (!kind->code)
		return NULL;
	common->count++;
	return kind;
}

static void take(struct common_findings *common, const struct answer *answer, size_t row, size_t subject)
{
	const char *code = answer_named(answer, row, "code"), *severity = answer_named(answer, row, "severity");
	struct kind *kind = code && severity ? kind_of(common, code) : NULL;
	if (!kind)
		return;
	if (!kind->severity || rank_of(severity) < rank_of(kind->severity)) {
		free(kind->severity);
		free(kind->layer);
		free(kind->title);
		kind->severity = copy(common, severity);
		kind->layer = copy(common, answer_named(answer, row, "layer"));
		kind->title = copy(common, answer_named(answer, row, "title"));
		kind->worst = subject;
	}
	kind->captures++;
}

static void take_all(struct common_findings *common, size_t subject)
{
	struct answer answer;
	if (!scratch_answer(&answer, common->batch->scratch, subject, SCRATCH_FINDINGS))
		return;
	common->judged++;
	for (size_t i = 0; i < answer.rows && !common->out_of_memory; i++)
		take(common, &answer, i, subject);
	answer_free(&answer);
}

/* What breaks a single capture comes before a trifle of all. */
static int compare(const void *a, const void *b)
{
	const struct kind *left = a, *right = b;
	const unsigned left_rank = rank_of(left->severity), right_rank = rank_of(right->severity);
	if (left_rank != right_rank)
		return left_rank < right_rank ? -1 : 1;
	if (left->captures != right->captures)
		return left->captures > right->captures ? -1 : 1;
	return strcmp(left->code, right->code);
}

struct common_findings *common_findings_new(const struct batch *batch, const struct ranking *ranking)
{
	struct common_findings *common = calloc(1, sizeof *common);
	if (!common)
		return NULL;
	common->batch = batch;
	for (size_t i = 0; i < ranking_count(ranking); i++) {
		bool has_section;
		const size_t subject = ranking_at(ranking, i, &has_section);
		if (has_section)
			take_all(common, subject);
	}
	if (common->out_of_memory) {
		common_findings_free(common);
		return NULL;
	}
	if (common->count > 0)
		qsort(common->kinds, common->count, sizeof *common->kinds, compare);
	return common;
}

void common_findings_free(struct common_findings *common)
{
	if (!common)
		return;
	for (size_t i = 0; i < common->count; i++)
		clear(&common->kinds[i]);
	free(common->kinds);
	free(common);
}

char *common_findings_sentence(const struct common_findings *common, const char *worst)
{
	const struct kind *kind = NULL;
	char *text = NULL;
	for (size_t i = 0; i < common->count; i++)
		if (rank_of(common->kinds[i].severity) < 2 && common->kinds[i].captures > (kind ? kind->captures : 1))
			kind = &common->kinds[i];
	if (!kind)
		return NULL;
	const size_t length = strlen(kind->title); /* behind it there may be how many more */
	const bool same = worst && strncmp(worst, kind->title, length) == 0 &&
			  (!worst[length] || strncmp(worst + length, " (", 2) == 0);
	return asprintf(&text, "%s %zu of %zu%s%s.", same ? "The same in" : "In", kind->captures, common->judged, same ? "" : ": ",
			same ? "" : kind->title) < 0 ? NULL : text;
}

static void write_kind(const struct common_findings *common, struct document *document, const struct kind *kind)
{
	const bool exact = document_format(document) == DOCUMENT_JSON;
	const struct subject *worst = &common->batch->subjects->list[kind->worst];
	char count[64], share[32], link[32];
	snprintf(count, sizeof count, exact ? "%zu" : "%zu of %zu", kind->captures, common->judged);
	snprintf(share, sizeof share, "%.4g", 100.0 * (double)kind->captures / (double)common->judged);
	snprintf(link, sizeof link, "#c%zu", kind->worst + 1);
	const struct document_cell people[] = {{kind->severity, NULL}, {count, NULL}, {kind->title, NULL}, {worst->shown, link}};
	const struct document_cell scripts[COLUMNS] = {
		{kind->severity, NULL}, {kind->code, NULL}, {kind->layer, NULL}, {kind->title, NULL}, {count, NULL}, {share, NULL},
		{worst->name, NULL},
	};
	document_row(document, exact ? scripts : people);
}

void common_findings_write(const struct common_findings *common, struct document *document)
{
	static const struct document_column scripts[COLUMNS] = {
		{"severity", "severity", DOCUMENT_SEVERITY}, {"code", "code", DOCUMENT_WORDS}, {"layer", "layer", DOCUMENT_WORDS},
		{"title", "title", DOCUMENT_WORDS}, {"captures", "captures", DOCUMENT_NUMBER}, {"share_pct", "share", DOCUMENT_NUMBER},
		{"worst", "worst", DOCUMENT_WORDS},
	};
	const bool text = document_format(document) == DOCUMENT_TEXT, exact = document_format(document) == DOCUMENT_JSON;
	const struct document_column people[] = {
		{"severity", "at worst", DOCUMENT_SEVERITY}, {"captures", "captures", DOCUMENT_NUMBER}, {"title", "finding", DOCUMENT_WORDS},
		{"worst", "the worst of them", text ? DOCUMENT_WORDS : DOCUMENT_CODE},
	};
	const size_t shown = exact || common->count < ROWS_MAX ? common->count : ROWS_MAX;
	if (common->count == 0)
		return;
	document_table(document, "common_findings", "Findings in all captures, the worst first", exact ? scripts : people,
		       exact ? COLUMNS : sizeof people / sizeof people[0]);
	for (size_t i = 0; i < shown; i++)
		write_kind(common, document, &common->kinds[i]);
	document_table_end(document);
	char more[128];
	snprintf(more, sizeof more, "%zu of %zu findings are shown.", shown, common->count);
	if (shown < common->count)
		document_paragraph(document, "common_findings_shown", more);
	snprintf(more, sizeof more, "Findings of too many kinds: %zu are left out here.", common->left_out);
	if (common->left_out > 0)
		document_warning(document, "common_findings_left_out", more);
}
