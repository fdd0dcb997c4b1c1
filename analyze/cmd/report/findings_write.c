#include "analyze/cmd/report/sheet.h"

#include <stdlib.h>
#include <string.h>

#define EVIDENCE_MAX 8
#define EVIDENCE_SHORT 2 /* in plain text, and in a report on many captures */

static unsigned long number_of(const char *text)
{
	return text ? strtoul(text, NULL, 10) : 0;
}

/* The anchor of a finding. */
static const char *finding_id(const struct sheet *sheet, const char *code, char id[SHEET_ID_MAX])
{
	char name[SHEET_ID_MAX];
	snprintf(name, sizeof name, "finding-%s", code ? code : "");
	return sheet_id(sheet, 0, name, id);
}

/* Where the evidence is to be found, and since when; free it. Scripts have times of their own. */
static char *place_of(const struct sheet *sheet, const struct answer *answer, size_t at)
{
	char buffer[VALUE_MAX], *text = NULL;
	const char *place = answer_named(answer, at, "place"), *zone = sheet->subject->time_zone;
	const char *time = value_text(VALUE_TIME, answer_named(answer, at, "t_ns"), false, zone, buffer);
	if (!time || document_format(sheet->document) == DOCUMENT_JSON)
		return place ? strdup(place) : NULL;
	return asprintf(&text, "%s%s%s %s", place ? place : "", place ? ", " : "", time, zone ? zone : "UTC") < 0 ? NULL : text;
}

/* The finding whose rows begin at `first`; gives the row behind them. */
static size_t write_finding(struct sheet *sheet, const struct answer *answer, size_t first)
{
	struct document_evidence evidence[EVIDENCE_MAX];
	char links[EVIDENCE_MAX][SHEET_ID_MAX];
	char *places[EVIDENCE_MAX];
	const char *id = answer_named(answer, first, "id");
	char anchor[SHEET_ID_MAX], cause[SHEET_ID_MAX], link[SHEET_ID_MAX + 1];
	size_t count = 0, at = first;
	for (; at < answer->rows && count < EVIDENCE_MAX && !strcmp(answer_named(answer, at, "id"), id); at++) {
		const char *detail = answer_named(answer, at, "detail");
		if (!detail)
			continue;
		evidence[count] = (struct document_evidence){
			.detail = detail,
			.where = places[count] = place_of(sheet, answer, at),
			.filter = answer_named(answer, at, "filter"),
			.link = sheet_flow_link(sheet, answer_named(answer, at, "flow"), links[count]),
		};
		count++;
	}
	const unsigned long rows = number_of(answer_named(answer, first, "of_rows"));
	snprintf(link, sizeof link, "#%s", finding_id(sheet, answer_named(answer, first, "cause"), cause));
	document_finding(sheet->document, &(struct document_finding){
		.id = finding_id(sheet, answer_named(answer, first, "code"), anchor),
		.severity = answer_named(answer, first, "severity"),
		.code = answer_named(answer, first, "code"),
		.layer = answer_named(answer, first, "layer"),
		.title = answer_named(answer, first, "title"),
		.explanation = answer_named(answer, first, "explanation"),
		.advice = answer_named(answer, first, "advice"),
		.explained_by = answer_named(answer, first, "explained_by"),
		.cause_link = answer_named(answer, first, "cause") ? link : NULL,
		.evidence = evidence,
		.evidence_count = count,
		.evidence_more = rows > count ? rows - count : 0,
	});
	for (size_t i = 0; i < count; i++)
		free(places[i]);
	return at;
}

enum status findings_write(struct sheet *sheet)
{
	struct answer answer = {0};
	char id[SHEET_ID_MAX];
	const bool brief = sheet->subject->one_of_many || document_format(sheet->document) == DOCUMENT_TEXT;
	const unsigned rows = brief ? EVIDENCE_SHORT : EVIDENCE_MAX;
	enum status status = sheet_ask(sheet, &answer, part_text("findings"), 0, rows);
	if (status == STATUS_OK && answer.rows) {
		const bool section = document_format(sheet->document) != DOCUMENT_JSON;
		if (section)
			document_section(sheet->document,
					 &(struct document_section){.id = sheet_id(sheet, 0, "findings", id), .title = "Findings"});
		document_findings(sheet->document, "findings");
		for (size_t at = 0; at < answer.rows;)
			at = write_finding(sheet, &answer, at);
		document_findings_end(sheet->document);
		if (section)
			document_section_end(sheet->document);
	}
	sheet_gives_up(sheet, "What was found", &status);
	answer_free(&answer);
	return status;
}
