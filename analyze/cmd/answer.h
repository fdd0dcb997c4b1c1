/* answer.h: what a query says, in memory: row by row where it is short, as CSV where it is long. */
#ifndef WIRETAPE_ANSWER_H
#define WIRETAPE_ANSWER_H

#include "store/reader.h"

#include <stddef.h>
#include <stdint.h>

struct answer {
	size_t rows, columns;
	char *text;	    /* what all below points into */
	const char **names; /* of the columns */
	const char **cells; /* row by row; NULL: is NULL, or an empty text */
};

/* Runs `sql`. `*text` gets the rows, behind a line of the columns' names, for csv.h; the caller frees it. On error it is NULL; statuses as
 * reader_run, and STATUS_NO_MEMORY, of which reader_error says nothing. */
enum status answer_text(struct reader *reader, const char *sql, const struct parameter *parameters, size_t count, char **text);
/* Runs `sql` and takes its rows apart. Statuses as answer_text. answer_free in any case. */
enum status answer_run(struct answer *answer, struct reader *reader, const char *sql, const struct parameter *parameters, size_t count);
/* Takes a text of answer_text apart, and takes it over; NULL is an answer without rows and columns. STATUS_NO_MEMORY. answer_free in any
 * case. */
enum status answer_take(struct answer *answer, char *text);
/* Zero is allowed. */
void answer_free(struct answer *answer);

#define NO_COLUMN SIZE_MAX
/* NO_COLUMN: none has this name. */
size_t answer_column(const struct answer *answer, const char *name);
/* NULL: is NULL, or there is no such row or column. */
const char *answer_cell(const struct answer *answer, size_t row, size_t column);
const char *answer_named(const struct answer *answer, size_t row, const char *name);
/* The number in it; `missing` where there is none. */
int64_t answer_integer(const struct answer *answer, size_t row, size_t column, int64_t missing);

#endif
