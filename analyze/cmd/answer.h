/* answer.h: what a query says, as CSV in memory, for commands that need a value or two. */
#ifndef WIRETAPE_ANSWER_H
#define WIRETAPE_ANSWER_H

#include "store/reader.h"

/* Runs `sql`. `*text` gets the rows, behind a line of the columns' names, for csv.h; the caller frees it. On error it is NULL; statuses as
 * reader_run, and STATUS_NO_MEMORY, of which reader_error says nothing. */
enum status answer_rows(struct reader *reader, const char *sql, const struct parameter *parameters, size_t parameter_count, char **text);

#endif
