#include "store/reader.h"

#include "store/file_name.h"
#include "store/findings_run.h"
#include "store/reader_connection.h"
#include "store/schema.h"
#include "store/sql.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* SQLite asks for the interrupt flag each so many of its instructions: about a millisecond. */
#define INSTRUCTIONS_PER_LOOK 10000
/* A database may ask for texts of a gigabyte; the largest of ours is an incident.json. */
#define VALUE_BYTES_MAX (64 << 20)

struct reader {
	sqlite3 *db;
	const volatile sig_atomic_t *interrupted;
	char error[512];
};

struct reader *reader_new(void)
{
	return calloc(1, sizeof(struct reader));
}

void reader_free(struct reader *reader)
{
	if (!reader)
		return;
	sqlite3_close(reader->db);
	free(reader);
}

const char *reader_error(const struct reader *reader)
{
	return reader->error;
}

__attribute__((format(printf, 3, 4))) static enum status fail(struct reader *reader, enum status status,
							       const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(reader->error, sizeof(reader->error), format, arguments);
	va_end(arguments);
	return status;
}

sqlite3 *reader_connection(struct reader *reader)
{
	return reader->db;
}

enum status reader_result(struct reader *reader, int code)
{
	const enum status status = sql_status(code);
	return status ? fail(reader, status, "%s", sql_message(reader->db, code)) : STATUS_OK;
}

static int look(void *user)
{
	const struct reader *reader = user;
	return reader->interrupted && *reader->interrupted;
}

void reader_interrupt_on(struct reader *reader, const volatile sig_atomic_t *flag)
{
	reader->interrupted = flag;
}

/* A writer that was killed leaves its journal; only a connection that may write can play it back. */
static void undo_interrupted(const char *path)
{
	sqlite3 *db = NULL;
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK)
		sqlite3_exec(db, "SELECT count(*) FROM sqlite_master", NULL, NULL, NULL);
	sqlite3_close(db);
}

static enum status open_read_only(struct reader *reader, const char *path)
{
	char reason[256];
	sqlite3_close(reader->db);
	reader->db = NULL;
	if (sqlite3_open_v2(path, &reader->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return fail(reader, reader->db ? sql_status(sqlite3_errcode(reader->db)) : STATUS_NO_MEMORY, "%s: %s", path,
			    reader->db ? sqlite3_errmsg(reader->db) : "out of memory");
	sql_distrust(reader->db);
	sqlite3_limit(reader->db, SQLITE_LIMIT_LENGTH, VALUE_BYTES_MAX);
	sqlite3_busy_timeout(reader->db, 2000);
	if (file_name_add(reader->db) != SQLITE_OK)
		return fail(reader, STATUS_NO_MEMORY, "%s: out of memory", path);
	enum status status = schema_check(reader->db, reason, sizeof(reason));
	return status ? fail(reader, status, "%s: %s", path, reason) : STATUS_OK;
}

enum status reader_open(struct reader *reader, const char *path)
{
	struct stat info;
	reader->error[0] = '\0';
	if (stat(path, &info) != 0 || access(path, R_OK) != 0)
		return fail(reader, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO, "%s: %s", path, strerror(errno));
	if (!S_ISREG(info.st_mode))
		return fail(reader, STATUS_FORMAT, "%s: not a wiretape database, which `wiretape analyze` makes of captures", path);
	char *name = sql_path(path);
	if (!name)
		return fail(reader, STATUS_NO_MEMORY, "%s: out of memory", path);
	enum status status = open_read_only(reader, name);
	const bool interrupted = status && sqlite3_extended_errcode(reader->db) == SQLITE_READONLY_ROLLBACK;
	if (interrupted && sql_journal_names_file(name)) {
		status = fail(reader, STATUS_FORMAT, SQL_JOURNAL_COMPLAINT, path, path);
	} else if (interrupted) {
		undo_interrupted(name);
		status = open_read_only(reader, name);
	}
	free(name);
	if (!status)
		sqlite3_progress_handler(reader->db, INSTRUCTIONS_PER_LOOK, look, reader);
	return status;
}

static int attach(sqlite3 *db, const char *name)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(db, "ATTACH ? AS other", -1, &statement, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	const int end = sqlite3_finalize(statement);
	return code == SQLITE_DONE ? end : code;
}

enum status reader_attach(struct reader *reader, const char *path)
{
	if (!reader->db)
		return fail(reader, STATUS_USAGE, "no database is open");
	struct reader *look_first = reader_new(); /* all that reader_open refuses */
	char *name = sql_path(path);
	enum status status = look_first && name ? reader_open(look_first, path) : STATUS_NO_MEMORY;
	if (status) {
		fail(reader, status, "%s", look_first && name ? look_first->error : "out of memory");
		goto out;
	}
	const int64_t ours = sql_integer(reader->db, "PRAGMA user_version", 0, 0);
	const int64_t theirs = sql_integer(look_first->db, "PRAGMA user_version", 0, 0);
	if (ours != theirs && (ours < SCHEMA_COMPLETE_SINCE || theirs < SCHEMA_COMPLETE_SINCE)) {
		status = fail(reader, STATUS_UNSUPPORTED, "%s: of schema %lld, the database it is compared with of %lld: analyze the older again",
			      path, (long long)theirs, (long long)ours);
		goto out;
	}
	const int code = attach(reader->db, name);
	if (code != SQLITE_OK)
		status = fail(reader, sql_status(code), "%s: %s", path, sqlite3_errmsg(reader->db));
out:
	free(name);
	reader_free(look_first);
	return status;
}

static void bind_value(sqlite3_stmt *query, int index, const char *value)
{
	char *end;
	if (!*value) {
		sqlite3_bind_null(query, index);
		return;
	}
	errno = 0;
	long long integer = strtoll(value, &end, 10);
	if (!*end && !errno) {
		sqlite3_bind_int64(query, index, integer);
		return;
	}
	double real = strtod(value, &end);
	if (!*end)
		sqlite3_bind_double(query, index, real);
	else
		sqlite3_bind_text(query, index, value, -1, SQLITE_TRANSIENT);
}

static const struct parameter *find_parameter(const struct parameter *parameters, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(parameters[i].name, name))
			return &parameters[i];
	return NULL;
}

/* `used` has a flag for each parameter. */
static enum status bind_parameters(struct reader *reader, sqlite3_stmt *query, const struct parameter *parameters,
				   size_t count, bool *used)
{
	for (int i = 1; i <= sqlite3_bind_parameter_count(query); i++) {
		const char *name = sqlite3_bind_parameter_name(query, i);
		const struct parameter *parameter = name ? find_parameter(parameters, count, name + 1) : NULL;
		if (!parameter)
			return fail(reader, STATUS_USAGE, "the query needs a value for %s", name ? name : "?");
		used[parameter - parameters] = true;
		bind_value(query, i, parameter->value);
	}
	return STATUS_OK;
}

static struct cell read_cell(sqlite3_stmt *query, int column)
{
	struct cell cell = { .kind = CELL_NULL };
	switch (sqlite3_column_type(query, column)) {
	case SQLITE_INTEGER:
		cell.kind = CELL_INTEGER;
		cell.integer = sqlite3_column_int64(query, column);
		break;
	case SQLITE_FLOAT:
		cell.kind = CELL_REAL;
		cell.real = sqlite3_column_double(query, column);
		break;
	case SQLITE_TEXT:
		cell.kind = CELL_TEXT;
		cell.bytes = (const char *)sqlite3_column_text(query, column);
		break;
	case SQLITE_BLOB:
		cell.kind = CELL_BLOB;
		cell.bytes = sqlite3_column_blob(query, column);
		break;
	}
	cell.length = (size_t)sqlite3_column_bytes(query, column);
	/* An empty blob has no address; neither has anything when memory is out. */
	if ((cell.kind == CELL_TEXT || cell.kind == CELL_BLOB) && !cell.bytes) {
		cell.bytes = "";
		cell.length = 0;
	}
	return cell;
}

static enum status write_header(struct table *table, sqlite3_stmt *query, size_t columns)
{
	const char **names = calloc(columns, sizeof(*names));
	if (!names)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < columns; i++)
		names[i] = sqlite3_column_name(query, (int)i);
	enum status status = table_header(table, names, columns);
	free(names);
	return status;
}

static enum status write_answer(struct reader *reader, sqlite3_stmt *query, const struct table_options *options, FILE *out)
{
	size_t columns = (size_t)sqlite3_column_count(query);
	struct table *table = table_new(options, out);
	struct cell *cells = calloc(columns, sizeof(*cells));
	enum status status = STATUS_NO_MEMORY;
	int code = SQLITE_OK;
	if (!table || !cells)
		goto out;
	status = write_header(table, query, columns);
	while (!status && (code = sqlite3_step(query)) == SQLITE_ROW) {
		for (size_t i = 0; i < columns; i++)
			cells[i] = read_cell(query, (int)i);
		status = table_row(table, cells);
	}
	if (!status)
		status = table_end(table);
	const int reason = status == STATUS_IO ? errno : 0;
	if (code != SQLITE_DONE && code != SQLITE_ROW && code != SQLITE_OK)
		status = fail(reader, sql_status(code), "%s", sqlite3_errmsg(reader->db));
	else if (status)
		fail(reader, status, "the answer could not be written: %s", reason ? strerror(reason) : status_text(status));
out:
	free(cells);
	table_free(table);
	return status;
}

/* A saved query may ask for what an older database does not have yet. */
static enum status fail_to_prepare(struct reader *reader)
{
	char message[256];
	const enum status status = sql_status(sqlite3_errcode(reader->db));
	snprintf(message, sizeof(message), "%s", sqlite3_errmsg(reader->db));
	const int64_t version = sql_integer(reader->db, "PRAGMA user_version", 0, SCHEMA_VERSION);
	if (version >= SCHEMA_VERSION)
		return fail(reader, status, "%s", message);
	return fail(reader, status,
		    "%s (the database is of version %lld, this wiretape's is %d: analyze again, or add a capture to it)", message,
		    (long long)version, SCHEMA_VERSION);
}

/* Runs the first statement of `*sql` and moves it on. */
static enum status run_one(struct reader *reader, const char **sql, const struct parameter *parameters, size_t count,
			   bool *used, const struct table_options *options, FILE *out)
{
	sqlite3_stmt *query = NULL;
	enum status status = STATUS_OK;
	if (sqlite3_prepare_v2(reader->db, *sql, -1, &query, sql) != SQLITE_OK)
		return fail_to_prepare(reader);
	if (!query)
		return STATUS_OK;
	if (!sqlite3_stmt_readonly(query))
		status = fail(reader, STATUS_USAGE, "the query would change the database, which is open read only");
	if (!status)
		status = bind_parameters(reader, query, parameters, count, used);
	if (!status && sqlite3_column_count(query))
		status = write_answer(reader, query, options, out);
	else if (!status && sqlite3_step(query) != SQLITE_DONE)
		status = fail(reader, sql_status(sqlite3_errcode(reader->db)), "%s", sqlite3_errmsg(reader->db));
	sqlite3_finalize(query);
	return status;
}

enum status reader_run(struct reader *reader, const char *sql, const struct parameter *parameters, size_t parameter_count,
		       const struct table_options *options, FILE *out)
{
	enum status status = STATUS_OK;
	if (!reader->db)
		return fail(reader, STATUS_USAGE, "no database is open");
	bool *used = calloc(parameter_count + 1, sizeof(*used));
	if (!used)
		return fail(reader, STATUS_NO_MEMORY, "out of memory");
	reader->error[0] = '\0';
	while (!status && *sql)
		status = run_one(reader, &sql, parameters, parameter_count, used, options, out);
	for (size_t i = 0; !status && i < parameter_count; i++)
		if (!used[i])
			status = fail(reader, STATUS_USAGE, "the query has no parameter '%s'", parameters[i].name);
	free(used);
	return status;
}

static bool is_number(const char *text)
{
	char *end;
	strtod(text, &end);
	return end != text && !*end;
}

/* Where a number is usual a text would be larger than all of them: an answer without rows. */
static enum status check_parameter(struct reader *reader, const struct saved_query *query, const struct parameter *given)
{
	for (size_t i = 0; i < query->parameter_count; i++) {
		const struct saved_parameter *known = &query->parameters[i];
		if (strcmp(known->name, given->name) != 0)
			continue;
		if (is_number(known->value) && !is_number(given->value))
			return fail(reader, STATUS_USAGE, "%s=%s: must be a number such as %s", given->name, given->value, known->value);
		return STATUS_OK;
	}
	return fail(reader, STATUS_USAGE, "the query '%s' has no parameter '%s'", query->name, given->name);
}

enum status reader_run_saved(struct reader *reader, const struct saved_query *query, const struct parameter *parameters,
			     size_t parameter_count, const struct table_options *options, FILE *out)
{
	size_t count = 0;
	for (size_t i = 0; i < parameter_count; i++) {
		const enum status status = check_parameter(reader, query, &parameters[i]);
		if (status != STATUS_OK)
			return status;
	}
	struct parameter *all = calloc(parameter_count + SAVED_PARAMETERS_MAX, sizeof(*all));
	if (!all)
		return fail(reader, STATUS_NO_MEMORY, "out of memory");
	for (; count < parameter_count; count++)
		all[count] = parameters[count];
	for (size_t i = 0; i < query->parameter_count; i++)
		if (!find_parameter(parameters, parameter_count, query->parameters[i].name))
			all[count++] = (struct parameter){ query->parameters[i].name, query->parameters[i].value };
	enum status status = reader_run(reader, query->sql, all, count, options, out);
	free(all);
	return status;
}

enum status reader_find(struct reader *reader, struct findings *findings, int64_t capture_id)
{
	if (!reader->db)
		return fail(reader, STATUS_USAGE, "no database is open");
	const int64_t version = sql_integer(reader->db, "PRAGMA user_version", 0, 0);
	if (version < SCHEMA_COMPLETE_SINCE)
		return fail(reader, STATUS_UNSUPPORTED,
			    "the database is of version %lld, findings need %d: analyze the capture again, or add one to it with --append",
			    (long long)version, SCHEMA_COMPLETE_SINCE);
	findings_interrupt_on(findings, reader->interrupted);
	int code = findings_make_temporary(reader->db);
	if (!code)
		code = findings_run(findings, reader->db, "temp", 0, capture_id);
	sqlite3_progress_handler(reader->db, INSTRUCTIONS_PER_LOOK, look, reader);
	return code ? fail(reader, sql_status(code), "%s", sql_message(reader->db, code)) : STATUS_OK;
}

/* An older schema has no such table, and none of them. */
enum status reader_has_findings(struct reader *reader, bool *found)
{
	if (!reader->db)
		return fail(reader, STATUS_USAGE, "no database is open");
	*found = sql_integer(reader->db, "SELECT count(*) FROM thresholds", 0, 0) > 0;
	return STATUS_OK;
}

bool reader_is_current(struct reader *reader)
{
	return reader->db && sql_integer(reader->db, "PRAGMA user_version", 0, 0) >= SCHEMA_COMPLETE_SINCE;
}
