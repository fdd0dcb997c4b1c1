#include "analyze/cmd/report/page.h"

#include "analyze/cmd/report/common_findings.h"
#include "analyze/cmd/report/room.h"
#include "analyze/cmd/report/same_flows.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef WIRETAPE_VERSION
#define WIRETAPE_VERSION "unknown"
#endif

/* A page can be made again from the same input: https://reproducible-builds.org/specs/source-date-epoch/ */
static time_t time_of_making(void)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	char *end = NULL;
	const long long seconds = epoch ? strtoll(epoch, &end, 10) : 0;
	return epoch && end != epoch && !*end ? (time_t)seconds : time(NULL);
}

/* `folder`: what all have in common; NULL: nothing. */
static void begin(const struct batch *batch, const struct ranking *ranking, const char *folder, struct document *document)
{
	const time_t made = time_of_making();
	const struct subject *first = &batch->subjects->list[0];
	char when[64] = "", title[320], *subtitle = NULL;
	struct tm parts;
	bool has_section;
	if (gmtime_r(&made, &parts))
		strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &parts);
	if (ranking_count(ranking) == 1)
		first = &batch->subjects->list[ranking_at(ranking, 0, &has_section)];
	const char *base = strrchr(first->name, '/');
	base = base && base[1] ? base + 1 : first->name;
	if (ranking_count(ranking) == 1)
		snprintf(title, sizeof title, "%.300s", base);
	else
		snprintf(title, sizeof title, "%zu captures", ranking_count(ranking));
	if (asprintf(&subtitle, "%s%smade %s UTC by wiretape " WIRETAPE_VERSION, folder ? folder : "", folder ? ", " : "", when) < 0)
		subtitle = NULL;
	document_begin(document, title, subtitle);
	free(subtitle);
}

/* The section of a capture that there is no room for. */
static void write_verdict_alone(const struct batch *batch, const struct ranking *ranking, size_t place, struct document *document)
{
	char id[32];
	bool has_section;
	const size_t number = ranking_at(ranking, place, &has_section);
	const struct subject *subject = &batch->subjects->list[number];
	struct document_section section = {.id = id, .title = subject->shown, .folded = batch->subjects->count >= FOLDED_FROM};
	snprintf(id, sizeof id, "c%zu", number + 1);
	section.remark = ranking_verdict(ranking, place, &section.severity);
	document_section(document, &section);
	room_say(document, subject, "The page has no room for more of it.");
	document_section_end(document);
}

static void include_sections(const struct batch *batch, const struct ranking *ranking, const struct room *room, struct document *document)
{
	document_list(document, "captures");
	for (size_t i = 0; i < ranking_count(ranking); i++) {
		FILE *fragment = room_fragment(room, i);
		if (fragment) {
			document_include(document, fragment);
			fclose(fragment);
		} else if (room_of(room, i) == EXTENT_VERDICT) {
			write_verdict_alone(batch, ranking, i, document);
		}
	}
	document_list_end(document);
}

/* Few captures are seen at a glance: what they have in common is for scripts alone. */
static bool write_all(const struct batch *batch, const struct ranking *ranking, struct document *document)
{
	struct common_findings *common = common_findings_new(batch, ranking);
	if (!common)
		return false;
	const bool exact = batch->options->format == DOCUMENT_JSON;
	const char *severity, *worst = ranking_verdict(ranking, 0, &severity);
	char *sentence = ranking_count(ranking) > 1 ? common_findings_sentence(common, worst) : NULL;
	ranking_write_verdict(ranking, sentence, document);
	if (exact || ranking_count(ranking) >= FOLDED_FROM)
		common_findings_write(common, document);
	ranking_write(ranking, document);
	free(sentence);
	common_findings_free(common);
	return same_flows_write(batch, ranking, document) == STATUS_OK;
}

static void write_failure(const struct batch *batch, const struct ranking *ranking, struct document *document)
{
	char *text = NULL;
	const char *name = batch->subjects->list[0].name;
	if (asprintf(&text, "%s could not be read: %s", name, ranking_problem(ranking, 0)) < 0)
		return;
	document_verdict(document, "warning", text);
	free(text);
}

enum status page_write(const struct batch *batch, const struct ranking *ranking, const char *folder, FILE *out)
{
	struct document *document = document_new(batch->options->format, out);
	if (!document)
		return STATUS_NO_MEMORY;
	bool has_section = true, written = true;
	if (ranking_count(ranking) == 1)
		ranking_at(ranking, 0, &has_section);
	begin(batch, ranking, folder, document);
	if (ranking_count(ranking) > 1 || batch->options->format == DOCUMENT_JSON)
		written = write_all(batch, ranking, document);
	else if (!has_section)
		write_failure(batch, ranking, document);
	if (ranking_count(ranking) > 1 && batch->options->format == DOCUMENT_TEXT)
		document_paragraph(document, NULL, "Below is what was found in each. Services, flows, talkers and all else: "
						   "`-o report.html`, .md or .json.");
	struct room *room = room_new(batch, ranking, document_bytes(document));
	if (room) {
		room_write(room, document);
		include_sections(batch, ranking, room, document);
	}
	const enum status status = document_end(document);
	document_free(document);
	written &= room != NULL;
	room_free(room);
	return written ? status : STATUS_NO_MEMORY;
}
