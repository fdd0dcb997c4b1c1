/* sql.h: what several files here need of SQLite. Private to the store. */
#ifndef WIRETAPE_SQL_H
#define WIRETAPE_SQL_H

#include "analyze/engine/status.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

/* The status for an SQLite result code, extended or not. */
enum status sql_status(int code);
/* What SQLite says of `code`: its last message, unless other calls have come since. */
const char *sql_message(sqlite3 *db, int code);
/* First column of the first row of `sql`, which has one parameter or none; `fallback` if there is no row, if it is NULL, or
 * on error. */
int64_t sql_integer(sqlite3 *db, const char *sql, int64_t parameter, int64_t fallback);
/* For a file that others may have made: its views call nothing that does more than compute, and damage is looked for. */
void sql_distrust(sqlite3 *db);
/* Before a database that others may have made is opened for writing: SQLite plays back the journal beside it, and
 * removes the file that a journal of several databases names, whichever that is. True: there is such a journal, which
 * wiretape never makes. */
bool sql_journal_names_file(const char *path);
/* What to say of it, with the path twice. */
#define SQL_JOURNAL_COMPLAINT \
	"%s: the journal beside it names another file, as none of wiretape does: remove %s-journal, or the database"
/* `path` as SQLite must get it, so that no name is special (":memory:", "file:..."); free it. NULL when out of memory. */
char *sql_path(const char *path);

#endif
