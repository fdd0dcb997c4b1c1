#include "store/sql.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum status sql_status(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return STATUS_OK;
	case SQLITE_NOMEM:
		return STATUS_NO_MEMORY;
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return STATUS_FORMAT;
	case SQLITE_INTERRUPT:
		return STATUS_INTERRUPTED;
	case SQLITE_ERROR:
	case SQLITE_RANGE:
	case SQLITE_MISUSE:
	case SQLITE_AUTH:
		return STATUS_USAGE;
	default:
		return STATUS_IO;
	}
}

const char *sql_message(sqlite3 *db, int code)
{
	return (sqlite3_errcode(db) & 0xff) == (code & 0xff) ? sqlite3_errmsg(db) : sqlite3_errstr(code);
}

int64_t sql_integer(sqlite3 *db, const char *sql, int64_t parameter, int64_t fallback)
{
	sqlite3_stmt *query = NULL;
	int64_t value = fallback;
	if (sqlite3_prepare_v2(db, sql, -1, &query, NULL) != SQLITE_OK)
		return fallback;
	if (sqlite3_bind_parameter_count(query))
		sqlite3_bind_int64(query, 1, parameter);
	if (sqlite3_step(query) == SQLITE_ROW && sqlite3_column_type(query, 0) != SQLITE_NULL)
		value = sqlite3_column_int64(query, 0);
	sqlite3_finalize(query);
	return value;
}

void sql_distrust(sqlite3 *db)
{
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_exec(db, "PRAGMA cell_size_check = ON", NULL, NULL, NULL);
}

char *sql_path(const char *path)
{
	char *result = NULL;
	bool special = path[0] == ':' || !strncmp(path, "file:", 5);
	return asprintf(&result, "%s%s", special ? "./" : "", path) < 0 ? NULL : result;
}
