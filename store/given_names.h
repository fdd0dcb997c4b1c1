/* given_names.h: names that people give for addresses, from hosts files and from Kubernetes, into the table names. Private to the
 * store. */
#ifndef WIRETAPE_GIVEN_NAMES_H
#define WIRETAPE_GIVEN_NAMES_H

#include "store/store.h"

#include <sqlite3.h>

/* As store_add_names. `message` says what is wrong, but for what SQLite says itself: then it is "". */
enum status given_names_add(sqlite3 *db, enum names_format format, const char *path, struct names_added *added, char *message,
			    size_t message_bytes);

#endif
