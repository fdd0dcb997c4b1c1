#include "store/json.h"

#include "store/sql.h"
#include "store/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 16

struct json {
	FILE *out; /* to memory */
	char *text;
	size_t bytes;
	unsigned depth;
	char ends[DEPTH_MAX];
	bool filled[DEPTH_MAX]; /* a comma comes before the next value */
	bool failed;
};

struct json *json_new(void)
{
	struct json *json = calloc(1, sizeof *json);
	if (json)
		json->out = open_memstream(&json->text, &json->bytes);
	if (json && json->out)
		return json;
	free(json);
	return NULL;
}

void json_free(struct json *json)
{
	if (!json)
		return;
	if (json->out)
		fclose(json->out);
	free(json->text);
	free(json);
}

static void start_value(struct json *json, const char *key)
{
	if (json->depth > 0) {
		bool *filled = &json->filled[json->depth - 1];
		fputs(*filled ? "," : "", json->out);
		fputs(json->depth == 1 ? "\n " : *filled ? " " : "", json->out);
		*filled = true;
	}
	if (key) {
		write_json_string(json->out, key, strlen(key));
		fputs(": ", json->out);
	}
}

static void begin(struct json *json, const char *key, char first, char last)
{
	start_value(json, key);
	if (json->depth == DEPTH_MAX) {
		json->failed = true;
		return;
	}
	putc(first, json->out);
	json->ends[json->depth] = last;
	json->filled[json->depth++] = false;
}

void json_begin_object(struct json *json, const char *key)
{
	begin(json, key, '{', '}');
}

void json_begin_array(struct json *json, const char *key)
{
	begin(json, key, '[', ']');
}

void json_end(struct json *json)
{
	if (json->depth == 0) {
		json->failed = true;
		return;
	}
	json->depth--;
	if (json->depth == 0 && json->filled[0])
		putc('\n', json->out);
	putc(json->ends[json->depth], json->out);
}

void json_text(struct json *json, const char *key, const char *value)
{
	start_value(json, key);
	if (value)
		write_json_string(json->out, value, strlen(value));
	else
		fputs("null", json->out);
}

void json_integer(struct json *json, const char *key, int64_t value)
{
	start_value(json, key);
	fprintf(json->out, "%" PRId64, value);
}

void json_real(struct json *json, const char *key, double value)
{
	start_value(json, key);
	if (isfinite(value))
		fprintf(json->out, "%.12g", value);
	else
		fputs("null", json->out);
}

void json_bool(struct json *json, const char *key, bool value)
{
	json_raw(json, key, value ? "true" : "false");
}

void json_null(struct json *json, const char *key)
{
	json_raw(json, key, NULL);
}

void json_raw(struct json *json, const char *key, const char *value)
{
	const char *text = value ? value : "null";
	size_t bytes = strlen(text);
	while (bytes > 0 && text[bytes - 1] == '\n')
		bytes--;
	start_value(json, key);
	fwrite(text, 1, bytes, json->out);
}

char *json_finish(struct json *json)
{
	putc('\n', json->out);
	const bool good = !ferror(json->out) && !json->failed && json->depth == 0;
	const bool closed = fclose(json->out) == 0;
	json->out = NULL;
	if (!good || !closed)
		return NULL;
	char *text = json->text;
	json->text = NULL;
	return text;
}

struct json_document {
	sqlite3 *db; /* empty: only its functions are used */
	char *text;
};

/* SELECT with the document as ?1, a path made of `key` as ?2, and `value` as ?3; the statement stands at its row. */
static sqlite3_stmt *ask(struct json_document *document, const char *sql, const char *key, const char *value)
{
	sqlite3_stmt *query = NULL;
	if (sqlite3_prepare_v2(document->db, sql, -1, &query, NULL) != SQLITE_OK)
		return NULL;
	sqlite3_bind_text(query, 1, document->text, -1, SQLITE_STATIC);
	if (key)
		sqlite3_bind_text(query, 2, key, -1, SQLITE_STATIC);
	if (value)
		sqlite3_bind_text(query, 3, value, -1, SQLITE_STATIC);
	if (sqlite3_step(query) == SQLITE_ROW)
		return query;
	sqlite3_finalize(query);
	return NULL;
}

static char *ask_text(struct json_document *document, const char *sql, const char *key, const char *value)
{
	sqlite3_stmt *query = ask(document, sql, key, value);
	const char *text = query ? (const char *)sqlite3_column_text(query, 0) : NULL;
	char *copy = text ? strdup(text) : NULL;
	sqlite3_finalize(query);
	return copy;
}

enum status json_parse(struct json_document **document, const char *text, size_t bytes)
{
	*document = NULL;
	struct json_document *made = calloc(1, sizeof *made);
	enum status status = STATUS_NO_MEMORY;
	if (!made)
		return status;
	made->text = strndup(text, bytes);
	if (!made->text || sqlite3_open(":memory:", &made->db) != SQLITE_OK)
		goto fail;
	status = STATUS_FORMAT;
	sqlite3_stmt *query = ask(made, "SELECT json_valid(?1) AND json_type(?1) = 'object'", NULL, NULL);
	const bool object = query && sqlite3_column_int(query, 0);
	sqlite3_finalize(query);
	if (!object)
		goto fail;
	*document = made;
	return STATUS_OK;
fail:
	json_document_free(made);
	return status;
}

void json_document_free(struct json_document *document)
{
	if (!document)
		return;
	sqlite3_close(document->db);
	free(document->text);
	free(document);
}

int64_t json_get_integer(struct json_document *document, const char *key, int64_t fallback)
{
	sqlite3_stmt *query = ask(document, "SELECT json_extract(?1, '$.' || json_quote(?2))", key, NULL);
	if (query && sqlite3_column_type(query, 0) == SQLITE_INTEGER)
		fallback = sqlite3_column_int64(query, 0);
	sqlite3_finalize(query);
	return fallback;
}

char *json_get_text(struct json_document *document, const char *key)
{
	return ask_text(document, "SELECT json_extract(?1, '$.' || json_quote(?2))", key, NULL);
}

static enum status replace(struct json_document *document, char *text)
{
	if (!text)
		return STATUS_FORMAT;
	free(document->text);
	document->text = text;
	return STATUS_OK;
}

enum status json_set(struct json_document *document, const char *key, const char *json)
{
	return replace(document, ask_text(document, "SELECT json_set(?1, '$.' || json_quote(?2), json(?3))", key, json));
}

enum status json_set_text(struct json_document *document, const char *key, const char *value)
{
	return replace(document, ask_text(document, "SELECT json_set(?1, '$.' || json_quote(?2), ?3)", key, value));
}

enum status json_set_integer(struct json_document *document, const char *key, int64_t value)
{
	char text[24];
	snprintf(text, sizeof text, "%" PRId64, value);
	return json_set(document, key, text);
}

char *json_print(struct json_document *document)
{
	return ask_text(document,
			"SELECT '{' || group_concat(char(10) || ' ' || json_quote(key) || ': ' || (?1 -> fullkey), ',')"
			" || char(10) || '}' || char(10) FROM json_each(?1)",
			NULL, NULL);
}
