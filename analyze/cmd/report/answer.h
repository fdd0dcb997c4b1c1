/* answer.h: the rows of one statement, all of them in memory: what a report asks for is short. */
#ifndef WIRETAPE_REPORT_ANSWER_H
#define WIRETAPE_REPORT_ANSWER_H

#include "analyze/cmd/sql_text.h"
#include "store/reader.h"

struct answer {
	size_t rows, columns;
	char *text;	    /* what all below points into */
	const char **names; /* of the columns */
	const char **cells; /* row by row; NULL: is NULL, or an empty text */
};

/* Runs `sql`, which is one statement. Statuses as reader_run, with reader_error. answer_free in any case. */
enum status answer_run(struct answer *answer, struct reader *reader, const char *sql, const struct sql_literal *literals,
		       size_t count);
void answer_free(struct answer *answer);

#define NO_COLUMN SIZE_MAX
/* NO_COLUMN: none has this name. */
size_t answer_column(const struct answer *answer, const char *name);
/* NULL: is NULL, or there is no such row or column. */
const char *answer_cell(const struct answer *answer, size_t row, size_t column);
const char *answer_named(const struct answer *answer, size_t row, const char *name);

#endif
