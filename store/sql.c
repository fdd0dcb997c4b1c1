#include "store/sql.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* https://www.sqlite.org/fileformat2.html, "The Rollback Journal", and readSuperJournal in SQLite's pager.c: such a name
 * stands at the journal's end, and the journal's magic number behind it. */
bool sql_journal_names_file(const char *path)
{
	static const unsigned char magic[8] = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};
	unsigned char end[sizeof(magic)];
	char *real = realpath(path, NULL), *name = NULL;
	struct stat info;
	bool found = false;
	int file = -1;
	if (real && asprintf(&name, "%s-journal", real) >= 0)
		file = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (file >= 0 && fstat(file, &info) == 0 && S_ISREG(info.st_mode) && info.st_size >= 16)
		found = pread(file, end, sizeof(end), info.st_size - (off_t)sizeof(end)) == (ssize_t)sizeof(end) &&
			memcmp(end, magic, sizeof(magic)) == 0;
	if (file >= 0)
		close(file);
	free(real);
	free(name);
	return found;
}

char *sql_path(const char *path)
{
	char *result = NULL;
	bool special = path[0] == ':' || !strncmp(path, "file:", 5);
	return asprintf(&result, "%s%s", special ? "./" : "", path) < 0 ? NULL : result;
}
