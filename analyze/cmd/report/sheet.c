#include "analyze/cmd/report/sheet.h"

#include "analyze/cmd/sql_text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_OF_TEXT 5 /* at least */
#define ROWS_OF_CALM 3 /* at most */

struct sheet sheet_for(struct document *document, struct reader *reader, const struct report_subject *subject, char *message)
{
	message[0] = '\0';
	return (struct sheet){
		.document = document,
		.reader = reader,
		.subject = subject,
		.message = message,
		.charts = !subject->no_charts && !subject->calm && document_format(document) == DOCUMENT_HTML,
	};
}

enum status sheet_ask(struct sheet *sheet, struct answer *answer, const char *sql, int64_t flow, unsigned rows)
{
	char capture[24], flow_text[24] = "NULL", rows_text[16], pages[16];
	snprintf(capture, sizeof capture, "%" PRId64, sheet->subject->capture);
	snprintf(rows_text, sizeof rows_text, "%u", rows);
	snprintf(pages, sizeof pages, "%d", sheet->subject->one_of_many ? 1 : PAGES_MAX);
	if (flow)
		snprintf(flow_text, sizeof flow_text, "%" PRId64, flow);
	const struct sql_literal literals[] = {{"capture", capture}, {"flow", flow_text}, {"rows", rows_text}, {"pages", pages}};
	const struct parameter json = {"json", sheet->json};
	char *filled = sql_fill_in(sql, literals, sizeof literals / sizeof literals[0]);
	*answer = (struct answer){0};
	const enum status status = filled ? answer_run(answer, sheet->reader, filled, &json, sheet->json ? 1 : 0) : STATUS_NO_MEMORY;
	free(filled);
	if (status != STATUS_OK && status != STATUS_INTERRUPTED)
		snprintf(sheet->message, REPORT_MESSAGE_MAX, "%s: %s", sheet->subject->database,
			 reader_error(sheet->reader)[0] ? reader_error(sheet->reader) : status_text(status));
	return status;
}

bool sheet_gives_up(struct sheet *sheet, const char *where, enum status *status)
{
	if (*status == STATUS_NO_MEMORY || *status == STATUS_INTERRUPTED)
		return true;
	if (*status != STATUS_OK) {
		char text[REPORT_MESSAGE_MAX + 128];
		snprintf(text, sizeof text, "%s is missing here: %s", where, sheet->message);
		document_warning(sheet->document, NULL, text);
	}
	*status = STATUS_OK;
	return false;
}

const char *sheet_id(const struct sheet *sheet, int64_t flow, const char *name, char id[SHEET_ID_MAX])
{
	char flow_text[32] = "";
	if (flow)
		snprintf(flow_text, sizeof flow_text, "flow-%" PRId64 "%s", flow, name ? "-" : "");
	snprintf(id, SHEET_ID_MAX, "%s%s%s", sheet->subject->prefix ? sheet->subject->prefix : "", flow_text, name ? name : "");
	for (char *at = id; *at; at++)
		*at = isalnum((unsigned char)*at) ? *at : '-'; /* codes of findings come from databases, which anybody may write */
	return id;
}

const char *sheet_flow_link(const struct sheet *sheet, const char *flow, char link[SHEET_ID_MAX])
{
	const int64_t id = flow ? strtoll(flow, NULL, 10) : 0;
	for (size_t i = 0; id && i < sheet->page_count; i++)
		if (sheet->pages[i] == id) {
			char anchor[SHEET_ID_MAX];
			snprintf(link, SHEET_ID_MAX, "#%.*s", SHEET_ID_MAX - 2, sheet_id(sheet, id, NULL, anchor));
			return link;
		}
	return NULL;
}

unsigned sheet_rows(const struct sheet *sheet, const struct part *part)
{
	const unsigned part_of_it = (part->most + 3) / 4;
	if (document_format(sheet->document) == DOCUMENT_TEXT)
		return part_of_it > ROWS_OF_TEXT ? part_of_it : ROWS_OF_TEXT;
	if (sheet->subject->calm && part->most > ROWS_OF_CALM)
		return ROWS_OF_CALM;
	return sheet->subject->one_of_many ? (part->most + 1) / 2 : part->most;
}

void sheet_leave_out(struct sheet *sheet, const char *what)
{
	const size_t used = strlen(sheet->left_out);
	snprintf(sheet->left_out + used, sizeof sheet->left_out - used, "; %s", what);
}

void sheet_say_left_out(struct sheet *sheet)
{
	char text[SHEET_LEFT_OUT_MAX + 128];
	if (!sheet->left_out[0])
		return;
	snprintf(text, sizeof text, "Left out of this text: %s. With `-o report.html`, .md or .json you get all of it.",
		 sheet->left_out + 2);
	document_paragraph(sheet->document, NULL, text);
}
