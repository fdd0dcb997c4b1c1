/* reader.h: a finished database, opened read only, and SQL whose answer goes to a stream. */
#ifndef WIRETAPE_READER_H
#define WIRETAPE_READER_H

#include "analyze/engine/status.h"
#include "store/findings.h"
#include "store/saved.h"
#include "store/table.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A value for a parameter of the SQL, `:name`. Bound as a number if it reads as one, as NULL if it is empty, otherwise as
 * text. */
struct parameter {
	const char *name; /* without the colon */
	const char *value;
};

struct reader;

/* NULL when out of memory. */
struct reader *reader_new(void);
/* NULL is allowed. */
void reader_free(struct reader *reader);
/* What went wrong last, for people; "" if nothing has. Valid until the next call. */
const char *reader_error(const struct reader *reader);

/* Opens `path`. STATUS_NOT_FOUND; STATUS_FORMAT: not a wiretape database; STATUS_UNSUPPORTED: written by a newer wiretape;
 * STATUS_IO. Nothing in the file is ever changed, but what an interrupted run left half done is undone. */
enum status reader_open(struct reader *reader, const char *path);
/* Opens a second database, likewise read only, whose tables are those of the schema `other`. After reader_open, once. Statuses as there;
 * STATUS_UNSUPPORTED also if one of them is of an older schema, with fewer tables: one that only the other has would be taken for
 * its own. */
enum status reader_attach(struct reader *reader, const char *path);
/* Running SQL stops soon after `*flag` is not 0, with STATUS_INTERRUPTED. `flag` is borrowed; NULL for none. */
void reader_interrupt_on(struct reader *reader, const volatile sig_atomic_t *flag);

/* Were findings computed when the database was written? */
enum status reader_has_findings(struct reader *reader, bool *found);
/* Has the file all tables and columns of this wiretape? */
bool reader_is_current(struct reader *reader);
/* Computes findings anew, of all captures or (not 0) of one, into tables that hide the file's own findings, evidence and thresholds
 * until the reader is freed. Once. STATUS_UNSUPPORTED: the database is of an older schema, with fewer tables. STATUS_INTERRUPTED, STATUS_IO. */
enum status reader_find(struct reader *reader, struct findings *findings, int64_t capture_id);

/* Runs `sql` (one or more statements that read) and writes each answer to `out` as `options` say. STATUS_USAGE: the SQL is
 * wrong, would write, or has a parameter without a value, or a given parameter is not in it. STATUS_INTERRUPTED.
 * STATUS_IO: the database or `out`. */
enum status reader_run(struct reader *reader, const char *sql, const struct parameter *parameters, size_t parameter_count,
		       const struct table_options *options, FILE *out);
/* The same for a saved query: parameters that are not given have the query's own defaults. */
enum status reader_run_saved(struct reader *reader, const struct saved_query *query, const struct parameter *parameters,
			     size_t parameter_count, const struct table_options *options, FILE *out);

#endif
