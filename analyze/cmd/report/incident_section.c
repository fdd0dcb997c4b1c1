#include "analyze/cmd/report/incident_section.h"

#include "analyze/cmd/csv.h"
#include "analyze/cmd/memory_stream.h"
#include "analyze/cmd/report/part.h"
#include "analyze/source/tape.h"
#include "store/json.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_MAX ((off_t)16 << 20)
#define ID_MAX 64
#define LEAST_POINTS "60"

static char *join(const char *folder, const char *file)
{
	char *path = NULL;
	return asprintf(&path, "%s/%s", folder, file) < 0 ? NULL : path;
}

/* The whole incident.json; NULL: it cannot be read, or is no JSON object. A pipe of that name is not waited for. */
static char *read_json(const char *folder)
{
	char *path = join(folder, "incident.json"), *text = NULL;
	const int file = path ? open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) : -1;
	struct json_document *document = NULL;
	struct stat info;
	size_t bytes = 0;
	free(path);
	if (file < 0)
		return NULL;
	if (fstat(file, &info) == 0 && S_ISREG(info.st_mode) && info.st_size <= FILE_BYTES_MAX)
		text = malloc((size_t)info.st_size + 1);
	while (text && bytes < (size_t)info.st_size) {
		const ssize_t got = read(file, text + bytes, (size_t)info.st_size - bytes);
		if (got <= 0)
			break;
		bytes += (size_t)got;
	}
	close(file);
	if (text)
		text[bytes] = '\0';
	if (text && json_parse(&document, text, bytes) != STATUS_OK) {
		free(text);
		text = NULL;
	}
	json_document_free(document);
	return text;
}

static size_t count_segments(const char *folder)
{
	char message[TAPE_MESSAGE_MAX];
	struct tape *tape = NULL;
	const size_t count = tape_open(&tape, folder, message) == STATUS_OK ? tape_count(tape) : 0;
	tape_close(tape);
	return count;
}

/* Where a database has one capture, made from so many segments, and intervals that make a chart, its id; otherwise 0. */
static int64_t only_capture(const char *path, size_t segments)
{
	const struct table_options csv_table = {.format = TABLE_CSV};
	struct reader *reader = reader_new();
	char *text = NULL, number[24];
	size_t bytes = 0;
	int64_t id = 0;
	snprintf(number, sizeof number, "%zu", segments);
	const struct parameter parameter = {"segments", number};
	FILE *out = memory_stream(&text, &bytes, MEMORY_STREAM_MAX);
	enum status status = reader && out ? reader_open(reader, path) : STATUS_NO_MEMORY;
	if (status == STATUS_OK && !reader_is_current(reader)) /* the packets tell more */
		status = STATUS_UNSUPPORTED;
	if (status == STATUS_OK)
		status = reader_run(reader, "SELECT id FROM captures WHERE segments = :segments AND (SELECT count(*) FROM captures) = 1 "
				    "AND last_ns - first_ns >= " LEAST_POINTS " * 1e6 * interval_ms",
				    &parameter, 1, &csv_table, out);
	if (out && fclose(out) == 0 && status == STATUS_OK) {
		struct csv csv = csv_start(text);
		if (csv_next_row(&csv) && csv_next_row(&csv))
			id = strtoll(csv_next_field(&csv), NULL, 10);
	}
	free(text);
	reader_free(reader);
	return id;
}

char *incident_database(const char *folder, int64_t *capture)
{
	char *path = join(folder, "flows.db");
	const size_t segments = count_segments(folder);
	*capture = path && segments > 0 && access(path, R_OK) == 0 ? only_capture(path, segments) : 0;
	if (*capture > 0)
		return path;
	free(path);
	return NULL;
}

/* One row of a part into the document. */
struct row {
	char values[PART_COLUMNS_MAX][VALUE_MAX];
	struct document_cell cells[PART_COLUMNS_MAX];
};

static void take_row(struct row *row, const struct part *part, struct csv *csv, const char *time_zone, enum document_format format)
{
	const char *field;
	size_t at = 0;
	*row = (struct row){0};
	for (size_t i = 0; (field = csv_next_field(csv)) != NULL; i++) {
		if (i >= part->column_count || !part_column_is_shown(&part->columns[i], format))
			continue;
		if (field[0])
			row->cells[at].text = value_text(part->columns[i].kind, field, format == DOCUMENT_JSON, time_zone, row->values[at]);
		at++;
	}
}

/* `text` is CSV with a header line; its columns are those of the part, in its order. */
static void write_rows(struct document *document, const struct part *part, char *text, const char *time_zone)
{
	const enum document_format format = document_format(document);
	struct document_column columns[PART_COLUMNS_MAX];
	char headings[PART_COLUMNS_MAX][128];
	struct csv csv = csv_start(text);
	struct row row;
	size_t count = 0;
	for (size_t i = 0; i < part->column_count; i++) {
		if (!part_column_is_shown(&part->columns[i], format))
			continue;
		const bool timed = part->columns[i].kind == VALUE_TIME || part->columns[i].kind == VALUE_CLOCK;
		snprintf(headings[count], sizeof headings[count], "%s%s%s", part->columns[i].heading, timed ? ", " : "",
			 !timed ? "" : time_zone ? time_zone : "UTC");
		columns[count] = (struct document_column){part->columns[i].key, headings[count], value_document_kind(part->columns[i].kind)};
		count++;
	}
	csv_next_row(&csv);
	if (part->shape == PART_FACTS) {
		if (csv_next_row(&csv)) {
			size_t known = 0;
			take_row(&row, part, &csv, time_zone, format);
			for (size_t i = 0; i < count; i++)
				if (row.cells[i].text || format == DOCUMENT_JSON) {
					columns[known] = columns[i];
					row.cells[known++] = row.cells[i];
				}
			document_facts(document, part->key, columns, row.cells, known);
		}
		return;
	}
	document_table(document, part->key, part->title, columns, count);
	while (csv_next_row(&csv)) {
		take_row(&row, part, &csv, time_zone, format);
		document_row(document, row.cells);
	}
	document_table_end(document);
}

/* The part takes the JSON apart; none of its rows, none of it. */
static void write_part(struct document *document, struct reader *reader, const struct part *part, const char *json, const char *time_zone)
{
	const struct table_options csv_table = {.format = TABLE_CSV};
	const struct parameter parameter = {"json", json};
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = part->statement ? memory_stream(&text, &bytes, MEMORY_STREAM_MAX) : NULL;
	if (!out)
		return;
	const enum status status = reader_run(reader, part->statement, &parameter, 1, &csv_table, out);
	if (fclose(out) == 0 && status == STATUS_OK) {
		const char *rows = strchr(text, '\n');
		if (rows && rows[1])
			write_rows(document, part, text, time_zone);
	} else if (status != STATUS_INTERRUPTED) {
		document_warning(document, NULL, reader_error(reader));
	}
	free(text);
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
		snprintf(text, sizeof text, "%" PRId64 " segments of its period could not be saved: the ring had removed them.", missing);
		document_warning(document, "segments_missing", text);
	}
	json_document_free(parsed);
}

void incident_section(struct document *document, struct reader *reader, const char *folder, const struct report_subject *subject)
{
	char id[ID_MAX], *json = read_json(folder);
	struct parts *parts = parts_new("incident");
	snprintf(id, sizeof id, "%sincident", subject->prefix ? subject->prefix : "");
	const struct document_section section = {.key = "incident", .id = id, .title = "Why it was saved"};
	document_section(document, &section);
	if (!json)
		document_warning(document, "unreadable", "incident.json is damaged: why it was saved is not known.");
	for (size_t i = 0; json && parts && i < parts_count(parts); i++)
		write_part(document, reader, parts_at(parts, i), json, subject->time_zone);
	if (json)
		warn_of_segments(document, folder, json);
	document_section_end(document);
	parts_free(parts);
	free(json);
}
