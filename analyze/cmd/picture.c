#include "analyze/cmd/picture.h"

#include "analyze/cmd/answer.h"
#include "analyze/cmd/caption.h"
#include "analyze/cmd/flow_packets.h"
#include "analyze/cmd/gnuplot.h"
#include "analyze/cmd/temporary.h"
#include "analyze/cmd/zone.h"
#include "analyze/engine/facts.h"
#include "analyze/source/path.h"
#include "store/embedded.h"
#include "store/target.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WIDTH 1000
#define HEIGHT 600
#define COLUMNS 80 /* of a terminal without pixels */
#define LINES 24
#define TITLE_LETTERS 110 /* fit in style.gp's smaller size */
#define TITLE_WIDTH 700 /* so many pixels or more have room for them */
#define NUMBER_MAX 24
#define ZONE_CHANGES_MAX 100 /* of fifty years */

/* What a picture takes: a folder of its own for what gnuplot reads and says. gnuplot runs there and knows only these two names: it takes
 * one that begins with "<" or "|" for a command, and TMPDIR may be named so. */
#define DATA_NAME "data.tsv"
#define PICTURE_NAME "picture"
struct workplace {
	struct temporary_folder folder;
	char *data, *script, *errors, *picture;
};

static void remove_workplace(struct workplace *place)
{
	temporary_folder_remove(&place->folder);
	free(place->data);
	free(place->script);
	free(place->errors);
	free(place->picture);
}

/* remove_workplace in any case. */
static bool make_workplace(struct workplace *place, char *message)
{
	*place = (struct workplace){0};
	if (!temporary_folder_make(&place->folder, "plot")) {
		snprintf(message, PICTURE_MESSAGE_MAX, TEMPORARY_COMPLAINT, temporary_place(), strerror(errno));
		return false;
	}
	place->data = path_join(place->folder.path, DATA_NAME);
	place->script = path_join(place->folder.path, GNUPLOT_SCRIPT);
	place->errors = path_join(place->folder.path, "errors");
	place->picture = path_join(place->folder.path, PICTURE_NAME);
	if (place->data && place->script && place->errors && place->picture)
		return true;
	snprintf(message, PICTURE_MESSAGE_MAX, "out of memory");
	return false;
}

static const char *number_or_null(char text[NUMBER_MAX], bool given, int64_t number)
{
	snprintf(text, NUMBER_MAX, given ? "%" PRId64 : "NULL", number);
	return text;
}

static bool is_dumb(const struct picture *picture)
{
	return picture->terminal && strcmp(picture->terminal, "dumb") == 0;
}

/* Characters are wide. */
static unsigned most_points(const struct picture *picture)
{
	if (picture->points)
		return picture->points;
	return is_dumb(picture) && picture->width ? 2 * picture->width : PICTURE_POINTS;
}

static enum status load_packets(const struct picture *picture, struct reader *reader)
{
	const struct flow_packets wanted = {
		.database = picture->database,
		.capture_path = picture->capture_path,
		.flow = picture->flow,
		.from_ns = picture->from_ns,
		.to_ns = picture->to_ns,
	};
	return chart_needs(&picture->chart, "packets") ? flow_packets_load(reader, &wanted) : STATUS_OK;
}

enum status picture_data(const struct picture *picture, struct reader *reader, FILE *out, char *message)
{
	char flow[NUMBER_MAX], capture[NUMBER_MAX], against[NUMBER_MAX], from[NUMBER_MAX], to[NUMBER_MAX], points[NUMBER_MAX];
	char direction[8] = "NULL";
	uint64_t rows = 0;
	if (picture->direction)
		snprintf(direction, sizeof direction, "'%.3s'", picture->direction);
	const struct sql_literal literals[] = {
		{"flow", number_or_null(flow, picture->flow, picture->flow)},
		{"capture", number_or_null(capture, picture->capture, picture->capture)},
		{"against", number_or_null(against, picture->against, picture->against)},
		{"from", number_or_null(from, picture->from_ns != NO_TIME, picture->from_ns)},
		{"to", number_or_null(to, picture->to_ns != NO_TIME, picture->to_ns)},
		{"points", number_or_null(points, true, most_points(picture))},
		{"direction", direction},
	};
	enum status status = load_packets(picture, reader);
	if (status == STATUS_OK)
		status = chart_write_data(&picture->chart, reader, literals, sizeof literals / sizeof literals[0], out, &rows);
	if (status != STATUS_OK && status != STATUS_INTERRUPTED)
		snprintf(message, PICTURE_MESSAGE_MAX, "%s: chart %.*s: %s", picture->database, (int)picture->chart.name_length,
			 picture->chart.name, reader_error(reader)[0] ? reader_error(reader) : status_text(status));
	if (status != STATUS_OK || rows > 0)
		return status;
	const char *where = "";
	if (picture->from_ns != NO_TIME || picture->to_ns != NO_TIME)
		where = " in this period";
	else if (picture->flow)
		where = strstr(picture->chart.sql, "flow_timeline")
				? " in this flow (small flows have no timeline: see wiretape analyze --flow-timeline-packets)"
				: " in this flow";
	char *empty = sql_comment_value(picture->chart.sql, "empty");
	snprintf(message, PICTURE_MESSAGE_MAX, "%s: nothing to draw: chart %.*s: %s%s", picture->database,
		 (int)picture->chart.name_length, picture->chart.name, empty ? empty : "there is no data", where);
	free(empty);
	return STATUS_NOT_FOUND;
}

/* The header line "-- size: WIDTH HEIGHT" of a chart that wants another one; or characters. */
static void picture_size(const struct picture *picture, unsigned *width, unsigned *height)
{
	char *size = sql_comment_value(picture->chart.sql, "size");
	char *rest = NULL;
	*width = size ? (unsigned)strtoul(size, &rest, 10) : WIDTH;
	*height = rest ? (unsigned)strtoul(rest, NULL, 10) : HEIGHT;
	free(size);
	if (is_dumb(picture)) {
		*width = COLUMNS;
		*height = LINES;
	}
	if (picture->width)
		*width = picture->width;
	if (picture->height)
		*height = picture->height;
}

void picture_fit(struct picture *picture, unsigned width, unsigned height)
{
	unsigned own_width, own_height;
	picture_size(picture, &own_width, &own_height);
	if (own_width > width) {
		own_height = own_height * width / own_width;
		own_width = width;
	}
	if (own_height > height) {
		own_width = own_width * height / own_height;
		own_height = height;
	}
	if (!picture->width)
		picture->width = own_width;
	if (!picture->height)
		picture->height = own_height;
}

/* Of the reader's clock: how far it is ahead of UTC in all that may be drawn, and where that changes. */
static enum status write_offsets(const struct picture *picture, struct reader *reader, int64_t time_ns, FILE *out, char *message)
{
	static const char own[] = "SELECT min(first_ns), max(last_ns) FROM main.captures";
	static const char both[] = "SELECT min(first_ns), max(last_ns) FROM (SELECT first_ns, last_ns FROM main.captures "
				   "UNION ALL SELECT first_ns, last_ns FROM other.captures)";
	struct zone_change changes[ZONE_CHANGES_MAX];
	struct answer answer;
	const enum status status = answer_run(&answer, reader, chart_needs(&picture->chart, "against") ? both : own, NULL, 0);
	if (status == STATUS_OK) {
		const int64_t first_ns = answer_integer(&answer, 0, 0, time_ns), last_ns = answer_integer(&answer, 0, 1, first_ns);
		const size_t count = zone_changes(picture->time_zone, first_ns, last_ns, changes, ZONE_CHANGES_MAX);
		fprintf(out, "tz_offsets = '%" PRId64, first_ns == NO_TIME ? 0 : zone_offset_s(picture->time_zone, first_ns));
		for (size_t i = 0; i < count; i++)
			fprintf(out, " %" PRId64 " %" PRId64, changes[i].at_s, changes[i].offset_s);
		fputs("'\n", out);
	} else {
		snprintf(message, PICTURE_MESSAGE_MAX, "%s: %s", picture->database,
			 reader_error(reader)[0] ? reader_error(reader) : status_text(status));
	}
	answer_free(&answer);
	return status;
}

enum status picture_script(const struct picture *picture, struct reader *reader, const char *data, const char *output, FILE *out,
			   char *message)
{
	unsigned width, height;
	int64_t time_ns;
	char *title, zone[ZONE_LABEL_MAX];
	picture_size(picture, &width, &height);
	const unsigned columns = is_dumb(picture) ? width - 2 : width < TITLE_WIDTH ? width * TITLE_LETTERS / TITLE_WIDTH : TITLE_LETTERS;
	enum status status = caption_make(picture, reader, columns, &title, &time_ns, message);
	if (status != STATUS_OK)
		return status;
	if (picture->from_ns != NO_TIME)
		time_ns = picture->from_ns;
	zone_label(picture->time_zone, time_ns == NO_TIME ? 0 : time_ns, zone);
	gnuplot_assign(out, "data", data);
	gnuplot_assign(out, "out", output);
	gnuplot_assign(out, "term", picture->terminal ? picture->terminal : "pngcairo");
	gnuplot_assign(out, "chart_title", title);
	fprintf(out, "width = %u\nheight = %u\nown_size = %d\nin_page = %d\n", width, height,
		!picture->width && !picture->height, picture->in_page);
	gnuplot_assign(out, "dumb_colours", picture->colours ? "ansirgb" : "mono");
	fprintf(out, "tz_s = %" PRId64 "\n", time_ns == NO_TIME ? 0 : zone_offset_s(picture->time_zone, time_ns));
	gnuplot_assign(out, "tz_name", zone);
	status = write_offsets(picture, reader, time_ns, out, message);
	fputs(embedded_sql_text("plots/style.gp"), out);
	fputs(picture->chart.script, out);
	free(title);
	return status;
}

/* Writes one of the files that gnuplot reads. */
static enum status write_file(const struct picture *picture, struct reader *reader, const struct workplace *place, bool script,
			      char *message)
{
	const char *path = script ? place->script : place->data;
	FILE *file = fopen(path, "we");
	enum status status = STATUS_IO;
	if (file && script)
		status = picture_script(picture, reader, DATA_NAME, PICTURE_NAME, file, message);
	else if (file)
		status = picture_data(picture, reader, file, message);
	const bool failed = !file || ferror(file);
	if (!file || ((fclose(file) != 0 || failed) && status == STATUS_OK)) {
		snprintf(message, PICTURE_MESSAGE_MAX, "%s: cannot be written: %s", path, strerror(errno));
		return STATUS_IO;
	}
	return status;
}

/* gnuplot does not tell that a disk is full, but then the end is missing. */
static bool is_whole(const struct picture *picture, const char *path)
{
	static const struct {
		const char *terminal, *end; /* but for line ends; text has nothing else, or puts colours back */
	} known[] = {{"pngcairo", "IEND\xae\x42\x60\x82"}, {"svg", "</svg>"}, {"pdfcairo", "%%EOF"}, {"sixelgd", "\033\\"}};
	const char *terminal = picture->terminal ? picture->terminal : known[0].terminal, *end = "";
	char tail[16] = "";
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strcmp(known[i].terminal, terminal) == 0)
			end = known[i].end;
	if (is_dumb(picture) && picture->colours)
		end = "\033[0;39;49m";
	FILE *file = fopen(path, "re");
	size_t length = file && fseek(file, -(long)sizeof tail, SEEK_END) == 0 ? fread(tail, 1, sizeof tail, file) : 0;
	if (file)
		fclose(file);
	const bool ended = length > 0 && (end[0] || tail[length - 1] == '\n');
	while (length > 0 && tail[length - 1] == '\n')
		length--;
	return ended && length >= strlen(end) && memcmp(tail + length - strlen(end), end, strlen(end)) == 0;
}

/* Draws into the workplace. The script comes first: it knows if what was chosen exists. */
static enum status draw(const struct picture *picture, struct reader *reader, const struct workplace *place, char *message)
{
	char complaint[512];
	enum status status = write_file(picture, reader, place, true, message);
	if (status == STATUS_OK)
		status = write_file(picture, reader, place, false, message);
	if (status != STATUS_OK)
		return status;
	status = gnuplot_run(place->folder.path, place->script, place->errors, complaint, sizeof complaint);
	if (status == STATUS_NOT_FOUND) {
		snprintf(message, PICTURE_MESSAGE_MAX,
			 "gnuplot is not installed: install it (gnuplot-nox), or print what it would draw with --data");
		return STATUS_UNSUPPORTED;
	}
	if (status == STATUS_OK && !is_whole(picture, place->picture)) {
		status = STATUS_IO;
		if (access(place->picture, F_OK) == 0 || !complaint[0])
			snprintf(complaint, sizeof complaint, "the picture is not whole; is %s full? Name another folder in TMPDIR",
				 temporary_place());
	}
	if (status != STATUS_OK && status != STATUS_INTERRUPTED)
		snprintf(message, PICTURE_MESSAGE_MAX, "chart %.*s: gnuplot failed: %s", (int)picture->chart.name_length,
			 picture->chart.name, complaint[0] ? complaint : status_text(status));
	return status;
}

static bool copy(FILE *in, FILE *out)
{
	char block[16384];
	size_t count;
	while ((count = fread(block, 1, sizeof block, in)) > 0)
		fwrite(block, 1, count, out);
	return !ferror(in) && !ferror(out);
}

enum status picture_write(const struct picture *picture, struct reader *reader, FILE *out, char *message)
{
	struct workplace place;
	enum status status = make_workplace(&place, message) ? draw(picture, reader, &place, message) : STATUS_IO;
	FILE *in = status == STATUS_OK ? fopen(place.picture, "re") : NULL;
	remove_workplace(&place); /* before it is printed: who reads that may go away, and end us */
	if (status == STATUS_OK && (!in || !copy(in, out))) {
		snprintf(message, PICTURE_MESSAGE_MAX, "the picture cannot be written: %s", strerror(errno));
		status = STATUS_IO;
	}
	if (in)
		fclose(in);
	return status;
}

enum status picture_draw(const struct picture *picture, struct reader *reader, const char *output, char *message)
{
	char *temporary = NULL;
	enum status status = target_reserve(output, &temporary);
	FILE *file = status == STATUS_OK ? fopen(temporary, "we") : NULL;
	if (!file) {
		snprintf(message, PICTURE_MESSAGE_MAX, "%s: cannot be written: %s", output, strerror(errno));
		status = STATUS_IO;
		goto out;
	}
	status = picture_write(picture, reader, file, message);
	const bool closed = fclose(file) == 0;
	if (status == STATUS_OK && (!closed || target_commit(temporary, output, true) != STATUS_OK)) {
		snprintf(message, PICTURE_MESSAGE_MAX, "%s: cannot be written: %s", output, strerror(errno));
		status = STATUS_IO;
	}
out:
	if (status != STATUS_OK && temporary)
		unlink(temporary);
	free(temporary);
	return status;
}

/* Cuts away what stands around the element <svg>: a page has a head of its own. */
static void keep_element(char *text, size_t *bytes)
{
	char *begin = strstr(text, "<svg"), *end = begin;
	for (char *at = begin; at && (at = strstr(at, "</svg>")) != NULL; at += 6)
		end = at + 6;
	if (!begin || end == begin)
		return;
	*bytes = (size_t)(end - begin);
	memmove(text, begin, *bytes);
	text[*bytes] = '\0';
}

enum status picture_text(const struct picture *picture, struct reader *reader, char **text, size_t *bytes, char *message)
{
	*text = NULL;
	*bytes = 0;
	FILE *out = open_memstream(text, bytes);
	enum status status = STATUS_NO_MEMORY;
	if (out) {
		status = picture_write(picture, reader, out, message);
		if (fclose(out) != 0 && status == STATUS_OK)
			status = STATUS_NO_MEMORY;
	}
	if (status == STATUS_NO_MEMORY)
		snprintf(message, PICTURE_MESSAGE_MAX, "out of memory");
	if (status != STATUS_OK) {
		free(*text);
		*text = NULL;
	} else if (picture->terminal && strcmp(picture->terminal, "svg") == 0) {
		keep_element(*text, bytes);
	}
	return status;
}
