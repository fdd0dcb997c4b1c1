#include "analyze/cmd/report/answer.h"

#include "analyze/cmd/csv.h"
#include "analyze/cmd/memory_stream.h"

#include <stdlib.h>
#include <string.h>

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

static bool read_rows(struct answer *answer)
{
	struct csv csv = csv_start(answer->text);
	size_t names_room = 0, cells_room = 0, cells = 0;
	const char *field;
	csv_next_row(&csv);
	while ((field = csv_next_field(&csv)) != NULL)
		if (!append(&answer->names, &answer->columns, &names_room, field))
			return false;
	for (; csv_next_row(&csv); answer->rows++)
		for (size_t i = 0; i < answer->columns; i++) {
			field = csv_next_field(&csv);
			if (!append(&answer->cells, &cells, &cells_room, field && field[0] ? field : NULL))
				return false;
		}
	return true;
}

enum status answer_run(struct answer *answer, struct reader *reader, const char *sql, const struct sql_literal *literals,
		       size_t count)
{
	size_t bytes = 0;
	*answer = (struct answer){0};
	char *filled = sql_fill_in(sql, literals, count);
	FILE *out = filled ? memory_stream(&answer->text, &bytes, MEMORY_STREAM_MAX) : NULL;
	enum status status = STATUS_NO_MEMORY;
	if (out) {
		status = reader_run(reader, filled, NULL, 0, &(struct table_options){.format = TABLE_CSV}, out);
		if (fclose(out) != 0 && status == STATUS_OK)
			status = STATUS_NO_MEMORY;
	}
	if (status == STATUS_OK && !read_rows(answer))
		status = STATUS_NO_MEMORY;
	free(filled);
	return status;
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
