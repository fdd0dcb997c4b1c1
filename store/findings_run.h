/* findings_run.h: the findings of captures computed, and written. Private to the store. */
#ifndef WIRETAPE_FINDINGS_RUN_H
#define WIRETAPE_FINDINGS_RUN_H

#include "store/findings.h"

#include <sqlite3.h>

/* Computes the findings of the captures from number `first` on, or of `only` if that is not 0, and writes them to the tables findings,
 * evidence and thresholds of `schema` ("main" or "temp"). A finding whose SQL fails is left out: findings_problem. SQLite's result
 * code: SQLITE_INTERRUPT, or what kept it from writing. */
int findings_run(struct findings *findings, sqlite3 *db, const char *schema, int64_t first, int64_t only);
/* Makes the three tables in the temporary schema, where they hide those of the file. */
int findings_make_temporary(sqlite3 *db);

/* What the run needs of the set. */
void findings_add_problem(struct findings *findings, const struct finding_file *file, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
double findings_threshold_value(const struct findings *findings, const char *name);
bool findings_interrupted(const struct findings *findings);

#endif
