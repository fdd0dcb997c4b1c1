/* schema.h: makes our tables, and knows a database of ours when it sees one. Private to the store. */
#ifndef WIRETAPE_SCHEMA_H
#define WIRETAPE_SCHEMA_H

#include "analyze/engine/status.h"

#include <sqlite3.h>
#include <stddef.h>

/* PRAGMA user_version of schema.sql. */
#define SCHEMA_VERSION 6
/* The oldest one with all tables and columns of ours: what asks only for what was counted reads it as well. */
#define SCHEMA_COMPLETE_SINCE 5

/* The tables. SQLite's result code, as all here that return int. */
int schema_create(sqlite3 *db);
/* Is it ours, and not from the future? STATUS_FORMAT, STATUS_UNSUPPORTED or what SQLite says, with the words for people in
 * `reason`. */
enum status schema_check(sqlite3 *db, char *reason, size_t reason_bytes);
/* Takes an older database forward: runs migrations/N.sql for each N from its version + 1 to ours. */
int schema_migrate(sqlite3 *db);
/* The views, anew. */
int schema_views(sqlite3 *db);
/* What is made when the rows are in: indexes, and the views. */
int schema_complete(sqlite3 *db);

#endif
