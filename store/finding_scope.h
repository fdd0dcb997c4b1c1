/* finding_scope.h: in a database of many captures, a finding shall read the rows of one and not scan those of all. While a scope is
 * there, temporary views of the tables' own names, which hide these, show the rows of one capture and few others. Private to the
 * store. */
#ifndef WIRETAPE_FINDING_SCOPE_H
#define WIRETAPE_FINDING_SCOPE_H

#include <sqlite3.h>
#include <stdint.h>

/* Does nothing where there is only one capture. SQLite's result code, as below. */
int finding_scope_open(sqlite3 *db);
/* Shows this capture from now on. */
int finding_scope_set(sqlite3 *db, int64_t capture_id);
int finding_scope_close(sqlite3 *db);

#endif
