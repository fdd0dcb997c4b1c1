/* file_name.h: a function of SQL for the names of captures. Private to the store. */
#ifndef WIRETAPE_FILE_NAME_H
#define WIRETAPE_FILE_NAME_H

#include <sqlite3.h>

/* Adds file_name(PATH), the last part of a path, and file_name(PATH, LOWEST, HIGHEST): of several paths that end alike, of which
 * these are the first and the last in order, what stands behind the folder that they share; NULL for NULL. The name of a capture is
 * SELECT file_name(c.path, min(o.path), max(o.path)) FROM captures AS c LEFT JOIN captures AS o ON file_name(o.path) = file_name(c.path)
 * WHERE c.id = ... Returns a result code of SQLite. */
int file_name_add(sqlite3 *db);

#endif
