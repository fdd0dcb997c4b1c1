/* reader_connection.h: what the rest of the store needs of a reader. Private to the store. */
#ifndef WIRETAPE_READER_CONNECTION_H
#define WIRETAPE_READER_CONNECTION_H

#include "store/reader.h"

#include <sqlite3.h>

/* NULL: nothing is open. */
sqlite3 *reader_connection(struct reader *reader);
/* The status for SQLite's result code `code`; if it is an error, reader_error has SQLite's words. */
enum status reader_result(struct reader *reader, int code);

#endif
