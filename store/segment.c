#include "store/segment.h"

#include "analyze/engine/facts.h"
#include "store/sql.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A file of ours has about 700 bytes; a filter may be long. */
#define JSON_BYTES_MAX ((size_t)64 << 10)
#define SEQUENCE_DIGITS_MAX 18

#define SUFFIX ".pcap.zst"
#define SUFFIX_JSON ".json"
#define SUFFIX_PART ".part"

/* How a field stands in C and in JSON. */
enum kind {
	KIND_TEXT,
	KIND_COUNT,  /* uint64_t, never negative */
	KIND_COUNT32,
	KIND_COUNT16,
	KIND_DROPS,  /* int64_t, -1 is null */
	KIND_LEVEL,  /* int32_t */
	KIND_TIME,   /* int64_t, NO_TIME is null */
	KIND_END,
};

struct field {
	const char *key;
	enum kind kind;
	size_t offset, bytes;
};

#define FIELD(name, kind) { #name, kind, offsetof(struct segment_facts, name), sizeof(((struct segment_facts *)0)->name) }

static const struct field fields[] = {
	FIELD(name, KIND_TEXT),
	FIELD(sequence, KIND_COUNT),
	FIELD(host, KIND_TEXT),
	FIELD(interface, KIND_TEXT),
	FIELD(filter, KIND_TEXT),
	FIELD(slice, KIND_TEXT),
	FIELD(link_type, KIND_COUNT16),
	FIELD(snaplen, KIND_COUNT32),
	FIELD(opened_ns, KIND_TIME),
	FIELD(closed_ns, KIND_TIME),
	FIELD(first_ns, KIND_TIME),
	FIELD(last_ns, KIND_TIME),
	FIELD(packets, KIND_COUNT),
	FIELD(bytes, KIND_COUNT),
	FIELD(captured_bytes, KIND_COUNT),
	FIELD(file_bytes, KIND_COUNT),
	FIELD(kernel_drops, KIND_DROPS),
	FIELD(interface_drops, KIND_DROPS),
	FIELD(pool_drops, KIND_COUNT),
	FIELD(watcher_skipped, KIND_COUNT),
	FIELD(compress_level, KIND_LEVEL),
	FIELD(ended_by, KIND_END),
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static const char *const end_names[] = {
#define SEGMENT_END_TEXT(name, text, meaning) text,
	SEGMENT_END_LIST(SEGMENT_END_TEXT)
#undef SEGMENT_END_TEXT
};

#define ENDS (sizeof(end_names) / sizeof(end_names[0]))

const char *segment_end_name(enum segment_end end)
{
	return (size_t)end < ENDS ? end_names[end] : "unknown";
}

/* Takes `digits` digits from *text. -1: there are fewer. */
static int64_t take_digits(const char **text, size_t digits)
{
	int64_t value = 0;
	for (size_t i = 0; i < digits; i++) {
		char c = (*text)[i];
		if (c < '0' || c > '9')
			return -1;
		value = value * 10 + (c - '0');
	}
	*text += digits;
	return value;
}

static bool take_text(const char **text, const char *expected)
{
	size_t length = strlen(expected);
	if (strncmp(*text, expected, length) != 0)
		return false;
	*text += length;
	return true;
}

/* "20261121T103200.000Z" */
static bool take_time(const char **text, int64_t *t_ns)
{
	int64_t year = take_digits(text, 4);
	int64_t month = year < 0 ? -1 : take_digits(text, 2);
	int64_t day = month < 1 ? -1 : take_digits(text, 2);
	if (year < 1970 || year > 2261 || month > 12 || day < 1 || day > 31 || !take_text(text, "T"))
		return false;
	int64_t hour = take_digits(text, 2);
	int64_t minute = hour < 0 ? -1 : take_digits(text, 2);
	int64_t second = minute < 0 ? -1 : take_digits(text, 2);
	if (second < 0 || hour > 23 || minute > 59 || second > 60 || !take_text(text, "."))
		return false;
	int64_t milliseconds = take_digits(text, 3);
	if (milliseconds < 0 || !take_text(text, "Z-"))
		return false;
	struct tm tm = { .tm_year = (int)year - 1900, .tm_mon = (int)month - 1, .tm_mday = (int)day, .tm_hour = (int)hour,
			 .tm_min = (int)minute, .tm_sec = (int)second };
	*t_ns = ((int64_t)timegm(&tm) * 1000 + milliseconds) * 1000000;
	return true;
}

bool segment_name_parse(const char *name, uint64_t *sequence, int64_t *start_ns, bool *part)
{
	int64_t t_ns = 0;
	const char *text = name;
	if (strlen(name) >= SEGMENT_NAME_MAX + strlen(SUFFIX_PART) || !take_time(&text, &t_ns))
		return false;
	size_t digits = strspn(text, "0123456789");
	if (digits < 6 || digits > SEQUENCE_DIGITS_MAX)
		return false;
	int64_t number = take_digits(&text, digits);
	if (number < 1 || !take_text(&text, SUFFIX))
		return false;
	bool is_part = take_text(&text, SUFFIX_PART);
	if (*text)
		return false;
	if (sequence)
		*sequence = (uint64_t)number;
	if (start_ns)
		*start_ns = t_ns;
	if (part)
		*part = is_part;
	return true;
}

void segment_name_make(char name[SEGMENT_NAME_MAX], int64_t start_ns, uint64_t sequence)
{
	int64_t milliseconds = start_ns < 0 ? 0 : start_ns / 1000000;
	time_t seconds = (time_t)(milliseconds / 1000);
	struct tm tm;
	gmtime_r(&seconds, &tm);
	char day[32];
	strftime(day, sizeof(day), "%Y%m%dT%H%M%S", &tm);
	snprintf(name, SEGMENT_NAME_MAX, "%s.%03dZ-%06" PRIu64 SUFFIX, day, (int)(milliseconds % 1000), sequence);
}

void segment_json_name(char json[SEGMENT_NAME_MAX], const char *name)
{
	const char *end = strstr(name, SUFFIX);
	int length = end ? (int)(end - name) : (int)strlen(name);
	if (length > SEGMENT_NAME_MAX - (int)sizeof(SUFFIX_JSON))
		length = SEGMENT_NAME_MAX - (int)sizeof(SUFFIX_JSON);
	snprintf(json, SEGMENT_NAME_MAX, "%.*s" SUFFIX_JSON, length, name);
}

static sqlite3 *open_memory(void)
{
	sqlite3 *db = NULL;
	if (sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK)
		return db;
	sqlite3_close(db);
	return NULL;
}

static int64_t clamp_count(uint64_t count)
{
	return count > INT64_MAX ? INT64_MAX : (int64_t)count;
}

static int bind_field(sqlite3_stmt *query, int index, const struct field *field, const struct segment_facts *facts)
{
	const void *at = (const char *)facts + field->offset;
	int64_t value = 0;
	switch (field->kind) {
	case KIND_TEXT:
		return sqlite3_bind_text(query, index, at, (int)strnlen(at, field->bytes), SQLITE_STATIC);
	case KIND_COUNT:
		return sqlite3_bind_int64(query, index, clamp_count(*(const uint64_t *)at));
	case KIND_COUNT32:
		return sqlite3_bind_int64(query, index, *(const uint32_t *)at);
	case KIND_COUNT16:
		return sqlite3_bind_int64(query, index, *(const uint16_t *)at);
	case KIND_LEVEL:
		return sqlite3_bind_int64(query, index, *(const int32_t *)at);
	case KIND_END:
		return sqlite3_bind_text(query, index, segment_end_name(*(const enum segment_end *)at), -1, SQLITE_STATIC);
	case KIND_DROPS:
		value = *(const int64_t *)at;
		return value < 0 ? sqlite3_bind_null(query, index) : sqlite3_bind_int64(query, index, value);
	case KIND_TIME:
		value = *(const int64_t *)at;
		return value == NO_TIME ? sqlite3_bind_null(query, index) : sqlite3_bind_int64(query, index, value);
	}
	return SQLITE_MISUSE;
}

/* SELECT json_object('name', ?1, ...) */
static void object_sql(char *sql, size_t bytes)
{
	size_t used = (size_t)snprintf(sql, bytes, "SELECT json_object(");
	for (size_t i = 0; i < FIELDS && used < bytes; i++)
		used += (size_t)snprintf(sql + used, bytes - used, "%s'%s', ?%zu", i ? ", " : "", fields[i].key, i + 1);
	if (used < bytes)
		snprintf(sql + used, bytes - used, ") || char(10)");
}

char *segment_to_json(const struct segment_facts *facts)
{
	char sql[1024];
	char *json = NULL;
	sqlite3_stmt *query = NULL;
	sqlite3 *db = open_memory();
	object_sql(sql, sizeof(sql));
	if (!db || sqlite3_prepare_v2(db, sql, -1, &query, NULL) != SQLITE_OK)
		goto out;
	for (size_t i = 0; i < FIELDS; i++)
		if (bind_field(query, (int)i + 1, &fields[i], facts) != SQLITE_OK)
			goto out;
	if (sqlite3_step(query) == SQLITE_ROW && sqlite3_column_text(query, 0))
		json = strdup((const char *)sqlite3_column_text(query, 0));
out:
	sqlite3_finalize(query);
	sqlite3_close(db);
	return json;
}

static int64_t clamp(int64_t value, int64_t smallest, int64_t largest)
{
	return value < smallest ? smallest : value > largest ? largest : value;
}

/* As much of the text as fits, without half a character (UTF-8) at its end. */
static void copy_text(char *to, size_t bytes, const char *from)
{
	size_t length = strlen(from);
	if (length >= bytes) {
		length = bytes - 1;
		while (length && ((unsigned char)from[length] & 0xc0) == 0x80)
			length--;
	}
	memcpy(to, from, length);
	to[length] = '\0';
}

static enum segment_end end_of_name(const char *name)
{
	for (size_t i = 0; i < ENDS; i++)
		if (!strcmp(name, end_names[i]))
			return (enum segment_end)i;
	return SEGMENT_END_TIME;
}

/* Column 1 is the value. A value of another type than the field's is as good as none. */
static void take_field(sqlite3_stmt *query, const struct field *field, struct segment_facts *facts)
{
	void *at = (char *)facts + field->offset;
	int type = sqlite3_column_type(query, 1);
	if (field->kind == KIND_TEXT || field->kind == KIND_END) {
		const char *text = type == SQLITE_TEXT ? (const char *)sqlite3_column_text(query, 1) : NULL;
		if (text && field->kind == KIND_TEXT)
			copy_text(at, field->bytes, text);
		else if (text)
			*(enum segment_end *)at = end_of_name(text);
		return;
	}
	if (type != SQLITE_INTEGER && type != SQLITE_FLOAT)
		return;
	int64_t value = sqlite3_column_int64(query, 1); /* SQLite clamps a float */
	switch (field->kind) {
	case KIND_COUNT:
		*(uint64_t *)at = (uint64_t)clamp(value, 0, INT64_MAX);
		break;
	case KIND_COUNT32:
		*(uint32_t *)at = (uint32_t)clamp(value, 0, UINT32_MAX);
		break;
	case KIND_COUNT16:
		*(uint16_t *)at = (uint16_t)clamp(value, 0, UINT16_MAX);
		break;
	case KIND_LEVEL:
		*(int32_t *)at = (int32_t)clamp(value, INT32_MIN, INT32_MAX);
		break;
	case KIND_DROPS:
		*(int64_t *)at = clamp(value, -1, INT64_MAX);
		break;
	default:
		*(int64_t *)at = value;
	}
}

/* What holds for each key that does not come. */
static void set_missing(struct segment_facts *facts)
{
	*facts = (struct segment_facts){ .opened_ns = NO_TIME, .closed_ns = NO_TIME, .first_ns = NO_TIME, .last_ns = NO_TIME,
					 .kernel_drops = -1, .interface_drops = -1 };
}

static enum status take_fields(sqlite3 *db, const char *text, size_t bytes, struct segment_facts *facts)
{
	static const char sql[] = "SELECT key, value FROM json_each(?1) WHERE json_type(?1) = 'object'";
	sqlite3_stmt *query = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &query, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_bind_text(query, 1, text, (int)bytes, SQLITE_STATIC);
	bool any = false;
	while (code == SQLITE_OK && (code = sqlite3_step(query)) == SQLITE_ROW) {
		const char *key = (const char *)sqlite3_column_text(query, 0);
		for (size_t i = 0; key && i < FIELDS; i++) {
			if (strcmp(key, fields[i].key) != 0)
				continue;
			take_field(query, &fields[i], facts);
			any = true;
		}
		code = SQLITE_OK;
	}
	sqlite3_finalize(query);
	if (code == SQLITE_NOMEM)
		return STATUS_NO_MEMORY;
	return code == SQLITE_DONE && any ? STATUS_OK : STATUS_FORMAT;
}

enum status segment_from_json(const char *text, size_t bytes, struct segment_facts *facts)
{
	set_missing(facts);
	if (bytes > JSON_BYTES_MAX || memchr(text, '\0', bytes))
		return STATUS_FORMAT;
	sqlite3 *db = open_memory();
	if (!db)
		return STATUS_NO_MEMORY;
	enum status status = take_fields(db, text, bytes, facts);
	sqlite3_close(db);
	/* The name becomes a part of paths. */
	bool part = false;
	if (!status && facts->name[0] && (!segment_name_parse(facts->name, NULL, NULL, &part) || part))
		status = STATUS_FORMAT;
	if (status)
		set_missing(facts);
	return status;
}

enum status segment_read(const char *path, struct segment_facts *facts)
{
	set_missing(facts);
	/* A pipe in the file's place must not keep us waiting. */
	const int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? STATUS_NOT_FOUND : STATUS_IO;
	struct stat now;
	FILE *file = fstat(fd, &now) == 0 && S_ISREG(now.st_mode) ? fdopen(fd, "r") : NULL;
	if (!file) {
		close(fd);
		return STATUS_IO;
	}
	enum status status = STATUS_NO_MEMORY;
	char *text = malloc(JSON_BYTES_MAX + 1);
	if (text) {
		size_t bytes = fread(text, 1, JSON_BYTES_MAX + 1, file);
		status = ferror(file) ? STATUS_IO : segment_from_json(text, bytes, facts);
	}
	free(text);
	fclose(file);
	return status;
}
