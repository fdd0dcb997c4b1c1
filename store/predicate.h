/* predicate.h: SQL expressions over rows of timeline that do not stand in a file: one interval's rows at a time, in memory.
 * Expressions may SELECT from that table and call functions, nothing else. */
#ifndef WIRETAPE_PREDICATE_H
#define WIRETAPE_PREDICATE_H

#include "analyze/engine/facts.h"
#include "analyze/engine/status.h"
#include "store/host_counters.h"

#include <stdbool.h>
#include <stddef.h>

struct predicates;

/* NULL when out of memory. */
struct predicates *predicates_new(void);
/* NULL is allowed. */
void predicates_free(struct predicates *predicates);

/* Adds an expression for rows of one scope; its index is the number of those before it. STATUS_USAGE: it is wrong, or
 * would do more than read; `message` says why and, for a column that does not exist, which there are. */
enum status predicates_add(struct predicates *predicates, enum scope scope, const char *expression, char *message,
			   size_t message_bytes);

/* One row of the interval; kept until predicates_clear. `live` (may be NULL) fills the columns that only a live
 * recorder knows, of the scope all. */
enum status predicates_put(struct predicates *predicates, const struct interval_facts *facts,
			   const struct live_counters *live);
/* Which rows of a stored timeline. */
struct timeline_choice {
	enum scope scope;
	const char *key; /* NULL: all */
	int64_t last_ns; /* those of the last so many ns .. */
	int64_t now_ns;  /* .. before this; NO_TIME: before the end of the timeline */
	/* Called for each row, sorted by key and time; false: out of memory. */
	bool (*row)(void *user, size_t row, const char *key, int64_t t_ns);
	void *user;
};

#define TIMELINE_ROWS_MAX 1000000

struct timeline_loaded {
	size_t rows;
	int64_t newest_ns; /* end of the newest row: of the scope and key; without now_ns, of the timeline. NO_TIME: there is none */
};

/* Puts rows of the database `path` instead of those of predicates_put. STATUS_NOT_FOUND, STATUS_FORMAT (no database of ours),
 * STATUS_UNSUPPORTED (too many rows, or from a newer wiretape), STATUS_IO, STATUS_NO_MEMORY: with words in `message`, without the path. */
enum status predicates_load(struct predicates *predicates, const char *path, const struct timeline_choice *choice,
			    struct timeline_loaded *loaded, char *message, size_t message_bytes);
/* Calls `visit` with the index of each row, in order of predicates_put, for which the expression holds. STATUS_IO:
 * SQLite failed; STATUS_INTERRUPTED: the expression took longer than a second; `predicates_error` says more. */
enum status predicates_test(struct predicates *predicates, size_t expression, void (*visit)(void *user, size_t row), void *user);
/* The row as a JSON object with all columns of timeline, which the caller frees; NULL when out of memory. */
char *predicates_row_json(struct predicates *predicates, size_t row);
void predicates_clear(struct predicates *predicates);
const char *predicates_error(const struct predicates *predicates);

#define PREDICATE_NAME_MAX 64

/* Moves `*at` past the next name in an expression, which is copied in small letters, as columns have them; false at the end.
 * Texts in '...' hold none; "..." may be a name. */
bool predicate_next_name(const char **at, char name[PREDICATE_NAME_MAX]);

#endif
