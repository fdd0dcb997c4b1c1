/* timeline_rows.h: rows of a stored timeline, copied to one in memory. Private to the store. */
#ifndef WIRETAPE_TIMELINE_ROWS_H
#define WIRETAPE_TIMELINE_ROWS_H

#include "store/predicate.h"

#include <sqlite3.h>

/* As predicates_load, into the empty table timeline of `to`. */
enum status timeline_rows_copy(sqlite3 *to, const char *path, const struct timeline_choice *choice, struct timeline_loaded *loaded,
			       char *message, size_t message_bytes);

#endif
