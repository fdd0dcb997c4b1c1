/* finding_causes.h: which findings come of others. Private to the store. */
#ifndef WIRETAPE_FINDING_CAUSES_H
#define WIRETAPE_FINDING_CAUSES_H

#include "store/finding_rows.h"

/* Sets explained_by of the rows and findings of one capture, in place. Two findings that explain each other: the first one in `list`
 * is the cause. SQLite's result code. */
int finding_causes_apply(sqlite3 *db, struct finding_rows *const *list, size_t count);

#endif
