#include "analyze/cmd/report/incident_section.h"

#include "analyze/cmd/answer.h"
#include "analyze/cmd/incident_file.h"
#include "analyze/cmd/report/sheet.h"
#include "analyze/source/path.h"
#include "analyze/source/tape.h"
#include "store/json.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LEAST_POINTS "60"

static size_t count_segments(const char *folder)
{
	char message[TAPE_MESSAGE_MAX];
	struct tape *tape = NULL;
	const size_t count = tape_open(&tape, folder, message) == STATUS_OK ? tape_count(tape) : 0;
	tape_close(tape);
	return count;
}

/* Where a database has one capture, made from so many segments, and intervals that make a chart, its id; otherwise 0.
 * Without segments it is all that is left, whatever it was made from. */
static int64_t only_capture(const char *path, size_t segments)
{
	static const char sql[] = "SELECT id FROM captures WHERE (SELECT count(*) FROM captures) = 1 AND (:segments = 0 "
				  "OR segments = :segments AND last_ns - first_ns >= " LEAST_POINTS " * 1e6 * interval_ms)";
	struct reader *reader = reader_new();
	struct answer answer = {0};
	char number[24];
	snprintf(number, sizeof number, "%zu", segments);
	const struct parameter parameter = {"segments", number};
	/* Of an older database the packets tell more, if they are there. */
	if (reader && reader_open(reader, path) == STATUS_OK && (segments == 0 || reader_is_current(reader)))
		answer_run(&answer, reader, sql, &parameter, 1);
	const int64_t id = answer_integer(&answer, 0, 0, 0);
	answer_free(&answer);
	reader_free(reader);
	return id;
}

char *incident_database(const char *folder, int64_t *capture)
{
	char *path = path_join(folder, "flows.db");
	const size_t segments = count_segments(folder);
	*capture = path && access(path, R_OK) == 0 ? only_capture(path, segments) : 0;
	if (*capture > 0)
		return path;
	free(path);
	return NULL;
}

/* The part takes the JSON apart; none of its rows, none of it. False: the report can't go on. */
static bool write_part(struct sheet *sheet, const struct part *part)
{
	struct answer answer;
	enum status status = sheet_ask(sheet, &answer, part->statement, 0, sheet_rows(sheet, part));
	if (status == STATUS_OK && part->shape == PART_WARNINGS)
		part_warnings(sheet, &answer);
	else if (status == STATUS_OK)
		part_rows(sheet, part, &answer, part->title);
	answer_free(&answer);
	return !sheet_gives_up(sheet, part->title, &status);
}

/* "5 segments were saved with it, 3 are here." */
static void warn_of_segments(struct document *document, const char *folder, const char *json)
{
	struct json_document *parsed = NULL;
	const size_t here = count_segments(folder);
	char text[160];
	if (json_parse(&parsed, json, strlen(json)) != STATUS_OK)
		return;
	const int64_t saved = json_get_integer(parsed, "segments", -1), missing = json_get_integer(parsed, "missing_segments", 0);
	if (saved >= 0 && (uint64_t)saved != here) {
		snprintf(text, sizeof text, "%" PRId64 " segments were saved with it, %zu are in its folder.", saved, here);
		document_warning(document, "segments_gone", text);
	}
	if (missing > 0) {
		snprintf(text, sizeof text, "%" PRId64 " segments of its period could not be saved: the ring had removed them, or "
			 "--incident-size was used up.", missing);
		document_warning(document, "segments_missing", text);
	}
	json_document_free(parsed);
}

void incident_section(struct document *document, struct reader *reader, const char *folder, const struct report_subject *subject)
{
	char id[SHEET_ID_MAX], message[REPORT_MESSAGE_MAX], *json = incident_file_read(folder);
	struct parts *parts = parts_new("incident");
	struct sheet sheet = sheet_for(document, reader, subject, message);
	sheet.json = json;
	document_section(document, &(struct document_section){
		.key = "incident",
		.id = sheet_id(&sheet, 0, "incident", id),
		.title = "Why it was saved",
	});
	if (!json)
		document_warning(document, "unreadable", "incident.json is damaged: why it was saved is not known.");
	for (size_t i = 0; json && parts && i < parts_count(parts) && write_part(&sheet, parts_at(parts, i)); i++)
		;
	if (json)
		warn_of_segments(document, folder, json);
	document_section_end(document);
	parts_free(parts);
	free(json);
}
