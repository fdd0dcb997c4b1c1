#include "store/timeline_rows.h"

#include "store/schema.h"
#include "store/sql.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BUSY_MS 2000

struct copying {
	sqlite3 *from, *to;
	const struct timeline_choice *choice;
	struct timeline_loaded *loaded;
	char *message;
	size_t message_bytes;
};

static enum status fail(const struct copying *copying, enum status status, const char *reason)
{
	snprintf(copying->message, copying->message_bytes, "%s", reason);
	return status;
}

static enum status fail_sql(const struct copying *copying, sqlite3 *db)
{
	return fail(copying, sql_status(sqlite3_errcode(db)), sqlite3_errmsg(db));
}

/* The stored table's columns that ours has, but for computed ones, separated by commas; sqlite3_free it. NULL: failed. */
static char *common_columns(const struct copying *copying, int *count)
{
	sqlite3_stmt *theirs = NULL, *ours = NULL;
	sqlite3_str *text = sqlite3_str_new(copying->to);
	*count = 0;
	if (sqlite3_prepare_v2(copying->from, "SELECT name FROM pragma_table_info('timeline')", -1, &theirs, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(copying->to, "SELECT 1 FROM pragma_table_info('timeline') WHERE name = ?", -1, &ours, NULL) == SQLITE_OK)
		while (sqlite3_step(theirs) == SQLITE_ROW) {
			sqlite3_bind_value(ours, 1, sqlite3_column_value(theirs, 0));
			if (sqlite3_step(ours) == SQLITE_ROW)
				sqlite3_str_appendf(text, "%s\"%w\"", (*count)++ ? ", " : "", sqlite3_column_text(theirs, 0));
			sqlite3_reset(ours);
		}
	sqlite3_finalize(theirs);
	sqlite3_finalize(ours);
	return sqlite3_str_finish(text);
}

static sqlite3_stmt *prepare_insert(const struct copying *copying, const char *columns, int count)
{
	sqlite3_stmt *insert = NULL;
	sqlite3_str *text = sqlite3_str_new(copying->to);
	sqlite3_str_appendf(text, "INSERT INTO timeline (%s) VALUES (", columns);
	for (int i = 0; i < count; i++)
		sqlite3_str_appendall(text, i ? ", ?" : "?");
	sqlite3_str_appendall(text, ")");
	char *sql = sqlite3_str_finish(text);
	if (sql && sqlite3_prepare_v2(copying->to, sql, -1, &insert, NULL) != SQLITE_OK)
		insert = NULL;
	sqlite3_free(sql);
	return insert;
}

static sqlite3_stmt *prepare_select(const struct copying *copying, const char *columns)
{
	const struct timeline_choice *choice = copying->choice;
	sqlite3_stmt *select = NULL;
	char *sql = sqlite3_mprintf("SELECT key, t_ns, %s FROM timeline WHERE scope = ?1 AND (?2 IS NULL OR key = ?2) "
				    "AND t_ns + CAST(interval_ms * 1000000 AS INTEGER) > ?3 AND t_ns < ?4 ORDER BY key, t_ns", columns);
	if (sql && sqlite3_prepare_v2(copying->from, sql, -1, &select, NULL) == SQLITE_OK) {
		const int64_t end_ns = choice->now_ns == NO_TIME ? copying->loaded->newest_ns : choice->now_ns;
		sqlite3_bind_text(select, 1, scope_name(choice->scope), -1, SQLITE_STATIC);
		sqlite3_bind_text(select, 2, choice->key, -1, SQLITE_STATIC);
		sqlite3_bind_int64(select, 3, end_ns - choice->last_ns);
		sqlite3_bind_int64(select, 4, end_ns);
	}
	sqlite3_free(sql);
	return select;
}

static enum status copy_rows(const struct copying *copying, sqlite3_stmt *select, sqlite3_stmt *insert, int count)
{
	int code;
	while ((code = sqlite3_step(select)) == SQLITE_ROW) {
		if (copying->loaded->rows == TIMELINE_ROWS_MAX)
			return fail(copying, STATUS_UNSUPPORTED, "more than a million rows: choose a shorter time, or one key");
		for (int i = 0; i < count; i++)
			sqlite3_bind_value(insert, i + 1, sqlite3_column_value(select, i + 2));
		if (sqlite3_step(insert) != SQLITE_DONE)
			return fail_sql(copying, copying->to);
		sqlite3_reset(insert);
		const char *key = (const char *)sqlite3_column_text(select, 0);
		if (!copying->choice->row(copying->choice->user, copying->loaded->rows++, key ? key : "", sqlite3_column_int64(select, 1)))
			return fail(copying, STATUS_NO_MEMORY, "out of memory");
	}
	return code == SQLITE_DONE ? STATUS_OK : fail_sql(copying, copying->from);
}

static bool find_newest(const struct copying *copying)
{
	sqlite3_stmt *query = NULL;
	const struct timeline_choice *choice = copying->choice;
	if (sqlite3_prepare_v2(copying->from, "SELECT max(t_ns + CAST(interval_ms * 1000000 AS INTEGER)) FROM timeline WHERE scope = ?1 "
					      "AND (?2 IS NULL OR key = ?2)", -1, &query, NULL) != SQLITE_OK)
		return false;
	/* Where a key has been silent, time goes on: the whole of the capture says what now is. */
	const bool all = choice->now_ns == NO_TIME;
	sqlite3_bind_text(query, 1, all ? "all" : scope_name(choice->scope), -1, SQLITE_STATIC);
	sqlite3_bind_text(query, 2, all ? NULL : choice->key, -1, SQLITE_STATIC);
	const bool good = sqlite3_step(query) == SQLITE_ROW;
	if (good && sqlite3_column_type(query, 0) == SQLITE_INTEGER)
		copying->loaded->newest_ns = sqlite3_column_int64(query, 0);
	sqlite3_finalize(query);
	return good;
}

static enum status copy(const struct copying *copying)
{
	int count = 0;
	sqlite3_stmt *select = NULL, *insert = NULL;
	char *columns = NULL;
	enum status status;
	if (!find_newest(copying))
		return fail_sql(copying, copying->from);
	if (copying->loaded->newest_ns == NO_TIME)
		return STATUS_OK;
	columns = common_columns(copying, &count);
	insert = columns && count ? prepare_insert(copying, columns, count) : NULL;
	select = insert ? prepare_select(copying, columns) : NULL;
	if (select)
		status = copy_rows(copying, select, insert, count);
	else
		status = fail_sql(copying, insert ? copying->from : copying->to);
	sqlite3_finalize(select);
	sqlite3_finalize(insert);
	sqlite3_free(columns);
	return status;
}

enum status timeline_rows_copy(sqlite3 *to, const char *path, const struct timeline_choice *choice, struct timeline_loaded *loaded,
			       char *message, size_t message_bytes)
{
	struct copying copying = { .to = to, .choice = choice, .loaded = loaded, .message = message, .message_bytes = message_bytes };
	struct stat info;
	*loaded = (struct timeline_loaded){ .newest_ns = NO_TIME };
	if (stat(path, &info) != 0)
		return fail(&copying, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO, strerror(errno));
	char *name = sql_path(path);
	enum status status = STATUS_NO_MEMORY;
	if (!name)
		return fail(&copying, status, "out of memory");
	if (sqlite3_open_v2(name, &copying.from, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
		status = fail(&copying, copying.from ? sql_status(sqlite3_errcode(copying.from)) : STATUS_NO_MEMORY,
			      copying.from ? sqlite3_errmsg(copying.from) : "out of memory");
	} else {
		sql_distrust(copying.from);
		sqlite3_busy_timeout(copying.from, BUSY_MS);
		status = schema_check(copying.from, message, message_bytes);
		if (!status)
			status = copy(&copying);
	}
	sqlite3_close(copying.from);
	free(name);
	return status;
}
