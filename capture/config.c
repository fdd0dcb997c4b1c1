#include "capture/config.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 65536
#define VALUE_MAX_BYTES 262144

/* The key whose value may go on in the next line. */
struct reading {
	FILE *file;
	config_visit *visit;
	void *user;
	int line;
	bool indented, too_long, out_of_memory, refused;
	int pending_line;
	char *section, *key, *value; /* NULL: none */
};

static char *read_line(char *text, int bytes, void *user)
{
	struct reading *reading = user;
	if (reading->too_long || reading->refused || !fgets(text, bytes, reading->file))
		return NULL;
	reading->line++;
	reading->indented = *text == ' ' || *text == '\t';
	if (strlen(text) + 1 == (size_t)bytes && text[bytes - 2] != '\n') {
		reading->too_long = true;
		return NULL;
	}
	return text;
}

static void forget(struct reading *reading)
{
	free(reading->section);
	free(reading->key);
	free(reading->value);
	reading->section = reading->key = reading->value = NULL;
}

static bool deliver(struct reading *reading)
{
	if (reading->value && !reading->refused &&
	    !reading->visit(reading->user, reading->pending_line, reading->section, reading->key, reading->value))
		reading->refused = true;
	forget(reading);
	return !reading->refused;
}

static bool append(struct reading *reading, const char *more)
{
	char *joined = NULL;
	if (strlen(reading->value) + strlen(more) > VALUE_MAX_BYTES)
		reading->too_long = true;
	else if (asprintf(&joined, "%s\n%s", reading->value, more) < 0)
		reading->out_of_memory = true;
	if (reading->too_long || reading->out_of_memory)
		return false;
	free(reading->value);
	reading->value = joined;
	return true;
}

/* inih tells of the lines that go on with a value as if the key stood in them again. */
static int take(void *user, const char *section, const char *key, const char *value)
{
	struct reading *reading = user;
	if (reading->value && reading->indented && strcmp(reading->section, section) == 0 && strcmp(reading->key, key) == 0)
		return append(reading, value);
	if (!deliver(reading))
		return false;
	reading->pending_line = reading->line;
	reading->section = strdup(section);
	reading->key = strdup(key);
	reading->value = strdup(value);
	reading->out_of_memory = !reading->section || !reading->key || !reading->value;
	if (reading->out_of_memory)
		forget(reading);
	return !reading->out_of_memory;
}

static void set_up_inih(void)
{
	ini_use_stack = false; /* lines may be long: SQL */
	ini_initial_alloc = ini_max_line = LINE_MAX_BYTES;
	ini_allow_realloc = false;
	ini_allow_inline_comments = false;
	ini_allow_multiline = true;
	ini_stop_on_first_error = true;
}

bool config_read_stream(FILE *file, const char *name, config_visit *visit, void *user, char *message, size_t message_bytes)
{
	struct reading reading = { .file = file, .visit = visit, .user = user };
	bool done = false;
	message[0] = '\0';
	set_up_inih();
	errno = 0;
	const int bad_line = ini_parse_stream(read_line, &reading, take, &reading);
	const int error = ferror(reading.file) ? errno : 0;
	if (!deliver(&reading))
		goto out; /* the value before a line that is wrong too */
	if (error)
		snprintf(message, message_bytes, "%s: cannot be read: %s", name, strerror(error));
	else if (reading.too_long)
		snprintf(message, message_bytes, "%s:%d: the line is too long", name, reading.line);
	else if (reading.out_of_memory || bad_line < 0)
		snprintf(message, message_bytes, "%s: out of memory", name);
	else if (bad_line > 0)
		snprintf(message, message_bytes, "%s:%d: neither [section] nor key = value", name, bad_line);
	else
		done = true;
out:
	forget(&reading);
	return done;
}

bool config_read(const char *path, config_visit *visit, void *user, char *message, size_t message_bytes)
{
	FILE *file = fopen(path, "re");
	if (!file) {
		snprintf(message, message_bytes, "%s: cannot be opened: %s", path, strerror(errno));
		return false;
	}
	const bool done = config_read_stream(file, path, visit, user, message, message_bytes);
	fclose(file);
	return done;
}
