#include "analyze/cmd/report/subjects.h"

#include "analyze/cmd/answer.h"
#include "analyze/cmd/terminal.h"
#include "analyze/source/source_list.h"
#include "analyze/source/tape.h"
#include "store/reader.h"
#include "store/target.h"

#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CAPTURES_MAX 10000 /* of one database */
#define TEXT(number) #number
#define DIGITS(number) TEXT(number)

static const char sqlite_magic[16] = "SQLite format 3"; /* https://www.sqlite.org/fileformat.html, with its zero byte */

/* Takes `path`, `name` and `error`, of which only the last may be NULL. */
static struct subject *append(struct subjects *subjects, char *path, char *name, char *error)
{
	if (path && name && subjects->count == subjects->room) {
		const size_t room = subjects->room ? subjects->room * 2 : 64;
		struct subject *grown = reallocarray(subjects->list, room, sizeof *grown);
		if (grown) {
			subjects->list = grown;
			subjects->room = room;
		}
	}
	if (!path || !name || subjects->count == subjects->room) {
		complain("out of memory");
		free(path);
		free(name);
		free(error);
		return NULL;
	}
	struct subject *subject = &subjects->list[subjects->count++];
	*subject = (struct subject){.path = path, .name = name, .error = error};
	return subject;
}

static struct subject *append_copy(struct subjects *subjects, enum subject_kind kind, const char *path, const char *name)
{
	struct subject *subject = append(subjects, strdup(path), strdup(name), NULL);
	if (subject)
		subject->kind = kind;
	return subject;
}

/* The reason without the path that it begins with. */
static bool append_error(struct subjects *subjects, const char *path, const char *reason)
{
	char *error = strdup(without_name(reason, path));
	return error && append(subjects, strdup(path), strdup(path), error);
}

void subjects_free(struct subjects *subjects)
{
	for (size_t i = 0; i < subjects->count; i++) {
		free(subjects->list[i].path);
		free(subjects->list[i].name);
		free(subjects->list[i].error);
	}
	free(subjects->list);
	*subjects = (struct subjects){0};
}

static char *join(const char *folder, const char *file)
{
	char *path = NULL;
	return asprintf(&path, "%s/%s", folder, file) < 0 ? NULL : path;
}

static uint64_t file_bytes(const char *path)
{
	struct stat info;
	return stat(path, &info) == 0 && S_ISREG(info.st_mode) ? (uint64_t)info.st_size : 0;
}

static uint64_t tape_bytes(const char *path)
{
	char message[TAPE_MESSAGE_MAX];
	struct tape *tape = NULL;
	const uint64_t bytes = tape_open(&tape, path, message) == STATUS_OK ? tape_file_bytes(tape) : 0;
	tape_close(tape);
	return bytes;
}

static bool is_database(const char *path)
{
	char start[sizeof sqlite_magic];
	FILE *file = file_bytes(path) > 0 ? fopen(path, "re") : NULL;
	const bool is = file && fread(start, 1, sizeof start, file) == sizeof start && memcmp(start, sqlite_magic, sizeof start) == 0;
	if (file)
		fclose(file);
	return is;
}

/* Only a recorder's catalog has these, and no capture that was read: the database of an incident knows of its incident, too. */
static bool is_catalog(struct reader *reader)
{
	static const char sql[] = "SELECT NOT EXISTS (SELECT 1 FROM captures WHERE fingerprint IS NOT NULL) "
				  "AND (EXISTS (SELECT 1 FROM segments) OR EXISTS (SELECT 1 FROM incidents) "
				  "OR EXISTS (SELECT 1 FROM host_counters))";
	struct answer answer;
	const bool is = answer_run(&answer, reader, sql, NULL, 0) == STATUS_OK && answer_integer(&answer, 0, 0, 0) == 1;
	answer_free(&answer);
	return is;
}

static bool add_catalog(struct subjects *subjects, const char *catalog, const char *folder)
{
	struct subject *subject = append_copy(subjects, SUBJECT_RING, catalog, folder);
	if (subject)
		subject->bytes = file_bytes(catalog);
	return subject;
}

/* Every capture of the database is a subject. */
static bool add_captures(struct subjects *subjects, struct reader *reader, const char *path)
{
	static const char sql[] = "SELECT id, path, (SELECT count(*) FROM captures) FROM captures ORDER BY id LIMIT " DIGITS(CAPTURES_MAX);
	struct answer answer;
	const enum status status = answer_run(&answer, reader, sql, NULL, 0);
	if (status != STATUS_OK) {
		answer_free(&answer);
		return append_error(subjects, path, reader_error(reader)[0] ? reader_error(reader) : status_text(status));
	}
	const uint64_t bytes = file_bytes(path);
	const uint64_t all = (uint64_t)answer_integer(&answer, 0, 2, 0), taken = answer.rows;
	bool good = true;
	for (size_t i = 0; good && i < answer.rows; i++) {
		const char *capture = answer_cell(&answer, i, 1);
		char *name = NULL;
		if (all == 1 || !capture)
			name = strdup(path);
		else if (asprintf(&name, "%s: %s", path, strcmp(capture, "-") == 0 ? "standard input" : capture) < 0)
			name = NULL;
		struct subject *subject = append(subjects, strdup(path), name, NULL);
		good = subject;
		if (subject) {
			subject->kind = SUBJECT_STORED;
			subject->capture = answer_integer(&answer, i, 0, 0);
			subject->bytes = bytes / (all ? all : 1);
		}
	}
	answer_free(&answer);
	if (good && taken == 0)
		return append_error(subjects, path, "there is no capture in it");
	if (all > taken)
		complain("%s: %" PRIu64 " captures are in it: the report is on the first %" PRIu64, path, all, taken);
	return good;
}

static bool is_incident(const char *folder)
{
	char *path = join(folder, "incident.json");
	const bool is = path && file_bytes(path) > 0;
	free(path);
	return is;
}

/* A file that is called a capture and is none is worth a row, also if it was found in a folder: an empty one tells of a pod. */
static bool is_called_capture(const char *path)
{
	static const char *const ends[] = {".pcap", ".pcapng", ".cap", ".dmp", ".pcap.gz", ".pcapng.gz", ".cap.gz", ".pcap.zst", ".pcapng.zst",
					   ".cap.zst"};
	const size_t length = strlen(path);
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
		if (length > strlen(ends[i]) && strcasecmp(path + length - strlen(ends[i]), ends[i]) == 0)
			return true;
	return false;
}

static bool add_files(struct subjects *subjects, const char *path)
{
	char message[SOURCE_LIST_MESSAGE_MAX];
	struct source_list *list = source_list_new();
	bool good = list;
	if (!list)
		complain("out of memory");
	else if (source_list_add(list, path, message) != STATUS_OK)
		good = append_error(subjects, path, message);
	for (size_t i = 0; good && i < source_list_count(list); i++) {
		const struct source_item item = source_list_at(list, i);
		const enum subject_kind kind = item.tape && is_incident(item.path) ? SUBJECT_INCIDENT : SUBJECT_CAPTURE;
		struct subject *subject = append_copy(subjects, kind, item.path, item.path);
		good = subject;
		if (!subject)
			break;
		subject->found = item.found && !is_called_capture(item.path);
		subject->tape = item.tape;
		subject->bytes = item.tape ? tape_bytes(item.path) : file_bytes(item.path);
	}
	source_list_free(list);
	return good;
}

static bool add_database(struct subjects *subjects, const char *path, bool packets)
{
	struct reader *reader = reader_new();
	bool good;
	if (!reader) {
		complain("out of memory");
		return false;
	}
	if (reader_open(reader, path) != STATUS_OK) {
		good = append_error(subjects, path, reader_error(reader));
	} else if (is_catalog(reader)) {
		char *copy = strdup(path);
		good = copy && (packets ? add_files(subjects, dirname(copy)) : add_catalog(subjects, path, dirname(copy)));
		free(copy);
	} else if (packets) {
		good = append_error(subjects, path, "a database has no packets: for --from and --to, give its capture");
	} else {
		good = add_captures(subjects, reader, path);
	}
	reader_free(reader);
	return good;
}

/* A catalog that can be read, even of a ring that has recorded nothing yet. */
static bool readable_catalog(const char *path)
{
	struct reader *reader = is_database(path) ? reader_new() : NULL;
	const bool readable = reader && reader_open(reader, path) == STATUS_OK;
	reader_free(reader);
	return readable;
}

static bool add_folder(struct subjects *subjects, const char *path, bool packets)
{
	char *catalog = join(path, "catalog.db");
	bool good = false;
	if (!catalog) {
		complain("out of memory");
	} else if (is_incident(path)) {
		struct subject *subject = append_copy(subjects, SUBJECT_INCIDENT, path, path);
		good = subject;
		if (subject)
			subject->bytes = tape_bytes(path);
	} else if (!packets && readable_catalog(catalog)) {
		good = add_catalog(subjects, catalog, path);
	} else if (!packets && access(catalog, R_OK) != 0 && errno == EACCES) {
		/* Its files would each be one more complaint. */
		good = append_error(subjects, path, "catalog.db: permission denied: ask as the user who records, or as root");
	} else {
		good = add_files(subjects, path);
	}
	free(catalog);
	return good;
}

bool subjects_add(struct subjects *subjects, const char *argument, bool packets)
{
	struct stat info;
	const size_t before = subjects->count;
	bool good;
	if (strcmp(argument, "-") == 0)
		good = append_copy(subjects, SUBJECT_CAPTURE, argument, "standard input");
	else if (stat(argument, &info) != 0)
		good = append_error(subjects, argument, strerror(errno));
	else if (S_ISDIR(info.st_mode))
		good = add_folder(subjects, argument, packets);
	else if (is_database(argument))
		good = add_database(subjects, argument, packets);
	else
		good = add_files(subjects, argument);
	if (good && subjects->count == before)
		return append_error(subjects, argument, "there is no capture in it");
	return good;
}

/* Of a folder: what the recorder left in it. */
static bool is_part(const struct subject *subject, const char *path)
{
	static const char *const names[] = {"incident.json", "flows.db", "catalog.db"};
	const char *base = strrchr(path, '/');
	base = base ? base + 1 : path;
	bool named = fnmatch("*T*Z-*.json", base, 0) == 0 || fnmatch("*T*Z-*.pcap*", base, 0) == 0;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		named |= strcmp(base, names[i]) == 0;
	char *part = named ? join(subject->path, base) : NULL;
	const bool is = part && target_is(path, part);
	free(part);
	return is;
}

bool subjects_have_file(const struct subjects *subjects, const char *path)
{
	for (size_t i = 0; i < subjects->count; i++)
		if (target_is(path, subjects->list[i].path) || is_part(&subjects->list[i], path))
			return true;
	return false;
}

char *subjects_shorten(struct subjects *subjects)
{
	size_t shared = subjects->count > 1 ? strlen(subjects->list[0].name) : 0;
	for (size_t i = 0; i < subjects->count; i++) {
		const char *first = subjects->list[0].name, *name = subjects->list[i].name;
		size_t same = 0;
		while (same < shared && name[same] == first[same])
			same++;
		shared = same;
		subjects->list[i].shown = name;
	}
	while (shared > 0 && subjects->list[0].name[shared - 1] != '/')
		shared--;
	if (shared < 2) /* "/" is no folder that anybody shares */
		return NULL;
	for (size_t i = 0; i < subjects->count; i++)
		subjects->list[i].shown += shared;
	return strndup(subjects->list[0].name, shared - 1);
}
