/* saved.h: the queries that have a name. Those of a user's folder come before the built-in ones.
 *
 * A saved query is a file NAME.sql that starts with comment lines `-- key: text`:
 *
 *	-- title: Flows that moved most bytes        one line, for the list
 *	-- about: More words for people.             may be repeated
 *	-- parameter: limit 20 rows to show          name, default ('' is NULL), meaning; may be repeated
 *	SELECT ... LIMIT :limit; */
#ifndef WIRETAPE_SAVED_H
#define WIRETAPE_SAVED_H

#include "analyze/engine/status.h"

#include <stdbool.h>
#include <stddef.h>

#define SAVED_PARAMETERS_MAX 8

struct saved_parameter {
	char *name, *value, *about; /* never NULL */
};

struct saved_query {
	const char *name; /* without .sql */
	char *title;      /* "" if the file has none */
	char *about;      /* lines end in LF; "" if the file has none */
	const char *sql;  /* the whole file */
	const char *path; /* of a user's file; NULL: built in */
	struct saved_parameter parameters[SAVED_PARAMETERS_MAX];
	size_t parameter_count;
};

struct saved_queries;

/* Loads all. The user's folder is $WIRETAPE_QUERIES, otherwise $XDG_CONFIG_HOME/wiretape/queries, otherwise
 * ~/.config/wiretape/queries; if it does not exist there are only the built-in ones. NULL when out of memory. */
struct saved_queries *saved_queries_new(void);
/* NULL is allowed. */
void saved_queries_free(struct saved_queries *queries);
/* How many there are, and each in order of name. A built-in one that the user's folder replaces is not among them. */
size_t saved_queries_count(const struct saved_queries *queries);
const struct saved_query *saved_queries_at(const struct saved_queries *queries, size_t index);
/* NULL: no query has this name. */
const struct saved_query *saved_queries_find(const struct saved_queries *queries, const char *name);
/* The first of the user's files that could not be read, with the reason; NULL if there was none. */
const char *saved_queries_problem(const struct saved_queries *queries);

#endif
