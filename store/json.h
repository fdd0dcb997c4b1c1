/* json.h: JSON for files that people and programs read beside the database: written piece by piece, read and changed by SQLite. */
#ifndef WIRETAPE_JSON_H
#define WIRETAPE_JSON_H

#include "analyze/engine/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A text under way. The key is NULL in arrays and for the outermost value. Errors show in json_finish. */
struct json;

/* NULL when out of memory. */
struct json *json_new(void);
/* NULL is allowed. */
void json_free(struct json *json);
void json_begin_object(struct json *json, const char *key);
void json_begin_array(struct json *json, const char *key);
/* Ends the object or array that was begun last. */
void json_end(struct json *json);
void json_text(struct json *json, const char *key, const char *value); /* NULL: null; what is no UTF-8 is replaced */
void json_integer(struct json *json, const char *key, int64_t value);
void json_real(struct json *json, const char *key, double value); /* what is not finite: null */
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);
/* A value that is JSON already, as it is; NULL: null. */
void json_raw(struct json *json, const char *key, const char *value);
/* The text with a line end, the members of the outermost value in lines of their own; the caller frees it. NULL when out of memory.
 * Nothing may be open. */
char *json_finish(struct json *json);

/* A text that is there. */
struct json_document;

/* Takes a copy. STATUS_FORMAT: that is no JSON object. STATUS_NO_MEMORY. */
enum status json_parse(struct json_document **document, const char *text, size_t bytes);
/* NULL is allowed. */
void json_document_free(struct json_document *document);
/* A member of the object; `fallback` if there is none or it is of another kind. */
int64_t json_get_integer(struct json_document *document, const char *key, int64_t fallback);
/* The caller frees it; NULL: there is none, or out of memory. Objects and arrays come as JSON. */
char *json_get_text(struct json_document *document, const char *key);
/* Sets a member. STATUS_NO_MEMORY, STATUS_IO; STATUS_FORMAT: `json` is none. */
enum status json_set(struct json_document *document, const char *key, const char *json);
enum status json_set_text(struct json_document *document, const char *key, const char *value);
enum status json_set_integer(struct json_document *document, const char *key, int64_t value);
/* The whole object as json_finish has it; the caller frees it. */
char *json_print(struct json_document *document);

#endif
