#include "analyze/cmd/chart.h"

#include "analyze/cmd/answer.h"
#include "analyze/cmd/csv.h"
#include "analyze/cmd/gnuplot.h"
#include "store/embedded.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "plots/"

static bool chart_at(size_t index, struct chart *chart)
{
	const struct embedded_sql *file = &embedded_sql[index];
	const size_t length = strlen(file->name);
	if (strncmp(file->name, FOLDER, strlen(FOLDER)) != 0 || length < 5 || strcmp(file->name + length - 4, ".sql") != 0)
		return false;
	char script[128];
	snprintf(script, sizeof script, "%.*s.gp", (int)(length - 4), file->name);
	*chart = (struct chart){
		.name = file->name + strlen(FOLDER),
		.name_length = length - strlen(FOLDER) - 4,
		.sql = file->text,
		.script = embedded_sql_text(script),
	};
	return chart->script != NULL;
}

void chart_each(void (*visit)(void *user, const struct chart *chart), void *user)
{
	struct chart chart;
	for (size_t i = 0; i < embedded_sql_count; i++)
		if (chart_at(i, &chart))
			visit(user, &chart);
}

bool chart_find(const char *name, struct chart *chart)
{
	for (size_t i = 0; i < embedded_sql_count; i++)
		if (chart_at(i, chart) && strlen(name) == chart->name_length &&
		    strncmp(name, chart->name, chart->name_length) == 0)
			return true;
	return false;
}

bool chart_needs(const struct chart *chart, const char *need)
{
	char *needs = sql_comment_value(chart->sql, "needs"), *rest = needs;
	bool found = false;
	for (char *word; !found && (word = strsep(&rest, ", \t")) != NULL;)
		found = strcmp(word, need) == 0;
	free(needs);
	return found;
}

bool chart_asks(const struct chart *chart, const char *name)
{
	const size_t length = strlen(name);
	for (const char *at = chart->sql; (at = strchr(at, ':')) != NULL; at++)
		if (strncmp(at + 1, name, length) == 0 && !isalnum((unsigned char)at[1 + length]) && at[1 + length] != '_')
			return true;
	return false;
}

/* Numbers as they are, NULL (an empty field) as NaN, text in double quotes. */
static void write_value(char *field, FILE *out)
{
	char *end;
	strtod(field, &end);
	if (field[0] == '\0') {
		fputs("NaN", out);
	} else if (*end == '\0' && strchr("+-.0123456789", field[0])) {
		fputs(field, out);
	} else {
		gnuplot_clean(field);
		fputc('"', out);
		for (; *field; field++)
			fputc(*field == '"' || *field == '\\' ? ' ' : *field, out);
		fputc('"', out);
	}
}

/* One data block; gives the number of its rows. */
static uint64_t write_block(char *text, FILE *out)
{
	struct csv csv = csv_start(text);
	uint64_t rows = 0;
	size_t columns = 0;
	char *field;
	csv_next_row(&csv);
	fputs("# ", out);
	while ((field = csv_next_field(&csv)) != NULL)
		fprintf(out, "%s%s", columns++ ? "\t" : "", field);
	for (; csv_next_row(&csv); rows++) {
		const char *separator = "\n";
		while ((field = csv_next_field(&csv)) != NULL) {
			fputs(separator, out);
			write_value(field, out);
			separator = "\t";
		}
	}
	if (rows == 0) /* gnuplot does not count a block without a line */
		for (size_t i = 0; i < columns; i++)
			fputs(i == 0 ? "\nNaN" : "\tNaN", out);
	fputs("\n\n\n", out);
	return rows;
}

static enum status run_statement(const char *statement, struct reader *reader, const struct sql_literal *literals,
				 size_t literal_count, FILE *out, uint64_t *rows)
{
	char *filled = sql_fill_in(statement, literals, literal_count), *text = NULL;
	const enum status status = filled ? answer_text(reader, filled, NULL, 0, &text) : STATUS_NO_MEMORY;
	if (status == STATUS_OK)
		*rows = write_block(text, out);
	free(text);
	free(filled);
	return status;
}

enum status chart_write_data(const struct chart *chart, struct reader *reader, const struct sql_literal *literals,
			     size_t literal_count, FILE *out, uint64_t *rows)
{
	const char *cursor = chart->sql;
	enum status status = STATUS_OK;
	bool first = true, failed = false;
	char *statement;
	*rows = 0;
	while (status == STATUS_OK && (statement = sql_next_statement(&cursor, &failed)) != NULL) {
		uint64_t block_rows = 0;
		status = run_statement(statement, reader, literals, literal_count, out, &block_rows);
		free(statement);
		if (first)
			*rows = block_rows;
		first = false;
	}
	return failed ? STATUS_NO_MEMORY : status;
}
