#include "store/schema.h"

#include "store/embedded.h"
#include "store/sql.h"

#include <stdbool.h>
#include <stdio.h>

#define APPLICATION_ID 2004115824 /* as in schema.sql */

int schema_create(sqlite3 *db)
{
	return sqlite3_exec(db, embedded_sql_text("schema.sql"), NULL, NULL, NULL);
}

/* A view in the place of a table may compute for ever. The name of one in `name`; false: there is none. */
static bool find_disguised(sqlite3 *db, char *name, size_t name_bytes)
{
	static const char view[] = "SELECT 1 FROM sqlite_master WHERE name = ? COLLATE NOCASE AND type = 'view'";
	sqlite3 *ours = NULL;
	sqlite3_stmt *tables = NULL, *theirs = NULL;
	bool found = false;
	if (sqlite3_open(":memory:", &ours) == SQLITE_OK && schema_create(ours) == SQLITE_OK &&
	    sqlite3_prepare_v2(ours, "SELECT name FROM sqlite_master WHERE type = 'table'", -1, &tables, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, view, -1, &theirs, NULL) == SQLITE_OK)
		while (!found && sqlite3_step(tables) == SQLITE_ROW) {
			sqlite3_bind_value(theirs, 1, sqlite3_column_value(tables, 0));
			found = sqlite3_step(theirs) == SQLITE_ROW;
			sqlite3_reset(theirs);
			if (found)
				snprintf(name, name_bytes, "%s", (const char *)sqlite3_column_text(tables, 0));
		}
	sqlite3_finalize(tables);
	sqlite3_finalize(theirs);
	sqlite3_close(ours);
	return found;
}

enum status schema_check(sqlite3 *db, char *reason, size_t reason_bytes)
{
	int code = sqlite3_exec(db, "SELECT count(*) FROM sqlite_master", NULL, NULL, NULL);
	if (code == SQLITE_NOTADB) {
		snprintf(reason, reason_bytes, "not a wiretape database, which `wiretape analyze` makes of captures");
		return STATUS_FORMAT;
	}
	if (code == SQLITE_READONLY || code == SQLITE_CANTOPEN) { /* such as a recorder's catalog that was copied while it wrote */
		snprintf(reason, reason_bytes, "%s: to read it in WAL mode, or after a crash, SQLite must write beside it: copy it, and "
			 "its -wal or -journal, into a folder of yours", sqlite3_errmsg(db));
		return STATUS_IO;
	}
	if (code != SQLITE_OK) {
		snprintf(reason, reason_bytes, "%s", sqlite3_errmsg(db));
		return sql_status(code);
	}
	int64_t version = sql_integer(db, "PRAGMA user_version", 0, 0);
	if (sql_integer(db, "PRAGMA application_id", 0, 0) != APPLICATION_ID || version < 1) {
		snprintf(reason, reason_bytes, "an SQLite database, but not one of wiretape");
		return STATUS_FORMAT;
	}
	if (version > SCHEMA_VERSION) {
		snprintf(reason, reason_bytes, "written by a newer wiretape (schema %lld, this one knows %d)",
			 (long long)version, SCHEMA_VERSION);
		return STATUS_UNSUPPORTED;
	}
	char name[64];
	if (find_disguised(db, name, sizeof(name))) {
		snprintf(reason, reason_bytes, "%s is a view, not the table that wiretape makes", name);
		return STATUS_FORMAT;
	}
	return STATUS_OK;
}

int schema_migrate(sqlite3 *db)
{
	int code = SQLITE_OK;
	for (int64_t version = sql_integer(db, "PRAGMA user_version", 0, 0) + 1; version <= SCHEMA_VERSION && !code;
	     version++) {
		char name[64];
		snprintf(name, sizeof(name), "migrations/%lld.sql", (long long)version);
		const char *text = embedded_sql_text(name);
		code = text ? sqlite3_exec(db, text, NULL, NULL, NULL) : SQLITE_CORRUPT;
	}
	return code;
}

int schema_views(sqlite3 *db)
{
	return sqlite3_exec(db, embedded_sql_text("views.sql"), NULL, NULL, NULL);
}

int schema_complete(sqlite3 *db)
{
	int code = sqlite3_exec(db, embedded_sql_text("indexes.sql"), NULL, NULL, NULL);
	return code ? code : schema_views(db);
}
