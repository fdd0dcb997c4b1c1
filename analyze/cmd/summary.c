#include "analyze/cmd/summary.h"

#include "analyze/cmd/csv.h"
#include "analyze/cmd/findings_text.h"
#include "analyze/cmd/sql_text.h"
#include "analyze/cmd/terminal.h"
#include "analyze/cmd/wrap.h"
#include "store/embedded.h"
#include "store/json.h"
#include "store/saved.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SUMMARY_FILE "analyze/cmd/summary.sql"
#define SUMMARY_WIDTH 80
#define NAME_WIDTH 26   /* of a database, with which the commands leave room for words */
#define ABOUT_COLUMN 26 /* where they stand, without the name */

/* What each part is written with. */
struct summary {
	struct reader *reader;
	const char *path;
	FILE *out;
	struct saved_queries *queries;
	struct json *json; /* NULL: text */
	const struct findings_choice *verdict; /* of these findings, after the first part; NULL: none */
	bool colours;
	uint64_t worst_flow; /* worth a chart; 0: none */
};

/* Runs `sql` into a new text; free it. */
static enum status run_into(struct reader *reader, const char *sql, enum table_format format, char **text)
{
	const struct table_options options = {.format = format, .width = SUMMARY_WIDTH, .terminal = format == TABLE_TEXT};
	size_t bytes = 0;
	FILE *out = open_memstream(text, &bytes);
	if (!out)
		return STATUS_NO_MEMORY;
	const enum status status = reader_run(reader, sql, NULL, 0, &options, out);
	return fclose(out) == 0 ? status : STATUS_NO_MEMORY;
}

static void write_more(const struct summary *summary, const char *query)
{
	if (!query || !saved_queries_find(summary->queries, query))
		return;
	fputs("  more: wiretape query ", summary->out);
	print_shell_word(summary->out, summary->path);
	fprintf(summary->out, " %s\n", query);
}

/* A part with a title: a table, and where there is more of it; nothing if it has only its header. */
static enum status table_part(struct summary *summary, const char *sql, const char *title)
{
	char *text = NULL, *more = sql_comment_value(sql, "more");
	const enum status status = run_into(summary->reader, sql, TABLE_TEXT, &text);
	const char *rows = status == STATUS_OK ? strchr(text, '\n') : NULL;
	if (rows && rows[1]) {
		fprintf(summary->out, "\n%s%s%s\n%s", summary->colours ? "\033[1m" : "", title,
			summary->colours ? "\033[0m" : "", text);
		write_more(summary, more);
	}
	free(text);
	free(more);
	return status;
}

/* A part without: its only column is printed as it is, or is the flow that is worth a chart. */
static enum status plain_part(struct summary *summary, const char *sql)
{
	char *text = NULL;
	const enum status status = run_into(summary->reader, sql, TABLE_CSV, &text);
	if (status == STATUS_OK) {
		struct csv csv = csv_start(text);
		csv_next_row(&csv);
		const char *column = csv_next_field(&csv);
		const bool flow = column && strcmp(column, "flow") == 0;
		while (csv_next_row(&csv)) {
			const char *field = csv_next_field(&csv);
			if (flow && field)
				summary->worst_flow = strtoull(field, NULL, 10);
			else if (field)
				fprintf(summary->out, "%s\n", field);
		}
	}
	free(text);
	return status;
}

static enum status text_part(struct summary *summary, const char *sql)
{
	char *title = sql_comment_value(sql, "title");
	const enum status status = title ? table_part(summary, sql, title) : plain_part(summary, sql);
	free(title);
	return status;
}

static enum status json_part(struct summary *summary, const char *sql)
{
	char *key = sql_comment_value(sql, "key"), *text = NULL;
	const enum status status = key ? run_into(summary->reader, sql, TABLE_JSON, &text) : STATUS_NO_MEMORY;
	if (status == STATUS_OK)
		json_raw(summary->json, key, text);
	free(text);
	free(key);
	return status;
}

static enum status write_parts(struct summary *summary, int64_t first)
{
	char number[32];
	snprintf(number, sizeof number, "%" PRId64, first);
	const struct sql_literal literals[] = {{"first", number}, {"full", summary->json ? "1" : "0"}};
	const char *cursor = embedded_sql_text(SUMMARY_FILE);
	enum status status = cursor ? STATUS_OK : STATUS_NOT_FOUND;
	bool failed = false;
	char *statement;
	while (status == STATUS_OK && (statement = sql_next_statement(&cursor, &failed)) != NULL) {
		char *filled = sql_fill_in(statement, literals, sizeof literals / sizeof literals[0]);
		if (!filled)
			status = STATUS_NO_MEMORY;
		else
			status = summary->json ? json_part(summary, filled) : text_part(summary, filled);
		if (status == STATUS_OK && summary->verdict)
			status = findings_print_verdict(summary->reader, summary->verdict, summary->out);
		summary->verdict = NULL;
		free(filled);
		free(statement);
	}
	return failed ? STATUS_NO_MEMORY : status;
}

static void write_command(const struct summary *summary, const char *before, const char *after, const char *about)
{
	fprintf(summary->out, "  %s ", before);
	print_shell_word(summary->out, summary->path);
	fputs(after, summary->out);
	if (strlen(summary->path) <= NAME_WIDTH && about[0])
		fprintf(summary->out, "%*s%s", (int)(ABOUT_COLUMN - strlen(before) - strlen(after)), "", about);
	putc('\n', summary->out);
}

static void write_next_steps(const struct summary *summary)
{
	char chart[80] = " throughput";
	if (summary->worst_flow)
		snprintf(chart, sizeof chart, " time-sequence --flow %" PRIu64, summary->worst_flow);
	fprintf(summary->out, "\n%sGo on with%s\n", summary->colours ? "\033[1m" : "", summary->colours ? "\033[0m" : "");
	write_command(summary, "wiretape findings", "", "what is wrong, in full");
	write_command(summary, "wiretape query", " --list", "what there is to ask");
	write_command(summary, "wiretape report", " -o report.html", "");
	write_command(summary, "wiretape plot", chart, "");
	write_command(summary, "sqlite3", " .schema", "tables and columns, for your SQL");
}

enum status summary_text(struct reader *reader, const char *path, int64_t first, const struct findings *findings, FILE *out)
{
	const struct findings_choice choice = {.first = first, .least = FINDING_NOTE};
	struct summary summary = {.reader = reader, .path = path, .out = out, .queries = saved_queries_new(), .colours = has_colours(out),
				  .verdict = findings ? &choice : NULL};
	if (!summary.queries)
		return STATUS_NO_MEMORY;
	put_text(out, path);
	fputs(": ", out);
	enum status status = write_parts(&summary, first);
	if (status == STATUS_OK)
		write_next_steps(&summary);
	if (status == STATUS_OK && findings)
		status = findings_print_text(reader, path, &choice, findings, out);
	saved_queries_free(summary.queries);
	return status;
}

enum status summary_json(struct reader *reader, const char *path, int64_t first, const struct findings *findings, FILE *out)
{
	struct summary summary = {.reader = reader, .path = path, .out = out, .json = json_new()};
	char *text = NULL;
	if (!summary.json)
		return STATUS_NO_MEMORY;
	json_begin_object(summary.json, NULL);
	json_text(summary.json, "database", path);
	enum status status = write_parts(&summary, first);
	if (status == STATUS_OK && findings)
		status = findings_print_json(reader, &(struct findings_choice){.first = first, .least = FINDING_NOTE}, summary.json);
	json_end(summary.json);
	if (status == STATUS_OK) {
		text = json_finish(summary.json);
		status = text ? STATUS_OK : STATUS_NO_MEMORY;
	}
	if (text)
		fputs(text, out);
	free(text);
	json_free(summary.json);
	return status;
}
