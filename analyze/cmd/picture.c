#include "analyze/cmd/picture.h"

#include "analyze/cmd/csv.h"
#include "analyze/cmd/flow_packets.h"
#include "analyze/cmd/gnuplot.h"
#include "analyze/engine/facts.h"
#include "store/embedded.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WIDTH 1000
#define HEIGHT 600
#define NUMBER_MAX 24

/* What a picture takes: a folder of its own for what gnuplot reads and says. */
struct workplace {
	char folder[512], data[544], script[544], errors[544], picture[544];
};

static bool make_workplace(struct workplace *place, char *message)
{
	const char *base = getenv("TMPDIR");
	const int length = snprintf(place->folder, sizeof place->folder, "%s/wiretape-plot-XXXXXX",
				    base && base[0] ? base : "/tmp");
	if (length >= (int)sizeof place->folder || !mkdtemp(place->folder)) {
		snprintf(message, PICTURE_MESSAGE_MAX, "%s: no temporary folder can be made: %s", place->folder, strerror(errno));
		place->folder[0] = '\0';
		return false;
	}
	snprintf(place->data, sizeof place->data, "%s/data.tsv", place->folder);
	snprintf(place->script, sizeof place->script, "%s/script.gp", place->folder);
	snprintf(place->errors, sizeof place->errors, "%s/errors", place->folder);
	snprintf(place->picture, sizeof place->picture, "%s/picture", place->folder);
	return true;
}

static void remove_workplace(const struct workplace *place)
{
	if (!place->folder[0])
		return;
	unlink(place->data);
	unlink(place->script);
	unlink(place->errors);
	unlink(place->picture);
	rmdir(place->folder);
}

/* The chart's title and what was chosen; free it. NULL after a complaint. */
static char *make_title(const struct picture *picture, struct reader *reader, char *message)
{
	char *title = NULL, *flow_text = NULL, *chart_title = sql_comment_value(picture->chart.sql, "title");
	size_t flow_bytes = 0;
	char chosen[512] = "";
	const char *base = strrchr(picture->database, '/');
	base = base ? base + 1 : picture->database;
	if (picture->flow) {
		char sql[128];
		snprintf(sql, sizeof sql, "SELECT protocol || ' ' || client || ' > ' || server FROM flows WHERE id = %" PRId64, picture->flow);
		const struct table_options csv_table = {.format = TABLE_CSV};
		FILE *out = open_memstream(&flow_text, &flow_bytes);
		if (!out || reader_run(reader, sql, NULL, 0, &csv_table, out) != STATUS_OK) {
			snprintf(message, PICTURE_MESSAGE_MAX, "%s: %s", picture->database, out ? reader_error(reader) : "out of memory");
			if (out)
				fclose(out);
			goto out;
		}
		fclose(out);
		struct csv csv = csv_start(flow_text);
		csv_next_row(&csv);
		if (!csv_next_row(&csv)) {
			snprintf(message, PICTURE_MESSAGE_MAX,
				 "%s: there is no flow %" PRId64 " in it: see `wiretape query %s 'SELECT * FROM flows_view'`",
				 picture->database, picture->flow, picture->database);
			goto out;
		}
		snprintf(chosen, sizeof chosen, ", flow %" PRId64 " (%s)", picture->flow, csv_next_field(&csv));
	} else if (picture->capture) {
		snprintf(chosen, sizeof chosen, ", capture %" PRId64, picture->capture);
	}
	if (asprintf(&title, "%s: %s%s", chart_title ? chart_title : "", base, chosen) < 0) {
		title = NULL;
		snprintf(message, PICTURE_MESSAGE_MAX, "out of memory");
	}
out:
	free(flow_text);
	free(chart_title);
	return title;
}

static const char *number_or_null(char text[NUMBER_MAX], bool given, int64_t number)
{
	snprintf(text, NUMBER_MAX, given ? "%" PRId64 : "NULL", number);
	return text;
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
	return chart_needs_packets(&picture->chart) ? flow_packets_load(reader, &wanted) : STATUS_OK;
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
		{"points", number_or_null(points, true, picture->points ? picture->points : PICTURE_POINTS)},
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
	snprintf(message, PICTURE_MESSAGE_MAX, "%s: nothing to draw: chart %.*s has no data%s", picture->database,
		 (int)picture->chart.name_length, picture->chart.name,
		 picture->flow ? " for this flow (small flows have no timeline: see wiretape analyze --flow-timeline-packets)" : "");
	return STATUS_NOT_FOUND;
}

/* The header line "-- size: WIDTH HEIGHT" of a chart that wants another one. */
static void chart_size(const struct picture *picture, unsigned *width, unsigned *height)
{
	char *size = sql_comment_value(picture->chart.sql, "size");
	char *rest = NULL;
	*width = size ? (unsigned)strtoul(size, &rest, 10) : WIDTH;
	*height = rest ? (unsigned)strtoul(rest, NULL, 10) : HEIGHT;
	free(size);
	if (picture->width)
		*width = picture->width;
	if (picture->height)
		*height = picture->height;
}

enum status picture_script(const struct picture *picture, struct reader *reader, const char *data, const char *output, FILE *out,
			   char *message)
{
	unsigned width, height;
	char *title = make_title(picture, reader, message);
	if (!title)
		return STATUS_NOT_FOUND;
	chart_size(picture, &width, &height);
	gnuplot_assign(out, "data", data);
	gnuplot_assign(out, "out", output);
	gnuplot_assign(out, "term", picture->terminal ? picture->terminal : "pngcairo");
	gnuplot_assign(out, "chart_title", title);
	fprintf(out, "width = %u\nheight = %u\nin_page = %d\n", width, height, picture->in_page);
	gnuplot_assign(out, "dumb_colours", picture->colours ? "ansi" : "mono");
	fputs("tz_s = 0\ntz_name = 'UTC'\n", out);
	fputs(embedded_sql_text("plots/style.gp"), out);
	fputs(picture->chart.script, out);
	free(title);
	return STATUS_OK;
}

/* Writes one of the files that gnuplot reads, with picture_data (`data` NULL) or picture_script. */
static enum status write_file(const struct picture *picture, struct reader *reader, const char *path, const char *data, const char *output,
			      char *message)
{
	FILE *file = fopen(path, "we");
	enum status status = STATUS_IO;
	if (file)
		status = data ? picture_script(picture, reader, data, output, file, message) : picture_data(picture, reader, file, message);
	if (!file || (fclose(file) != 0 && status == STATUS_OK)) {
		snprintf(message, PICTURE_MESSAGE_MAX, "%s: cannot be written: %s", path, strerror(errno));
		return STATUS_IO;
	}
	return status;
}

/* Draws into `output`, which may be left half done. */
static enum status draw(const struct picture *picture, struct reader *reader, const struct workplace *place, const char *output,
			char *message)
{
	char complaint[512];
	enum status status = write_file(picture, reader, place->script, place->data, output, message);
	if (status == STATUS_OK)
		status = write_file(picture, reader, place->data, NULL, NULL, message);
	if (status != STATUS_OK)
		return status;
	status = gnuplot_run(place->script, place->errors, complaint, sizeof complaint);
	if (status == STATUS_NOT_FOUND) {
		snprintf(message, PICTURE_MESSAGE_MAX,
			 "gnuplot is not installed: install it (gnuplot-nox), or print what it would draw with --data");
		return STATUS_UNSUPPORTED;
	}
	if (status == STATUS_OK && access(output, R_OK) != 0)
		status = STATUS_IO;
	if (status != STATUS_OK && status != STATUS_INTERRUPTED)
		snprintf(message, PICTURE_MESSAGE_MAX, "chart %.*s: gnuplot failed: %s", (int)picture->chart.name_length,
			 picture->chart.name, complaint[0] ? complaint : status_text(status));
	return status;
}

enum status picture_draw(const struct picture *picture, struct reader *reader, const char *output, char *message)
{
	struct workplace place = {0};
	char *temporary = NULL;
	enum status status = STATUS_IO;
	if (!make_workplace(&place, message))
		return STATUS_IO;
	if (asprintf(&temporary, "%s.tmp-%ld", output, (long)getpid()) < 0) {
		snprintf(message, PICTURE_MESSAGE_MAX, "out of memory");
		remove_workplace(&place);
		return STATUS_NO_MEMORY;
	}
	FILE *file = fopen(temporary, "we"); /* gnuplot says less clearly that it cannot write */
	if (!file || fclose(file) != 0)
		snprintf(message, PICTURE_MESSAGE_MAX, "%s: cannot be written: %s", output, strerror(errno));
	else
		status = draw(picture, reader, &place, temporary, message);
	if (status == STATUS_OK && rename(temporary, output) != 0) {
		snprintf(message, PICTURE_MESSAGE_MAX, "%s: cannot be written: %s", output, strerror(errno));
		status = STATUS_IO;
	}
	if (status != STATUS_OK)
		unlink(temporary);
	free(temporary);
	remove_workplace(&place);
	return status;
}

static char *read_all(const char *path, size_t *bytes)
{
	char *text = NULL, block[16384];
	FILE *in = fopen(path, "re"), *out = in ? open_memstream(&text, bytes) : NULL;
	size_t count;
	while (out && (count = fread(block, 1, sizeof block, in)) > 0)
		fwrite(block, 1, count, out);
	bool failed = !out || ferror(in);
	failed |= out && fclose(out) != 0;
	if (in)
		fclose(in);
	if (failed) {
		free(text);
		return NULL;
	}
	return text;
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
	struct workplace place = {0};
	*text = NULL;
	if (!make_workplace(&place, message))
		return STATUS_IO;
	enum status status = draw(picture, reader, &place, place.picture, message);
	if (status == STATUS_OK && !(*text = read_all(place.picture, bytes))) {
		snprintf(message, PICTURE_MESSAGE_MAX, "%s: cannot be read: %s", place.picture, strerror(errno));
		status = STATUS_IO;
	}
	if (*text && picture->terminal && strcmp(picture->terminal, "svg") == 0)
		keep_element(*text, bytes);
	remove_workplace(&place);
	return status;
}
