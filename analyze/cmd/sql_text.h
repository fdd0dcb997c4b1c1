/* sql_text.h: SQL texts as files have them: comment lines with keys, then statements. Knows as much of SQL as it takes to
 * tell a statement's end and its parameters from quotes and comments. */
#ifndef WIRETAPE_SQL_TEXT_H
#define WIRETAPE_SQL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* A parameter and the SQL literal that stands for it. */
struct sql_literal {
	const char *name; /* without the colon */
	const char *literal; /* "NULL", "42", "'c2s'"; goes into the text as it is */
};

/* The next statement at `*cursor`, without its semicolon, with the comments before it; `*cursor` moves behind it. The
 * caller frees it. NULL: there is none (`*failed` false), or out of memory (`*failed` true). */
char *sql_next_statement(const char **cursor, bool *failed);

/* A copy of `sql` with its parameters replaced; those without a literal stay. The caller frees it. NULL: out of memory. */
char *sql_fill_in(const char *sql, const struct sql_literal *literals, size_t count);

/* The value of the first comment line "-- KEY: VALUE". The caller frees it. NULL: there is none, or out of memory. */
char *sql_comment_value(const char *sql, const char *key);

#endif
