/* row.h: an INSERT into one table, prepared once and run for each row of facts. Private to the store. */
#ifndef WIRETAPE_ROW_H
#define WIRETAPE_ROW_H

#include "store/columns.h"

#include <sqlite3.h>

/* What a row needs besides its facts. */
struct row_context {
	int64_t capture_id;
	int64_t flow_base; /* added to the engine's flow ids */
	int64_t flow_id;   /* of the database; for direction_facts */
	enum direction direction;
	const struct live_counters *live; /* for interval_facts; NULL: not known */
};

struct row_writer;

/* NULL when SQLite refuses: see sqlite3_errmsg. */
struct row_writer *row_writer_new(sqlite3 *db, const struct columns *columns);
/* Inserts `facts`, the columns' struct. Returns SQLITE_OK or an SQLite error. */
int row_writer_write(struct row_writer *writer, const void *facts, const struct row_context *context);
/* NULL is allowed. */
void row_writer_free(struct row_writer *writer);

#endif
