#include "analyze/cmd/findings_text.h"

#include "analyze/cmd/answer.h"
#include "analyze/cmd/csv.h"
#include "analyze/cmd/sql_text.h"
#include "analyze/cmd/terminal.h"
#include "analyze/cmd/wrap.h"
#include "store/embedded.h"
#include "store/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FINDINGS_FILE "analyze/cmd/findings.sql"
#define SEVERITY_WIDTH 10 /* with what stands between it and the rest */
#define SHORT_LIST 10
#define ROWS_SHOWN 10 /* of evidence, where all is shown */
#define NO_FINDING 0

/* What each part is written with. */
struct printer {
	struct reader *reader;
	const struct findings_choice *choice;
	FILE *out;
	bool colours;
};

/* One row of `list`. */
struct row {
	int64_t id;
	const char *code, *severity, *layer, *title, *explanation, *advice, *explained_by;
	uint64_t rows, captures;
	const char *capture; /* its id, and the name of its file */
	bool many_captures;
};

bool findings_option(const struct command *command, struct findings *findings, const char *assignment)
{
	char message[FINDING_MESSAGE_MAX];
	enum status status = findings_set(findings, assignment, message);
	if (status == STATUS_USAGE)
		complain_usage(command, "--set %s", message);
	else if (status != STATUS_OK)
		complain("%s", status_text(status));
	return status == STATUS_OK;
}

void findings_complain(const struct findings *findings)
{
	const char *problem;
	for (size_t i = 0; (problem = findings_problem(findings, i)); i++)
		complain("%s", problem);
}

/* The statement of this key; free it. NULL when out of memory. */
static char *statement_of(const char *key)
{
	const char *cursor = embedded_sql_text(FINDINGS_FILE);
	bool failed = false;
	char *statement, *found = NULL;
	while (cursor && !found && (statement = sql_next_statement(&cursor, &failed))) {
		char *value = sql_comment_value(statement, "key");
		if (value && !strcmp(value, key))
			found = statement;
		else
			free(statement);
		free(value);
	}
	return found;
}

/* A JSON array as an SQL literal; free it. */
static char *codes_literal(const struct findings_choice *choice)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);
	if (!out)
		return NULL;
	fputs("'[", out);
	for (const char *const *code = choice->codes; code && *code; code++)
		fprintf(out, "%s\"%s\"", code == choice->codes ? "" : ",", *code); /* a code that findings_find knows */
	fputs("]'", out);
	return fclose(out) == 0 ? text : NULL;
}

/* Runs the statement `key` into a new CSV text without its header; free *text. */
static enum status ask(struct reader *reader, const struct findings_choice *choice, const char *key, int64_t finding, unsigned rows,
		       char **text)
{
	char first[32], only[32], least[32], number[32], limit[32];
	char *statement = statement_of(key), *codes = codes_literal(choice), *filled = NULL;
	enum status status = STATUS_NO_MEMORY;
	*text = NULL;
	if (!statement || !codes)
		goto out;
	snprintf(first, sizeof first, "%" PRId64, choice->first);
	snprintf(only, sizeof only, "%" PRId64, choice->only);
	snprintf(least, sizeof least, "%d", (int)choice->least);
	snprintf(number, sizeof number, "%" PRId64, finding);
	snprintf(limit, sizeof limit, "%u", rows);
	const struct sql_literal literals[] = {{"first", first}, {"only", only}, {"least", least}, {"codes", codes},
					       {"finding", number}, {"rows", limit}};
	filled = sql_fill_in(statement, literals, sizeof literals / sizeof literals[0]);
	if (filled)
		status = answer_text(reader, filled, NULL, 0, text);
out:
	free(filled);
	free(codes);
	free(statement);
	return status;
}

static const char *colour_of(const char *severity)
{
	return !strcmp(severity, "critical") ? "\033[1;31m" : !strcmp(severity, "warning") ? "\033[1;33m" : "\033[1;36m";
}

/* Where to look for it: flow, frame, display filter. */
static void put_place(const struct printer *printer, const struct row *row, const char *flow, const char *frame, const char *filter)
{
	FILE *out = printer->out;
	const char *between = "    ";
	if (row->many_captures) {
		fputs("    capture ", out);
		put_text(out, row->capture);
		between = ", ";
	}
	if (flow[0]) {
		fprintf(out, "%sflow ", between);
		put_text(out, flow);
		between = ", ";
	}
	if (frame[0]) {
		fprintf(out, "%sframe ", between);
		put_text(out, frame);
	}
	if (row->many_captures || flow[0] || frame[0])
		putc('\n', out);
	if (filter[0]) {
		fputs("    ", out);
		put_text(out, filter);
		putc('\n', out);
	}
}

static void put_names(FILE *out, const char *names)
{
	if (!names[0])
		return;
	fputs("    ", out);
	put_wrapped(out, names, 4, 4);
}

static enum status put_evidence(const struct printer *printer, const struct row *row)
{
	char *text = NULL;
	const unsigned most = printer->choice->all ? ROWS_SHOWN : 1;
	const enum status status = ask(printer->reader, printer->choice, "evidence", row->id, most, &text);
	uint64_t shown = 0;
	if (status == STATUS_OK) {
		struct csv csv = csv_start(text);
		csv_next_row(&csv);
		while (csv_next_row(&csv)) {
			const char *field[5];
			for (int i = 0; i < 5; i++) {
				field[i] = csv_next_field(&csv);
				if (!field[i])
					field[i] = "";
			}
			fputs("  ", printer->out);
			put_wrapped(printer->out, field[0], 2, 2);
			put_place(printer, row, field[1], field[2], field[3]);
			put_names(printer->out, field[4]);
			shown++;
		}
	}
	if (row->rows > shown && row->captures > 1)
		fprintf(printer->out, "  and %" PRIu64 " more, in %" PRIu64 " captures in all\n", row->rows - shown, row->captures);
	else if (row->rows > shown)
		fprintf(printer->out, "  and %" PRIu64 " more\n", row->rows - shown);
	free(text);
	return status;
}

static void put_paragraph(FILE *out, const char *label, const char *text)
{
	if (!text[0])
		return;
	fprintf(out, "  %s", label);
	put_wrapped(out, text, 2 + strlen(label), 2);
}

/* The severity, and the rest of the line beside it. */
static void put_heading(FILE *out, bool colours, const char *severity, const char *title, const char *code)
{
	char text[1024];
	snprintf(text, sizeof text, "%s%s%s%s", title, code[0] ? " (" : "", code, code[0] ? ")" : "");
	const size_t width = text_columns(severity);
	fputs(colours ? colour_of(severity) : "", out);
	put_text(out, severity);
	fprintf(out, "%s%*s", colours ? "\033[0m" : "", width < SEVERITY_WIDTH ? (int)(SEVERITY_WIDTH - width) : 0, "");
	put_wrapped(out, text, SEVERITY_WIDTH, SEVERITY_WIDTH);
}

static enum status put_finding(const struct printer *printer, const struct row *row)
{
	putc('\n', printer->out);
	put_heading(printer->out, printer->colours, row->severity, row->title, row->code);
	const enum status status = put_evidence(printer, row);
	if (row->explained_by[0]) {
		fputs("  That comes of: ", printer->out);
		put_text(printer->out, row->explained_by);
		putc('\n', printer->out);
	}
	if (printer->choice->all)
		put_paragraph(printer->out, "", row->explanation);
	if (!row->explained_by[0] || printer->choice->all)
		put_paragraph(printer->out, "Next: ", row->advice);
	return status;
}

static bool read_row(struct csv *csv, struct row *row)
{
	const char *field[12];
	if (!csv_next_row(csv))
		return false;
	for (size_t i = 0; i < sizeof field / sizeof field[0]; i++) {
		field[i] = csv_next_field(csv);
		if (!field[i])
			field[i] = "";
	}
	*row = (struct row){
		.id = strtoll(field[0], NULL, 10),
		.code = field[1],
		.severity = field[2],
		.layer = field[3],
		.title = field[4],
		.explanation = field[5],
		.advice = field[6],
		.explained_by = field[7],
		.rows = strtoull(field[8], NULL, 10),
		.captures = strtoull(field[9], NULL, 10),
		.capture = field[10],
		.many_captures = strtoull(field[11], NULL, 10) > 1,
	};
	return true;
}

static void put_coloured(const struct printer *printer, const char *colour, const char *text)
{
	fprintf(printer->out, "%s%s%s", printer->colours ? colour : "", text, printer->colours ? "\033[0m" : "");
}

static enum status put_calm(const struct printer *printer, size_t looked)
{
	static const char nothing[] = "There was nothing to judge.";
	FILE *out = printer->out;
	char *text = NULL;
	const enum status status = ask(printer->reader, printer->choice, "unjudged", NO_FINDING, 0, &text);
	struct csv csv = csv_start(status == STATUS_OK ? text : (char[]){""});
	csv_next_row(&csv);
	const char *all = csv_next_row(&csv) ? csv_next_field(&csv) : NULL, *why = all ? csv_next_field(&csv) : NULL;
	const bool blank = all && !strcmp(all, "1");
	if (status == STATUS_OK && !blank && (printer->choice->codes || printer->choice->least != FINDING_NOTE)) {
		fputs("No such findings.\n", out);
	} else if (status == STATUS_OK) {
		putc('\n', out);
		put_coloured(printer, blank ? "\033[1;33m" : "\033[32m", blank ? nothing : "Nothing is wrong");
		if (blank)
			putc(' ', out);
		else
			fprintf(out, ", as far as the packets show: %zu findings were looked for.\n", looked);
		if (why)
			put_wrapped(out, why, blank ? sizeof nothing : 0, 0);
	}
	free(text);
	return status;
}

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

enum status findings_print_text(struct reader *reader, const char *path, const struct findings_choice *choice,
				const struct findings *findings, FILE *out)
{
	const struct printer printer = {.reader = reader, .choice = choice, .out = out, .colours = has_colours(out)};
	char *text = NULL;
	uint64_t shown = 0, more = 0, bad = 0;
	enum status status = ask(reader, choice, "list", NO_FINDING, 0, &text);
	struct csv csv = csv_start(status == STATUS_OK ? text : (char[]){""});
	struct row row;
	csv_next_row(&csv);
	while (status == STATUS_OK && read_row(&csv, &row)) {
		const bool is_bad = strcmp(row.severity, "note") != 0;
		bad += is_bad;
		if (!is_bad && !bad && !shown)
			status = put_calm(&printer, findings_count(findings));
		if (!choice->all && shown >= SHORT_LIST) {
			more++;
			continue;
		}
		if (status == STATUS_OK)
			status = put_finding(&printer, &row);
		shown++;
	}
	if (status == STATUS_OK && !shown)
		status = put_calm(&printer, findings_count(findings));
	if (more) {
		fprintf(out, "\n%" PRIu64 " more finding%s: wiretape findings ", more, plural(more));
		print_shell_word(out, path);
		putc('\n', out);
	}
	free(text);
	return status;
}

enum status findings_print_json(struct reader *reader, const struct findings_choice *choice, struct json *json)
{
	char *text = NULL;
	const enum status status = ask(reader, choice, "json", NO_FINDING, 0, &text);
	if (status == STATUS_OK) {
		struct csv csv = csv_start(text);
		csv_next_row(&csv);
		json_raw(json, "findings", csv_next_row(&csv) ? csv_next_field(&csv) : "[]");
	}
	free(text);
	return status;
}

enum status findings_count_bad(struct reader *reader, const struct findings_choice *choice, uint64_t *count)
{
	char *text = NULL;
	struct findings_choice bad = *choice;
	if (bad.least == FINDING_NOTE)
		bad.least = FINDING_WARNING;
	const enum status status = ask(reader, &bad, "count", NO_FINDING, 0, &text);
	*count = 0;
	if (status == STATUS_OK) {
		struct csv csv = csv_start(text);
		csv_next_row(&csv);
		const char *field = csv_next_row(&csv) ? csv_next_field(&csv) : NULL;
		*count = field ? strtoull(field, NULL, 10) : 0;
	}
	free(text);
	return status;
}

enum status findings_target(struct reader *reader, const char *path, int64_t only, char message[FINDING_MESSAGE_MAX])
{
	char *text = NULL;
	enum status status = ask(reader, &(struct findings_choice){.only = only}, "target", NO_FINDING, 0, &text);
	uint64_t count[3] = {0};
	if (status == STATUS_OK) {
		struct csv csv = csv_start(text);
		csv_next_row(&csv);
		csv_next_row(&csv);
		for (size_t i = 0; i < 3; i++) {
			const char *field = csv_next_field(&csv);
			count[i] = field ? strtoull(field, NULL, 10) : 0;
		}
		status = count[0] == 0 || count[1] > 0 ? STATUS_USAGE : STATUS_OK;
	}
	message[0] = 0;
	if (status != STATUS_USAGE)
		goto out;
	if (count[1] > 0)
		snprintf(message, FINDING_MESSAGE_MAX, "%s: the catalog of a tape has no flows to judge: `wiretape analyze` its folder, or "
			 "`wiretape check` it with a predicate", path);
	else if (count[2] == 0)
		snprintf(message, FINDING_MESSAGE_MAX, "%s: there is no capture in it", path);
	else
		snprintf(message, FINDING_MESSAGE_MAX, "%s: there is no capture %" PRId64 " in it: see `wiretape query %s captures`",
			 path, only, path);
out:
	free(text);
	return status;
}

enum status findings_print_verdict(struct reader *reader, const struct findings_choice *choice, FILE *out)
{
	char *text = NULL;
	const enum status status = ask(reader, choice, "verdict", NO_FINDING, 0, &text);
	if (status == STATUS_OK) {
		bool first = true;
		struct csv csv = csv_start(text);
		csv_next_row(&csv);
		const char *severity, *line;
		while (csv_next_row(&csv) && (severity = csv_next_field(&csv)) && (line = csv_next_field(&csv))) {
			if (first)
				putc('\n', out);
			put_heading(out, has_colours(out), severity, line, "");
			first = false;
		}
	}
	free(text);
	return status;
}
