#include "analyze/cmd/report/sheet.h"

#include <stdlib.h>
#include <string.h>

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
	if (document_format(sheet->document) == DOCUMENT_TEXT) {
		sheet_leave_out(sheet, sheet->page_count == 1 ? "the page of the worst flow" : "the pages of the worst flows");
		return status;
	}
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

static enum status write_part(struct sheet *sheet, const struct part *part, int64_t flow)
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
		part_warnings(sheet, &answer);
		goto out;
	}
	if (part->statement && answer.rows == 0 && !part->empty)
		goto out;
	const size_t charts = answer.rows || !part->statement ? part_draw(sheet, part, flow, drawn, &status) : 0;
	if (status == STATUS_OK && flow) {
		part_rows(sheet, part, &answer, part->title); /* the page is a section already */
		part_charts(sheet, part, drawn);
	} else if (status == STATUS_OK && (part->statement || charts)) {
		open_section(sheet, part);
		write_about(sheet, part, &answer);
		part_charts(sheet, part, drawn);
		part_rows(sheet, part, &answer, NULL);
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

/* Plain text is for a terminal and has no room for all. What has nothing to say is not missed. */
static enum status leave_out(struct sheet *sheet, const struct part *part)
{
	struct answer answer = {0};
	const enum status status = part->statement ? sheet_ask(sheet, &answer, part->statement, 0, 1) : STATUS_OK;
	if (status == STATUS_OK && answer.rows)
		sheet_leave_out(sheet, part->title);
	answer_free(&answer);
	return status == STATUS_NO_MEMORY || status == STATUS_INTERRUPTED ? status : STATUS_OK;
}

enum status parts_write(struct sheet *sheet, const char *place, int64_t flow)
{
	struct parts *parts = parts_new(place);
	enum status status = parts ? STATUS_OK : STATUS_NO_MEMORY;
	for (size_t i = 0; status == STATUS_OK && i < parts_count(parts); i++) {
		const struct part *part = parts_at(parts, i);
		if (sheet->subject->one_of_many && !part->in_batch)
			continue;
		const bool text = document_format(sheet->document) == DOCUMENT_TEXT;
		if (text && sheet->subject->one_of_many && part->shape != PART_WARNINGS) /* page.c says so, once */
			continue;
		status = part->in_text || !text ? write_part(sheet, part, flow) : leave_out(sheet, part);
	}
	parts_free(parts);
	return status;
}
