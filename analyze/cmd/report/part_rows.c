#include "analyze/cmd/report/sheet.h"
#include "analyze/source/path.h"
#include "store/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS_MAX 300 /* bytes of a text in a table that people read: what is longer is cut */

/* The texts of one row, as the document wants them. */
struct row_text {
	char value[PART_COLUMNS_MAX][VALUE_MAX];
	char *cut[PART_COLUMNS_MAX];
	char link[SHEET_ID_MAX];
	char *path;
	struct document_cell cells[PART_COLUMNS_MAX];
};

/* A copy of the beginning of a text that is too long for a table; NULL: it is not, or out of memory. */
static char *cut_text(const char *text)
{
	char *cut = NULL;
	size_t length = strlen(text), kept = 0;
	uint32_t code;
	if (length <= WORDS_MAX)
		return NULL;
	for (size_t size; kept + (size = utf8_decode(text + kept, length - kept, &code)) <= WORDS_MAX;)
		kept += size;
	return asprintf(&cut, "%.*s…", (int)kept, text) < 0 ? NULL : cut;
}

static void row_clear(struct row_text *row)
{
	for (size_t i = 0; i < PART_COLUMNS_MAX; i++)
		free(row->cut[i]);
	free(row->path);
}

/* The columns that a document of this format shows. */
struct selection {
	size_t count;
	const struct part_column *columns[PART_COLUMNS_MAX];
	struct document_column shown[PART_COLUMNS_MAX];
	char headings[PART_COLUMNS_MAX][VALUE_MAX * 2];
};

static bool is_known(const struct answer *answer, const char *key)
{
	const size_t column = answer_column(answer, key);
	for (size_t row = 0; row < answer->rows; row++)
		if (answer_cell(answer, row, column))
			return true;
	return false;
}

/* People see no columns of which nothing is known; scripts see all. */
static bool is_shown(const struct sheet *sheet, const struct part_column *column, const struct answer *answer)
{
	const enum document_format format = document_format(sheet->document);
	if (format == DOCUMENT_JSON)
		return column->for_scripts;
	if (sheet->subject->calm && column->kind == VALUE_SPARKLINE)
		return false;
	return column->for_people && (column->in_text || format != DOCUMENT_TEXT) && is_known(answer, column->key);
}

/* Times are in the zone that their heading names. */
static void select_columns(const struct sheet *sheet, const struct part *part, const struct answer *answer,
			   struct selection *selection)
{
	selection->count = 0;
	for (size_t i = 0; i < part->column_count; i++) {
		const struct part_column *column = &part->columns[i];
		const bool timed = column->kind == VALUE_TIME || column->kind == VALUE_CLOCK;
		const size_t at = selection->count;
		if (!is_shown(sheet, column, answer))
			continue;
		snprintf(selection->headings[at], sizeof selection->headings[at], "%s%s%s", column->heading, timed ? ", " : "",
			 !timed ? "" : sheet->subject->time_zone ? sheet->subject->time_zone : "UTC");
		selection->columns[at] = column;
		selection->shown[at] = (struct document_column){
			.key = column->key, .heading = selection->headings[at], .kind = value_document_kind(column->kind)};
		selection->count++;
	}
}

static bool is_there(const char *folder, const char *link)
{
	char *path = path_join(folder, link);
	const bool there = path && access(path, F_OK) == 0;
	free(path);
	return there;
}

static void row_fill(const struct sheet *sheet, const struct selection *selection, const struct answer *answer, size_t at,
		     struct row_text *row)
{
	const bool exact = document_format(sheet->document) == DOCUMENT_JSON;
	*row = (struct row_text){0};
	for (size_t i = 0; i < selection->count; i++) {
		const struct part_column *column = selection->columns[i];
		const char *field = answer_named(answer, at, column->key);
		const char *text = value_text(column->kind, field, exact, sheet->subject->time_zone, row->value[i]);
		if (text && !exact && column->kind != VALUE_SPARKLINE && (row->cut[i] = cut_text(text)) != NULL)
			text = row->cut[i];
		row->cells[i].text = text;
	}
	row->cells[0].link = sheet_flow_link(sheet, answer_named(answer, at, "link_flow"), row->link);
	const char *link = answer_named(answer, at, "link");
	if (link && sheet->folder && is_there(sheet->folder, link) && asprintf(&row->path, "%s/%s", sheet->way, link) >= 0)
		row->cells[0].link = row->path;
}

static void write_table(struct sheet *sheet, const struct part *part, const struct answer *answer, const char *title)
{
	struct selection selection;
	struct row_text row;
	select_columns(sheet, part, answer, &selection);
	document_table(sheet->document, part->key, title, selection.shown, selection.count);
	for (size_t i = 0; i < answer->rows; i++) {
		row_fill(sheet, &selection, answer, i, &row);
		document_row(sheet->document, row.cells);
		row_clear(&row);
	}
	document_table_end(sheet->document);
}

static void write_facts(struct sheet *sheet, const struct part *part, const struct answer *answer)
{
	struct selection selection;
	struct row_text row;
	select_columns(sheet, part, answer, &selection);
	row_fill(sheet, &selection, answer, 0, &row);
	document_facts(sheet->document, part->key, selection.shown, row.cells, selection.count);
	row_clear(&row);
}

void part_warnings(struct sheet *sheet, const struct answer *answer)
{
	for (size_t i = 0; i < answer->rows; i++)
		document_warning(sheet->document, answer_named(answer, i, "key"), answer_named(answer, i, "text"));
}

/* "20 of 1,000,000 flows", where there are more rows than are shown. */
static void write_rest(struct sheet *sheet, const struct part *part, const struct answer *answer)
{
	const char *all = answer_named(answer, 0, "of_rows");
	char count[VALUE_MAX], text[256], key[128];
	if (!all || strtoull(all, NULL, 10) <= answer->rows)
		return;
	snprintf(text, sizeof text, "%zu of %s %s are shown.", answer->rows, value_text(VALUE_COUNT, all, false, NULL, count),
		 part->noun ? part->noun : "rows");
	snprintf(key, sizeof key, "%s_shown", part->key);
	document_paragraph(sheet->document, key, text);
}

void part_rows(struct sheet *sheet, const struct part *part, const struct answer *answer, const char *title)
{
	if (answer->rows == 0 || part->column_count == 0)
		return;
	if (part->shape == PART_FACTS) {
		write_facts(sheet, part, answer);
		return;
	}
	write_table(sheet, part, answer, title);
	write_rest(sheet, part, answer);
}

