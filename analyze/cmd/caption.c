#include "analyze/cmd/caption.h"

#include "analyze/cmd/answer.h"
#include "analyze/cmd/gnuplot.h"
#include "analyze/cmd/zone.h"
#include "analyze/engine/facts.h"
#include "store/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND INT64_C(1000000000)
#define NAME_COLUMNS 40

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash && slash[1] ? slash + 1 : path;
}

/* Where the character number `column` begins. */
static const char *at_column(const char *text, size_t column)
{
	for (; *text; text++)
		if (((unsigned char)*text & 0xc0) != 0x80 && column-- == 0)
			break;
	return text;
}

/* What is told of a database: all of its path where another one, which may be NULL, is called the same. */
static const char *database_name(const char *path, const char *other)
{
	return other && strcmp(base_of(path), base_of(other)) == 0 ? path : base_of(path);
}

/* A copy of a name, its middle left out where it is long; the caller frees it. */
static char *short_name(const char *long_name)
{
	char *name = strdup(long_name), *cut = NULL;
	if (!name)
		return NULL;
	gnuplot_clean(name);
	const size_t columns = text_columns(name);
	if (columns <= NAME_COLUMNS)
		return name;
	const char *head_end = at_column(name, NAME_COLUMNS / 2), *tail = at_column(name, columns - NAME_COLUMNS / 2 + 1);
	if (asprintf(&cut, "%.*s…%s", (int)(head_end - name), name, tail) < 0)
		cut = NULL;
	free(name);
	return cut;
}

/* Two values of one row: a time, and a text if it is asked for. STATUS_NOT_FOUND: there is no row. answer_free in any case. */
static enum status look_up(const struct picture *picture, struct reader *reader, const char *sql, int64_t id, struct answer *answer,
			   int64_t *time_ns, char *message)
{
	char number[24];
	snprintf(number, sizeof number, "%" PRId64, id);
	const struct parameter parameter = {"id", number};
	const enum status status = answer_run(answer, reader, sql, &parameter, 1);
	if (status != STATUS_OK) {
		snprintf(message, PICTURE_MESSAGE_MAX, "%s: %s", picture->database,
			 reader_error(reader)[0] ? reader_error(reader) : status_text(status));
		return status;
	}
	*time_ns = answer_integer(answer, 0, 0, NO_TIME);
	return answer->rows > 0 ? STATUS_OK : STATUS_NOT_FOUND;
}

static enum status write_flow(const struct picture *picture, struct reader *reader, FILE *out, int64_t *first_ns, char *message)
{
	static const char sql[] = "SELECT first_ns, protocol || ' ' || client || ' > ' || server FROM flows WHERE id = :id";
	struct answer answer;
	const enum status status = look_up(picture, reader, sql, picture->flow, &answer, first_ns, message);
	const char *ends = answer_cell(&answer, 0, 1);
	if (status == STATUS_OK)
		fprintf(out, ", flow %" PRId64 " (%s)", picture->flow, ends ? ends : "");
	else if (status == STATUS_NOT_FOUND)
		snprintf(message, PICTURE_MESSAGE_MAX,
			 "%s: there is no flow %" PRId64 " in it: see `wiretape query %s 'SELECT * FROM flows_view'`",
			 picture->database, picture->flow, picture->database);
	answer_free(&answer);
	return status;
}

/* The capture of the picture, or the one that it is held against. */
static enum status write_capture(const struct picture *picture, struct reader *reader, bool against, FILE *out, int64_t *first_ns,
				 char *message)
{
	const int64_t capture = against ? picture->against : picture->capture;
	struct answer answer;
	static const char *const sql[] = {
		"SELECT c.first_ns, file_name(c.path, min(o.path), max(o.path)) FROM main.captures AS c"
		" LEFT JOIN main.captures AS o ON file_name(o.path) = file_name(c.path) WHERE c.id = :id GROUP BY c.id",
		"SELECT c.first_ns, file_name(c.path, min(o.path), max(o.path)) FROM other.captures AS c"
		" LEFT JOIN other.captures AS o ON file_name(o.path) = file_name(c.path) WHERE c.id = :id GROUP BY c.id",
	};
	const enum status status = look_up(picture, reader, sql[against], capture, &answer, first_ns, message);
	if (status == STATUS_OK) {
		const char *told = answer_cell(&answer, 0, 1);
		char *name = short_name(told ? told : "");
		fprintf(out, "%scapture %" PRId64 " (%s)", against ? " against " : ", ", capture, name ? name : "");
		free(name);
	} else if (status == STATUS_NOT_FOUND) {
		snprintf(message, PICTURE_MESSAGE_MAX,
			 "%s: there is no capture %" PRId64 " in it: see `wiretape query %s captures`",
			 picture->database, capture, picture->database);
	}
	answer_free(&answer);
	return status;
}

static enum status write_chosen(const struct picture *picture, struct reader *reader, FILE *out, int64_t *first_ns, char *message)
{
	int64_t other_ns;
	enum status status;
	if (picture->flow) {
		status = write_flow(picture, reader, out, first_ns, message);
	} else if (picture->capture) {
		status = write_capture(picture, reader, false, out, first_ns, message);
	} else {
		static const char sql[] = "SELECT min(first_ns) FROM captures WHERE :id = 0";
		struct answer answer;
		status = look_up(picture, reader, sql, 0, &answer, first_ns, message);
		answer_free(&answer);
	}
	if (status == STATUS_OK && picture->against)
		status = write_capture(picture, reader, true, out, &other_ns, message);
	else if (status == STATUS_OK && picture->other) {
		char *name = short_name(database_name(picture->other, picture->database));
		fprintf(out, " against %s", name ? name : "");
		free(name);
	}
	return status;
}

static void write_time(const struct picture *picture, int64_t utc_ns, FILE *out)
{
	const time_t seconds = (time_t)(utc_ns / SECOND + zone_offset_s(picture->time_zone, utc_ns));
	struct tm clock;
	char text[16] = "";
	if (gmtime_r(&seconds, &clock))
		strftime(text, sizeof text, "%H:%M:%S", &clock);
	fputs(text, out);
	const int64_t part = utc_ns % SECOND;
	if (part > 0) {
		int digits = snprintf(text, sizeof text, ".%09" PRId64, part);
		while (text[digits - 1] == '0')
			digits--;
		fprintf(out, "%.*s", digits, text);
	}
}

static void write_period(const struct picture *picture, FILE *out)
{
	if (picture->from_ns != NO_TIME) {
		fputs(picture->to_ns != NO_TIME ? ", " : ", from ", out);
		write_time(picture, picture->from_ns, out);
	}
	if (picture->to_ns != NO_TIME) {
		fputs(picture->from_ns != NO_TIME ? " to " : ", to ", out);
		write_time(picture, picture->to_ns, out);
	}
}

enum status caption_make(const struct picture *picture, struct reader *reader, unsigned columns, char **title, int64_t *first_ns,
			 char *message)
{
	char *chart_title = sql_comment_value(picture->chart.sql, "title"), *name = short_name(database_name(picture->database, picture->other));
	size_t bytes = 0;
	enum status status = STATUS_NO_MEMORY;
	*title = NULL;
	*first_ns = NO_TIME;
	FILE *out = open_memstream(title, &bytes);
	if (out) {
		fprintf(out, "%s: %s", chart_title ? chart_title : "", name ? name : "");
		status = write_chosen(picture, reader, out, first_ns, message);
		write_period(picture, out);
		if (fclose(out) != 0 && status == STATUS_OK)
			status = STATUS_NO_MEMORY;
	}
	if (status == STATUS_NO_MEMORY)
		snprintf(message, PICTURE_MESSAGE_MAX, "out of memory");
	if (status == STATUS_OK) {
		gnuplot_clean(*title);
		/* The mark has three bytes, and so have the characters that are cut off at least: there is room for it. */
		if (text_columns(*title) > columns && columns >= 3)
			memcpy(*title + (at_column(*title, columns - 3) - *title), "...", 4);
	} else {
		free(*title);
		*title = NULL;
	}
	free(name);
	free(chart_title);
	return status;
}
