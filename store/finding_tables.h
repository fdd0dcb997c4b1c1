/* finding_tables.h: findings and their evidence as rows of tables. Private to the store. */
#ifndef WIRETAPE_FINDING_TABLES_H
#define WIRETAPE_FINDING_TABLES_H

#include "store/finding_rows.h"

struct finding_tables;

/* The tables of `schema`, "main" or "temp". NULL: SQLite refuses, or out of memory. */
struct finding_tables *finding_tables_new(sqlite3 *db, const char *schema);
/* NULL is allowed. */
void finding_tables_free(struct finding_tables *tables);
/* Replaces the table thresholds. SQLite's result code, as below. */
int finding_tables_put_thresholds(struct finding_tables *tables, const struct findings *findings);
/* One finding with its evidence. */
int finding_tables_put(struct finding_tables *tables, int64_t capture_id, const struct finding_rows *rows,
		       enum finding_severity severity);

#endif
