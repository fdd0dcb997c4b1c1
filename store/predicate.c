#include "store/predicate.h"

#include "store/monotonic.h"
#include "store/row.h"
#include "store/schema.h"
#include "store/sql.h"
#include "store/text.h"
#include "store/timeline_rows.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TIME_LIMIT_NS INT64_C(1000000000)
#define STEPS_BETWEEN_LOOKS 1000 /* of SQLite's machine; some 10 us, or a millisecond with long texts */
#define VALUE_BYTES_MAX 100000
#define EXPRESSION_BYTES_MAX 16384
#define MESSAGE_COLUMNS 80

struct predicates {
	sqlite3 *db;
	struct row_writer *rows;
	sqlite3_stmt *clear, *row;
	sqlite3_stmt **tests;
	size_t test_count;
	bool guarded; /* what is being compiled is not ours */
	int64_t deadline_ns;
	char error[512];
};

static int is_late(void *user)
{
	const struct predicates *predicates = user;
	return monotonic_ns() > predicates->deadline_ns;
}

static void start_clock(struct predicates *predicates)
{
	predicates->deadline_ns = monotonic_ns() + TIME_LIMIT_NS;
}

/* Functions that do more than compute, or that answer differently each time: the same rows shall give the same answer. */
static bool is_allowed_function(const char *name)
{
	static const char *const refused[] = { "load_extension", "fts3_tokenizer", "random",	     "randomblob",
					       "changes",	 "total_changes",  "last_insert_rowid", "current_time",
					       "current_date",	 "current_timestamp", "sqlite_log",	"zeroblob",
					       "readfile",	 "writefile",	   "edit",
					       /* One call makes 2^31 characters, in seconds, and none can stop it. */
					       "printf",	 "format" };
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (!strcasecmp(name, refused[i]))
			return false;
	return true;
}

static int authorize(void *user, int action, const char *first, const char *second, const char *database, const char *trigger)
{
	(void)database;
	(void)trigger;
	if (!((struct predicates *)user)->guarded)
		return SQLITE_OK;
	switch (action) {
	case SQLITE_SELECT:
		return SQLITE_OK;
	case SQLITE_READ:
		return strcasecmp(first, "timeline") ? SQLITE_DENY : SQLITE_OK;
	case SQLITE_FUNCTION:
		return is_allowed_function(second) ? SQLITE_OK : SQLITE_DENY;
	default:
		return SQLITE_DENY;
	}
}

static bool set_up(struct predicates *predicates)
{
	sqlite3 *db = predicates->db;
	if (schema_create(db) ||
	    sqlite3_prepare_v3(db, "DELETE FROM timeline", -1, SQLITE_PREPARE_PERSISTENT, &predicates->clear, NULL) ||
	    sqlite3_prepare_v3(db, "SELECT * FROM timeline WHERE rowid = ?", -1, SQLITE_PREPARE_PERSISTENT, &predicates->row, NULL))
		return false;
	predicates->rows = row_writer_new(db, &timeline_columns);
	/* A name in double quotes that is no column is a mistake, and no text. */
	sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, VALUE_BYTES_MAX);
	sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, VALUE_BYTES_MAX);
	sqlite3_limit(db, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 100);
	sqlite3_limit(db, SQLITE_LIMIT_EXPR_DEPTH, 200);
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_set_authorizer(db, authorize, predicates);
	sqlite3_progress_handler(db, STEPS_BETWEEN_LOOKS, is_late, predicates);
	return predicates->rows;
}

struct predicates *predicates_new(void)
{
	struct predicates *predicates = calloc(1, sizeof(*predicates));
	if (!predicates)
		return NULL;
	start_clock(predicates);
	if (sqlite3_open_v2(":memory:", &predicates->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) ==
		    SQLITE_OK &&
	    set_up(predicates))
		return predicates;
	predicates_free(predicates);
	return NULL;
}

void predicates_free(struct predicates *predicates)
{
	if (!predicates)
		return;
	for (size_t i = 0; i < predicates->test_count; i++)
		sqlite3_finalize(predicates->tests[i]);
	free(predicates->tests);
	sqlite3_finalize(predicates->clear);
	sqlite3_finalize(predicates->row);
	row_writer_free(predicates->rows);
	sqlite3_close(predicates->db);
	free(predicates);
}

/* After the quoted text or the comment that starts at `at`; `at` itself where none does. */
static const char *after_quoted(const char *at)
{
	char end = *at == '[' ? ']' : *at;
	const char *close = NULL;
	if (*at == '\'' || *at == '"' || *at == '`' || *at == '[')
		close = strchr(at + 1, end); /* a doubled quote starts the next one */
	else if (at[0] == '-' && at[1] == '-')
		close = strchr(at, '\n');
	else if (at[0] == '/' && at[1] == '*')
		close = strstr(at + 2, "*/") ? strstr(at + 2, "*/") + 1 : NULL;
	else
		return at;
	return close ? close + 1 : at + strlen(at);
}

/* It will stand in parentheses: it must not close them, nor end the statement. NULL: nothing is wrong so far. */
static const char *what_is_wrong(const char *expression)
{
	size_t open = 0;
	bool empty = true;
	for (const char *at = expression; *at;) {
		const char *after = after_quoted(at);
		empty = empty && (strchr(" \t\r\n", *at) || (after != at && (*at == '-' || *at == '/')));
		if (after != at) {
			at = after;
			continue;
		}
		if (*at == ';')
			return "one expression is wanted, without ';'";
		if (*at == ')' && open-- == 0)
			return "a ')' without '('";
		open += *at++ == '(';
	}
	if (empty)
		return "it is empty";
	if (strcasestr(expression, "'now'"))
		return "'now' is another time when the tape is replayed: use t_ns";
	return open ? "a '(' without ')'" : NULL;
}

struct text {
	char *bytes;
	size_t size, used, column;
};

/* Appends as much as there is room for. */
static void append(struct text *text, const char *word, size_t columns)
{
	int length = snprintf(text->bytes + text->used, text->size - text->used, "%s", word);
	text->used += length < 0 ? 0 : (size_t)length;
	if (text->used >= text->size)
		text->used = text->size - 1;
	text->column += columns;
}

/* All columns, in lines that fit a terminal. */
static void append_columns(struct predicates *predicates, struct text *text)
{
	append(text, "\nThe columns of timeline are:", 0);
	text->column = MESSAGE_COLUMNS;
	for (int i = 0; i < sqlite3_column_count(predicates->row); i++) {
		const char *name = sqlite3_column_name(predicates->row, i);
		size_t length = name ? strlen(name) : 0;
		if (text->column + 1 + length > MESSAGE_COLUMNS) {
			append(text, "\n ", 0);
			text->column = 1;
		}
		append(text, " ", 1);
		append(text, name ? name : "", length);
	}
}

static void explain(struct predicates *predicates, struct text *text)
{
	const char *reason = sqlite3_errmsg(predicates->db);
	if (strstr(reason, "not authorized") || strstr(reason, "prohibited"))
		append(text, "it may read columns of timeline and compute, nothing else: ", 0);
	append(text, reason, 0);
	if (strstr(reason, "no such column"))
		append_columns(predicates, text);
}

static bool add_test(struct predicates *predicates, sqlite3_stmt *test)
{
	sqlite3_stmt **tests = realloc(predicates->tests, (predicates->test_count + 1) * sizeof(sqlite3_stmt *));
	if (!tests)
		return false;
	predicates->tests = tests;
	tests[predicates->test_count++] = test;
	return true;
}

enum status predicates_add(struct predicates *predicates, enum scope scope, const char *expression, char *message,
			   size_t message_bytes)
{
	sqlite3_stmt *test = NULL;
	const char *tail = NULL;
	struct text text = { .bytes = message, .size = message_bytes };
	const char *wrong = what_is_wrong(expression);
	enum status status = STATUS_USAGE;
	char *sql = NULL;
	if (wrong || strlen(expression) > EXPRESSION_BYTES_MAX) {
		append(&text, wrong ? wrong : "it is longer than 16384 bytes", 0);
		return STATUS_USAGE;
	}
	/* The line end ends a comment at the end of the expression. */
	sql = sqlite3_mprintf("SELECT rowid FROM timeline WHERE scope = '%s' AND (%s\n) ORDER BY rowid", scope_name(scope),
			      expression);
	if (!sql) {
		append(&text, "out of memory", 0);
		return STATUS_NO_MEMORY;
	}
	start_clock(predicates);
	predicates->guarded = true;
	int code = sqlite3_prepare_v3(predicates->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &test, &tail);
	predicates->guarded = false;
	if (code) {
		status = sql_status(code) == STATUS_NO_MEMORY ? STATUS_NO_MEMORY : STATUS_USAGE;
		explain(predicates, &text);
	} else if (!test || *tail || !sqlite3_stmt_readonly(test)) {
		append(&text, "one expression is wanted", 0);
	} else if (sqlite3_bind_parameter_count(test)) {
		append(&text, "it has a parameter ('?', ':name'), and nothing to put there", 0);
	} else if (!add_test(predicates, test)) {
		append(&text, "out of memory", 0);
		status = STATUS_NO_MEMORY;
	} else {
		test = NULL;
		status = STATUS_OK;
	}
	sqlite3_finalize(test);
	sqlite3_free(sql);
	return status;
}

static enum status fail(struct predicates *predicates, int code)
{
	bool late = (code & 0xff) == SQLITE_INTERRUPT;
	snprintf(predicates->error, sizeof(predicates->error), "%s", late ? "it takes longer than a second" :
									       sqlite3_errmsg(predicates->db));
	if (late)
		return STATUS_INTERRUPTED;
	return sql_status(code) == STATUS_NO_MEMORY ? STATUS_NO_MEMORY : STATUS_IO;
}

enum status predicates_put(struct predicates *predicates, const struct interval_facts *facts, const struct live_counters *live)
{
	const struct row_context context = { .live = facts->scope == SCOPE_ALL ? live : NULL };
	start_clock(predicates);
	int code = row_writer_write(predicates->rows, facts, &context);
	return code ? fail(predicates, code) : STATUS_OK;
}

enum status predicates_load(struct predicates *predicates, const char *path, const struct timeline_choice *choice,
			    struct timeline_loaded *loaded, char *message, size_t message_bytes)
{
	predicates_clear(predicates);
	/* What is run here is ours, and may take its time. */
	sqlite3_progress_handler(predicates->db, 0, NULL, NULL);
	const enum status status = timeline_rows_copy(predicates->db, path, choice, loaded, message, message_bytes);
	sqlite3_progress_handler(predicates->db, STEPS_BETWEEN_LOOKS, is_late, predicates);
	return status;
}

enum status predicates_test(struct predicates *predicates, size_t expression, void (*visit)(void *user, size_t row), void *user)
{
	sqlite3_stmt *test = predicates->tests[expression];
	int code;
	start_clock(predicates);
	while ((code = sqlite3_step(test)) == SQLITE_ROW)
		visit(user, (size_t)sqlite3_column_int64(test, 0) - 1);
	enum status status = code == SQLITE_DONE ? STATUS_OK : fail(predicates, code);
	sqlite3_reset(test);
	return status;
}

/* Real numbers with 15 digits, as sqlite3 prints them. */
static void write_value(FILE *out, sqlite3_stmt *row, int column)
{
	int type = sqlite3_column_type(row, column);
	const char *text = (const char *)sqlite3_column_text(row, column);
	if (type == SQLITE_NULL || !text)
		fputs("null", out);
	else if (type == SQLITE_TEXT)
		write_json_string(out, text, (size_t)sqlite3_column_bytes(row, column));
	else
		fputs(text, out);
}

char *predicates_row_json(struct predicates *predicates, size_t row)
{
	char *text = NULL;
	size_t bytes;
	sqlite3_stmt *query = predicates->row;
	FILE *out = open_memstream(&text, &bytes);
	if (!out)
		return NULL;
	start_clock(predicates);
	sqlite3_bind_int64(query, 1, (int64_t)row + 1);
	bool found = sqlite3_step(query) == SQLITE_ROW;
	for (int i = 0; found && i < sqlite3_column_count(query); i++) {
		fprintf(out, "%s\"%s\": ", i ? ", " : "{", sqlite3_column_name(query, i));
		write_value(out, query, i);
	}
	fputc('}', out);
	sqlite3_reset(query);
	bool whole = !ferror(out);
	if (fclose(out) == 0 && whole && found)
		return text;
	free(text);
	return NULL;
}

void predicates_clear(struct predicates *predicates)
{
	start_clock(predicates);
	sqlite3_step(predicates->clear);
	sqlite3_reset(predicates->clear);
}

const char *predicates_error(const struct predicates *predicates)
{
	return predicates->error;
}

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

bool predicate_next_name(const char **at, char name[PREDICATE_NAME_MAX])
{
	while (**at) {
		if (**at == '\'') {
			const char *end = strchr(*at + 1, '\'');
			*at = end ? end + 1 : *at + strlen(*at);
			continue;
		}
		size_t length = 0;
		for (; is_name((*at)[length]); length++)
			if (length < PREDICATE_NAME_MAX - 1)
				name[length] = (char)tolower((unsigned char)(*at)[length]);
		name[length < PREDICATE_NAME_MAX - 1 ? length : PREDICATE_NAME_MAX - 1] = '\0';
		const bool starts = length > 0 && !isdigit((unsigned char)**at);
		*at += length > 0 ? length : 1;
		if (starts)
			return true;
	}
	return false;
}
