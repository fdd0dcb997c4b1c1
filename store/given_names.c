#include "store/given_names.h"

#include "store/embedded.h"
#include "store/sql.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What SQLite makes of JSON takes a few times its size. */
#define FILE_BYTES_MAX ((size_t)256 << 20)
#define BLANKS " \t\r\f\v"

/* The whole file, ended by 0; NULL with a message, or without one for want of memory. */
static char *read_file(const char *path, size_t *size, char *message, size_t message_bytes)
{
	bool standard_input = strcmp(path, "-") == 0;
	FILE *file = standard_input ? stdin : fopen(path, "r");
	char *text = NULL;
	size_t capacity = 0, used = 0, got = 0;
	bool good = false;
	if (!file) {
		snprintf(message, message_bytes, "%s", strerror(errno));
		return NULL;
	}
	do {
		if (used + 1 >= capacity) {
			char *larger = realloc(text, capacity = capacity ? 2 * capacity : 65536);
			if (!larger)
				goto out;
			text = larger;
		}
		got = fread(text + used, 1, capacity - used - 1, file);
		used += got;
	} while (got && !ferror(file) && used <= FILE_BYTES_MAX);
	if (ferror(file))
		snprintf(message, message_bytes, "%s", strerror(errno));
	else if (used > FILE_BYTES_MAX)
		snprintf(message, message_bytes, "larger than 256 MiB: give it in parts, as in `kubectl get pods -n NAMESPACE`");
	else
		good = true;
out:
	if (!standard_input)
		fclose(file);
	if (!good) {
		free(text);
		return NULL;
	}
	text[used] = '\0';
	*size = used;
	return text;
}

/* Reads an address; "fe80::1%eth0" is fe80::1. */
static bool parse_address(const char *text, struct address *address)
{
	char plain[INET6_ADDRSTRLEN];
	size_t length = strcspn(text, "%");
	*address = (struct address){ { [10] = 0xff, [11] = 0xff } };
	if (length >= sizeof(plain))
		return false;
	memcpy(plain, text, length);
	plain[length] = '\0';
	return inet_pton(AF_INET, plain, address->bytes + 12) == 1 || inet_pton(AF_INET6, plain, address->bytes) == 1;
}

/* SQL's address(text): as it stands in all tables; NULL: it is none. */
static void address_function(sqlite3_context *context, int count, sqlite3_value **values)
{
	char text[ADDRESS_TEXT_MAX];
	struct address address;
	const char *given = count == 1 ? (const char *)sqlite3_value_text(values[0]) : NULL;
	if (given && parse_address(given, &address))
		sqlite3_result_text(context, address_text(&address, text), -1, SQLITE_TRANSIENT);
}

static void say_bad(struct names_added *added, uint64_t line, const char *text)
{
	if (added->bad++)
		return;
	added->first_bad_line = line;
	size_t used = 0;
	for (; *text && used + 1 < sizeof(added->first_bad); text++)
		added->first_bad[used++] = *text >= ' ' && *text <= '~' ? *text : '?';
	added->first_bad[used] = '\0';
}

static int put_name(sqlite3_stmt *insert, const char *address, const char *name)
{
	sqlite3_bind_text(insert, 1, address, -1, SQLITE_STATIC);
	sqlite3_bind_text(insert, 2, name, -1, SQLITE_STATIC);
	sqlite3_step(insert);
	return sqlite3_reset(insert);
}

/* An address and its names (hosts(5)). The line is taken apart. */
static int add_hosts_line(sqlite3_stmt *insert, char *line, uint64_t number, struct names_added *added)
{
	struct address address;
	char *rest = NULL;
	int code = SQLITE_OK;
	line[strcspn(line, "#")] = '\0';
	char *word = strtok_r(line, BLANKS, &rest);
	if (!word)
		return SQLITE_OK;
	char *name = strtok_r(NULL, BLANKS, &rest);
	if (!name || !parse_address(word, &address)) {
		say_bad(added, number, word);
		return SQLITE_OK;
	}
	for (; name && !code; name = strtok_r(NULL, BLANKS, &rest)) {
		if (strlen(name) < NAME_TEXT_MAX)
			code = put_name(insert, word, name);
		else
			say_bad(added, number, name);
	}
	return code;
}

static int add_hosts(sqlite3 *db, char *text, size_t size, struct names_added *added)
{
	sqlite3_stmt *insert = NULL;
	uint64_t number = 0;
	int code = sqlite3_prepare_v2(db, "INSERT INTO given_names (address, name, source) VALUES (?, ?, 'hosts')", -1, &insert, NULL);
	for (char *line = text, *end; line < text + size && !code; line = end + 1) {
		end = memchr(line, '\n', (size_t)(text + size - line));
		if (!end)
			end = text + size;
		*end = '\0';
		code = add_hosts_line(insert, line, ++number, added);
	}
	sqlite3_finalize(insert);
	return code;
}

/* Runs each statement of given_names.sql. */
static int add_kubernetes(sqlite3 *db, const char *json, size_t size)
{
	int code = SQLITE_OK;
	for (const char *sql = embedded_sql_text("given_names.sql"); sql && *sql && !code;) {
		sqlite3_stmt *statement = NULL;
		code = sqlite3_prepare_v2(db, sql, -1, &statement, &sql);
		if (!statement)
			break;
		if (sqlite3_bind_parameter_count(statement))
			sqlite3_bind_text64(statement, 1, json, size, SQLITE_STATIC, SQLITE_UTF8);
		sqlite3_step(statement);
		code = sqlite3_finalize(statement);
	}
	return code;
}

/* Addresses and names that are none. */
static int count_bad(sqlite3 *db, struct names_added *added)
{
	sqlite3_stmt *query = NULL;
	int code = sqlite3_prepare_v2(db, "SELECT coalesce(address, '') FROM given_names WHERE address(address) IS NULL"
					  " OR coalesce(length(CAST(name AS BLOB)), 0) NOT BETWEEN 1 AND 255", -1, &query, NULL);
	while (!code && sqlite3_step(query) == SQLITE_ROW)
		say_bad(added, 0, (const char *)sqlite3_column_text(query, 0));
	int end = sqlite3_finalize(query);
	return code ? code : end;
}

enum status given_names_add(sqlite3 *db, enum names_format format, const char *path, struct names_added *added, char *message,
			    size_t message_bytes)
{
	static const char before[] = "CREATE TEMP TABLE given_names (address TEXT, port INTEGER, name TEXT, source TEXT)";
	/* A pod without an address has not started yet. The same names may have been given before. */
	static const char unknown[] = "DELETE FROM given_names WHERE coalesce(address, '') = '' OR name IS NULL";
	static const char after[] =
		"INSERT INTO names (address, port, name, source) SELECT address(address), port, name, source FROM given_names"
		" WHERE address(address) IS NOT NULL AND length(CAST(name AS BLOB)) BETWEEN 1 AND 255 ORDER BY rowid;"
		"DROP TABLE given_names;"
		"DELETE FROM names WHERE capture_id IS NULL AND rowid NOT IN (SELECT min(rowid) FROM names WHERE capture_id IS NULL"
		" GROUP BY address, port, name, source)";
	static const char count[] = "SELECT count(*) FROM names WHERE capture_id IS NULL";
	size_t size = 0;
	*added = (struct names_added){ 0 };
	message[0] = '\0';
	char *text = read_file(path, &size, message, message_bytes);
	if (!text)
		return message[0] ? STATUS_IO : STATUS_NO_MEMORY;
	int64_t known = sql_integer(db, count, 0, 0);
	int code = sqlite3_create_function(db, "address", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, address_function, NULL, NULL);
	if (!code)
		code = sqlite3_exec(db, before, NULL, NULL, NULL);
	if (!code)
		code = format == NAMES_HOSTS ? add_hosts(db, text, size, added) : add_kubernetes(db, text, size);
	if (code == SQLITE_ERROR && format == NAMES_PODS)
		snprintf(message, message_bytes, "not what `kubectl get pods -A -o json` prints: %s", sqlite3_errmsg(db));
	if (!code)
		code = sqlite3_exec(db, unknown, NULL, NULL, NULL);
	if (!code)
		code = count_bad(db, added);
	if (!code)
		code = sqlite3_exec(db, after, NULL, NULL, NULL);
	added->names = (uint64_t)(sql_integer(db, count, 0, 0) - known);
	free(text);
	return sql_status(code);
}
