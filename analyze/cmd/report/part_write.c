#include "analyze/cmd/picture.h"
#include "analyze/cmd/report/sheet.h"
#include "analyze/engine/facts.h"
#include "store/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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
	return column->for_people && (column->in_text || format != DOCUMENT_TEXT) && is_known(answer, column->key);
}

/* Times are in the zone that their heading names. */
static void select_columns(const struct sheet *sheet, const struct part *part, const struct answer *answer, struct selection *selection)
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

static void row_fill(const struct sheet *sheet, const struct selection *selection, const struct answer *answer, size_t at, struct row_text *row)
{
	const bool exact = document_format(sheet->document) == DOCUMENT_JSON;
	*row = (struct row_text){0};
	for (size_t i = 0; i < selection->count; i++) {
		const struct part_column *column = selection->columns[i];
		const char *text = value_text(column->kind, answer_named(answer, at, column->key), exact, sheet->subject->time_zone, row->value[i]);
		if (text && !exact && column->kind != VALUE_SPARKLINE && (row->cut[i] = cut_text(text)) != NULL)
			text = row->cut[i];
		row->cells[i].text = text;
	}
	row->cells[0].link = sheet_flow_link(sheet, answer_named(answer, at, "link_flow"), row->link);
	const char *link = answer_named(answer, at, "link");
	if (link && sheet->folder && asprintf(&row->path, "%s/%s", sheet->folder, link) >= 0)
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

static void write_warnings(struct sheet *sheet, const struct answer *answer)
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

struct drawn {
	char *svg;
	size_t bytes;
	char *title, *about;
};

/* A chart in memory; `svg` is NULL if there is nothing to draw. What failed is told in the document, but for STATUS_INTERRUPTED. */
static enum status draw(struct sheet *sheet, const char *name, int64_t flow, struct drawn *drawn)
{
	char message[PICTURE_MESSAGE_MAX] = "";
	struct picture picture = {
		.database = sheet->subject->database,
		.flow = flow,
		.capture = flow ? 0 : sheet->subject->capture,
		.from_ns = NO_TIME,
		.to_ns = NO_TIME,
		.terminal = "svg",
		.in_page = true,
		.capture_path = sheet->subject->capture_path,
		.time_zone = sheet->subject->time_zone,
	};
	*drawn = (struct drawn){0};
	if (!sheet->charts || !chart_find(name, &picture.chart))
		return STATUS_OK;
	enum status status = picture_text(&picture, sheet->reader, &drawn->svg, &drawn->bytes, message);
	if (status == STATUS_NOT_FOUND)
		return STATUS_OK;
	if (status == STATUS_OK) {
		drawn->title = sql_comment_value(picture.chart.sql, "title");
		drawn->about = sql_comment_value(picture.chart.sql, "about");
		return drawn->title ? STATUS_OK : STATUS_NO_MEMORY;
	}
	sheet->charts = sheet->charts && status != STATUS_UNSUPPORTED;
	if (status != STATUS_INTERRUPTED)
		document_warning(sheet->document, NULL, message);
	return status == STATUS_INTERRUPTED || status == STATUS_NO_MEMORY ? status : STATUS_OK;
}

static void drawn_clear(struct drawn *drawn)
{
	free(drawn->svg);
	free(drawn->title);
	free(drawn->about);
	*drawn = (struct drawn){0};
}

/* All charts of a part; how many there are to show. */
static size_t draw_all(struct sheet *sheet, const struct part *part, int64_t flow, struct drawn drawn[PART_LINES_MAX], enum status *status)
{
	size_t count = 0;
	memset(drawn, 0, PART_LINES_MAX * sizeof *drawn);
	if (sheet->subject->one_of_many && !part->charts_in_batch)
		return 0;
	for (size_t i = 0; i < part->chart_count && *status == STATUS_OK; i++) {
		*status = draw(sheet, part->charts[i], flow, &drawn[i]);
		count += drawn[i].svg != NULL;
	}
	return count;
}

static void write_drawn(struct sheet *sheet, const struct part *part, struct drawn drawn[PART_LINES_MAX])
{
	for (size_t i = 0; i < part->chart_count; i++) {
		if (drawn[i].svg)
			document_chart(sheet->document, strcmp(drawn[i].title, part->title) ? drawn[i].title : NULL, drawn[i].about, drawn[i].svg, drawn[i].bytes);
		drawn_clear(&drawn[i]);
	}
}

/* The page of one flow: a section in the list of them. */
static enum status write_page(struct sheet *sheet, const struct answer *answer, size_t at)
{
	char id[SHEET_ID_MAX];
	const int64_t flow = strtoll(answer_named(answer, at, "link_flow"), NULL, 10);
	document_section(sheet->document, &(struct document_section){
		.id = sheet_id(sheet, flow, NULL, id),
		.title = answer_named(answer, at, "page_title"),
		.remark = answer_named(answer, at, "why"),
		.severity = answer_named(answer, at, "severity"),
	});
	const enum status status = parts_write(sheet, "flow", flow);
	document_section_end(sheet->document);
	return status;
}

/* The rows that have a number in the column `page` get one, in the order of these. */
static enum status write_pages(struct sheet *sheet, const struct answer *answer)
{
	enum status status = STATUS_OK;
	if (!sheet->page_count)
		return status;
	document_list(sheet->document, "flow_pages");
	for (size_t i = 0; i < sheet->page_count; i++)
		for (size_t at = 0; at < answer->rows && status == STATUS_OK; at++) {
			const char *flow = answer_named(answer, at, "link_flow");
			if (flow && strtoll(flow, NULL, 10) == sheet->pages[i])
				status = write_page(sheet, answer, at);
		}
	document_list_end(sheet->document);
	return status;
}

static void write_rows(struct sheet *sheet, const struct part *part, const struct answer *answer, const char *title)
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

/* JSON has the rows of a part under its key, without a section around them. */
static void open_section(struct sheet *sheet, const struct part *part)
{
	char id[SHEET_ID_MAX];
	if (document_format(sheet->document) == DOCUMENT_JSON)
		return;
	document_section(sheet->document, &(struct document_section){
		.key = part->key,
		.id = sheet_id(sheet, 0, part->key, id),
		.title = part->title,
		.folded = part->folded,
	});
}

static void close_section(struct sheet *sheet)
{
	if (document_format(sheet->document) != DOCUMENT_JSON)
		document_section_end(sheet->document);
}

/* What comes before the table: what it shows, or why there is none. */
static void write_about(struct sheet *sheet, const struct part *part, const struct answer *answer)
{
	if (part->statement && answer->rows == 0)
		document_paragraph(sheet->document, NULL, part->empty);
	else
		for (size_t i = 0; i < part->about_count; i++)
			document_paragraph(sheet->document, NULL, part->about[i]);
}

enum status part_write(struct sheet *sheet, const struct part *part, int64_t flow)
{
	struct answer answer = {0};
	struct drawn drawn[PART_LINES_MAX] = {0};
	enum status status = STATUS_OK;
	if (!strcmp(part->key, WORST_FLOWS) && sheet->worst.columns) {
		answer = sheet->worst; /* asked already, for its pages */
		sheet->worst = (struct answer){0};
	} else if (part->statement) {
		status = sheet_ask(sheet, &answer, part->statement, flow, sheet_rows(sheet, part));
	}
	if (status != STATUS_OK) {
		sheet_gives_up(sheet, part->title, &status);
		goto out;
	}
	if (part->shape == PART_WARNINGS) {
		write_warnings(sheet, &answer);
		goto out;
	}
	if (part->statement && answer.rows == 0 && !part->empty)
		goto out;
	const size_t charts = answer.rows || !part->statement ? draw_all(sheet, part, flow, drawn, &status) : 0;
	if (status == STATUS_OK && flow) {
		write_rows(sheet, part, &answer, part->title); /* the page is a section already */
		write_drawn(sheet, part, drawn);
	} else if (status == STATUS_OK && (part->statement || charts)) {
		open_section(sheet, part);
		write_about(sheet, part, &answer);
		write_drawn(sheet, part, drawn);
		write_rows(sheet, part, &answer, NULL);
		if (answer_column(&answer, "page") != NO_COLUMN)
			status = write_pages(sheet, &answer);
		close_section(sheet);
	}
out:
	for (size_t i = 0; i < PART_LINES_MAX; i++)
		drawn_clear(&drawn[i]);
	answer_free(&answer);
	return status;
}

enum status parts_write(struct sheet *sheet, const char *place, int64_t flow)
{
	struct parts *parts = parts_new(place);
	enum status status = parts ? STATUS_OK : STATUS_NO_MEMORY;
	for (size_t i = 0; status == STATUS_OK && i < parts_count(parts); i++)
		if (!sheet->subject->one_of_many || parts_at(parts, i)->in_batch)
			status = part_write(sheet, parts_at(parts, i), flow);
	parts_free(parts);
	return status;
}
