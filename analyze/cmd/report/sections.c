#include "analyze/cmd/report/sections.h"

#include "analyze/cmd/report/incident_section.h"
#include "analyze/cmd/report/page_path.h"
#include "analyze/cmd/report/sheet.h"
#include "analyze/cmd/report/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The sentence, since when that is so, and what else is wrong; free it. Scripts have times of their own. */
static char *whole_verdict(const struct sheet *sheet, const struct answer *answer)
{
	char buffer[VALUE_MAX], *whole = NULL;
	const char *text = answer_named(answer, 0, "text"), *also = answer_named(answer, 0, "also");
	const char *zone = sheet->subject->time_zone ? sheet->subject->time_zone : "UTC";
	const char *time = value_text(VALUE_TIME, answer_named(answer, 0, "since_ns"), false, sheet->subject->time_zone, buffer);
	const bool dated = time && document_format(sheet->document) != DOCUMENT_JSON;
	if (!text)
		return NULL;
	const int length = dated ? asprintf(&whole, "%s Earliest evidence: %s %s.%s%s", text, time, zone, also ? " " : "", also ? also : "")
				 : asprintf(&whole, "%s%s%s", text, also ? " " : "", also ? also : "");
	return length < 0 ? NULL : whole;
}

static enum status write_verdict(struct sheet *sheet, const char *file)
{
	struct answer answer = {0};
	const enum status status = sheet_ask(sheet, &answer, part_text(file), 0, 1);
	if (status == STATUS_OK) {
		char *text = whole_verdict(sheet, &answer);
		document_verdict(sheet->document, answer_named(&answer, 0, "severity"), text);
		free(text);
	}
	answer_free(&answer);
	return status;
}

/* The flows that get a page: in the order of the column `page`, which counts from 1. */
static void keep_pages(struct sheet *sheet)
{
	for (size_t page = 1; page <= PAGES_MAX; page++)
		for (size_t i = 0; i < sheet->worst.rows; i++) {
			const char *number = answer_named(&sheet->worst, i, "page"), *flow = answer_named(&sheet->worst, i, "link_flow");
			if (number && flow && strtoul(number, NULL, 10) == page && sheet->page_count < PAGES_MAX)
				sheet->pages[sheet->page_count++] = strtoll(flow, NULL, 10);
		}
}

/* Asks for the worst flows before all else, because findings link to their pages. */
static enum status choose_pages(struct sheet *sheet)
{
	struct parts *parts = parts_new("capture");
	enum status status = parts ? STATUS_OK : STATUS_NO_MEMORY;
	for (size_t i = 0; status == STATUS_OK && i < parts_count(parts); i++)
		if (!strcmp(parts_at(parts, i)->key, WORST_FLOWS))
			status = sheet_ask(sheet, &sheet->worst, parts_at(parts, i)->statement, 0, sheet_rows(sheet, parts_at(parts, i)));
	parts_free(parts);
	if (status == STATUS_OK)
		keep_pages(sheet);
	else
		answer_free(&sheet->worst);
	return status == STATUS_NO_MEMORY || status == STATUS_INTERRUPTED ? status : STATUS_OK;
}

enum status report_verdict(struct document *document, struct reader *reader, const struct report_subject *subject, char *message)
{
	struct sheet sheet = sheet_for(document, reader, subject, message);
	return write_verdict(&sheet, "verdict");
}

enum status report_capture(struct document *document, struct reader *reader, const struct report_subject *subject, char *message)
{
	struct sheet sheet = sheet_for(document, reader, subject, message);
	if (subject->brief)
		return findings_write(&sheet);
	enum status status = choose_pages(&sheet);
	if (status == STATUS_OK)
		status = findings_write(&sheet);
	if (status == STATUS_OK)
		status = parts_write(&sheet, "overview", 0); /* an incident is to be seen before it is explained */
	if (status == STATUS_OK && subject->incident)
		incident_section(document, reader, subject->incident, subject);
	if (status == STATUS_OK)
		status = parts_write(&sheet, "capture", 0);
	if (status == STATUS_OK)
		sheet_say_left_out(&sheet);
	answer_free(&sheet.worst);
	return status;
}

enum status report_ring(struct document *document, struct reader *catalog, const struct report_subject *subject, const char *folder,
			char *message)
{
	struct sheet sheet = sheet_for(document, catalog, subject, message);
	char *way = page_path(subject->page, folder);
	sheet.folder = folder;
	sheet.way = way;
	enum status status = way ? write_verdict(&sheet, "ring_verdict") : STATUS_NO_MEMORY;
	if (status == STATUS_OK && !subject->brief)
		status = parts_write(&sheet, "ring", 0);
	if (status == STATUS_OK)
		sheet_say_left_out(&sheet);
	free(way);
	return status;
}

enum status report_rank(struct reader *reader, const struct report_subject *subject, char **text, char *message)
{
	char capture[24];
	snprintf(capture, sizeof capture, "%" PRId64, subject->capture);
	const struct parameter parameter = {"capture", capture};
	struct parts *parts = parts_new("ranking");
	enum status status = STATUS_NO_MEMORY;
	*text = NULL;
	if (parts && parts_count(parts) == 1)
		status = answer_text(reader, parts_at(parts, 0)->statement, &parameter, 1, text);
	parts_free(parts);
	if (status != STATUS_OK && status != STATUS_INTERRUPTED)
		snprintf(message, REPORT_MESSAGE_MAX, "%s: %s", subject->database,
			 reader_error(reader)[0] ? reader_error(reader) : status_text(status));
	return status;
}
