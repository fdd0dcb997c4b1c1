#include "analyze/cmd/answer.h"

#include "analyze/cmd/csv.h"
#include "analyze/cmd/memory_stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum status answer_text(struct reader *reader, const char *sql, const struct parameter *parameters, size_t count, char **text)
{
	const struct table_options options = {.format = TABLE_CSV};
	size_t bytes = 0;
	*text = NULL;
	FILE *out = memory_stream(text, &bytes, MEMORY_STREAM_MAX);
	if (!out)
		return STATUS_NO_MEMORY;
	enum status status = reader_run(reader, sql, parameters, count, &options, out);
	if (fclose(out) != 0 && status == STATUS_OK)
		status = STATUS_IO;
	if (status != STATUS_OK) {
		free(*text);
		*text = NULL;
	}
	return status;
}

/* Appends to an array that grows by doubling; false: out of memory. */
static bool append(const char ***array, size_t *count, size_t *room, const char *field)
{
	if (*count == *room) {
		const size_t more = *room ? *room * 2 : 32;
		const char **larger = reallocarray(*array, more, sizeof *larger);
		if (!larger)
			return false;
		*array = larger;
		*room = more;
	}
	(*array)[(*count)++] = field;
	return true;
}

enum status answer_take(struct answer *answer, char *text)
{
	*answer = (struct answer){.text = text};
	size_t names_room = 0, cells_room = 0, cells = 0;
	const char *field;
	if (!text)
		return STATUS_OK;
	struct csv csv = csv_start(text);
	csv_next_row(&csv);
	while ((field = csv_next_field(&csv)) != NULL)
		if (!append(&answer->names, &answer->columns, &names_room, field))
			return STATUS_NO_MEMORY;
	for (; csv_next_row(&csv); answer->rows++)
		for (size_t i = 0; i < answer->columns; i++) {
			field = csv_next_field(&csv);
			if (!append(&answer->cells, &cells, &cells_room, field && field[0] ? field : NULL))
				return STATUS_NO_MEMORY;
		}
	return STATUS_OK;
}

enum status answer_run(struct answer *answer, struct reader *reader, const char *sql, const struct parameter *parameters, size_t count)
{
	char *text;
	*answer = (struct answer){0};
	const enum status status = answer_text(reader, sql, parameters, count, &text);
	return status == STATUS_OK ? answer_take(answer, text) : status;
}

void answer_free(struct answer *answer)
{
	free(answer->names);
	free(answer->cells);
	free(answer->text);
	*answer = (struct answer){0};
}

size_t answer_column(const struct answer *answer, const char *name)
{
	for (size_t i = 0; i < answer->columns; i++)
		if (!strcmp(answer->names[i], name))
			return i;
	return NO_COLUMN;
}

const char *answer_cell(const struct answer *answer, size_t row, size_t column)
{
	return row < answer->rows && column < answer->columns ? answer->cells[row * answer->columns + column] : NULL;
}

const char *answer_named(const struct answer *answer, size_t row, const char *name)
{
	return answer_cell(answer, row, answer_column(answer, name));
}

int64_t answer_integer(const struct answer *answer, size_t row, size_t column, int64_t missing)
{
	const char *cell = answer_cell(answer, row, column);
	return cell ? strtoll(cell, NULL, 10) : missing;
}
