#include "analyze/source/source_list.h"

#include "analyze/source/path.h"
#include "analyze/source/tape.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	ITEMS_MAX = 1000000,
	FOLDERS_MAX = 100000,
};

/* Their paths are owned. */
struct items {
	struct source_item *at;
	size_t count, room;
};

struct source_list {
	struct items items;
};

/* What is found below one argument. */
struct walk {
	struct items folders, files;
};

/* Takes `path`, also when it fails. */
static bool items_push(struct items *items, char *path, bool found, bool tape)
{
	if (!path)
		return false;
	if (items->count == items->room) {
		const size_t room = items->room ? 2 * items->room : 64;
		struct source_item *grown = reallocarray(items->at, room, sizeof *grown);
		if (!grown) {
			free(path);
			return false;
		}
		items->at = grown;
		items->room = room;
	}
	items->at[items->count++] = (struct source_item){.path = path, .found = found, .tape = tape};
	return true;
}

static void items_free(struct items *items)
{
	for (size_t i = 0; i < items->count; i++)
		free((char *)items->at[i].path);
	free(items->at);
	*items = (struct items){0};
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct source_item *)a)->path, ((const struct source_item *)b)->path);
}

static bool wanted(const char *name)
{
	const char *dot = strrchr(name, '.');
	return name[0] != '.' && !(dot && strcmp(dot, ".json") == 0);
}

static bool begins_with(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* In the folder of a tape or of an incident: segments, and what the recorder and its analyzer keep beside them, also while it is being
 * written ("flows.db.tmp-4711"). The packets of incidents are the ring's. */
static bool belongs_to_recorder(const char *name)
{
	static const char *const files[] = {"incidents", "lock", "report.txt"};
	static const char *const beginnings[] = {"catalog.db", "flows.db", "incident.json", "report.html"};
	const char *dot = strstr(name, ".json.tmp");
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		if (strcmp(name, files[i]) == 0)
			return true;
	for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++)
		if (begins_with(name, beginnings[i]))
			return true;
	return tape_is_segment_name(name) || (dot && strcmp(dot, ".json.tmp") == 0);
}

/* One of which no segment could be kept is no tape. */
static bool is_incident(const char *folder)
{
	char *path = path_join(folder, "incident.json");
	const bool there = path && access(path, F_OK) == 0;
	free(path);
	return there;
}

static enum status fail(char *message, enum status status, const char *path, const char *what)
{
	snprintf(message, SOURCE_LIST_MESSAGE_MAX, "%.4000s: %.200s", path, what);
	return status;
}

/* One entry of a folder. `taken`: the segments in it are those of the tape above. Links to files are followed, links to folders
 * are not, so that there are no loops. */
static enum status take_entry(struct walk *walk, const char *folder, const char *name, bool taken)
{
	char *path = path_join(folder, name);
	struct stat facts;
	if (!path)
		return STATUS_NO_MEMORY;
	if (lstat(path, &facts) == 0 && S_ISDIR(facts.st_mode)) {
		if (walk->folders.count >= FOLDERS_MAX) {
			free(path);
			return STATUS_UNSUPPORTED;
		}
		return items_push(&walk->folders, path, true, taken) ? STATUS_OK : STATUS_NO_MEMORY;
	}
	if (wanted(name) && stat(path, &facts) == 0 && S_ISREG(facts.st_mode)) {
		if (walk->files.count >= ITEMS_MAX) {
			free(path);
			return STATUS_UNSUPPORTED;
		}
		return items_push(&walk->files, path, true, false) ? STATUS_OK : STATUS_NO_MEMORY;
	}
	free(path);
	return STATUS_OK;
}

/* `taken` as with take_entry. */
static enum status take_folder(struct walk *walk, const char *folder, bool taken, char *message)
{
	const enum tape_place place = taken ? TAPE_NOWHERE : tape_place(folder);
	const bool recorders = taken || place != TAPE_NOWHERE || is_incident(folder);
	DIR *directory = opendir(folder);
	if (!directory)
		return fail(message, STATUS_IO, folder, strerror(errno));
	enum status status = STATUS_OK;
	if (place != TAPE_NOWHERE && !items_push(&walk->files, strdup(folder), true, true))
		status = fail(message, STATUS_NO_MEMORY, folder, "out of memory");
	while (status == STATUS_OK) {
		errno = 0;
		const struct dirent *entry = readdir(directory);
		if (!entry) {
			if (errno)
				status = fail(message, STATUS_IO, folder, strerror(errno));
			break;
		}
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    (recorders && belongs_to_recorder(entry->d_name)))
			continue;
		status = take_entry(walk, folder, entry->d_name, place == TAPE_IN_RING && strcmp(entry->d_name, "ring") == 0);
		if (status != STATUS_OK)
			fail(message, status, folder,
			     status == STATUS_NO_MEMORY ? "out of memory" : "too many files or folders below it");
	}
	closedir(directory);
	return status;
}

/* Moves the files over; false when out of memory. */
static bool append(struct source_list *list, struct items *files)
{
	for (size_t i = 0; i < files->count; i++) {
		const struct source_item item = files->at[i];
		files->at[i].path = NULL;
		if (!items_push(&list->items, (char *)item.path, item.found, item.tape))
			return false;
	}
	return true;
}

enum status source_list_add(struct source_list *list, const char *path, char *message)
{
	struct walk walk = {0};
	struct stat facts;
	enum status status = STATUS_OK;
	message[0] = '\0';
	const bool standard_input = strcmp(path, "-") == 0;
	if (!standard_input && stat(path, &facts) != 0) {
		status = fail(message, errno == ENOENT || errno == ENOTDIR ? STATUS_NOT_FOUND : STATUS_IO, path,
			      strerror(errno));
		goto out;
	}
	const bool folder = !standard_input && S_ISDIR(facts.st_mode);
	if (!items_push(folder ? &walk.folders : &walk.files, strdup(path), false, false)) {
		status = fail(message, STATUS_NO_MEMORY, path, "out of memory");
		goto out;
	}
	for (size_t i = 0; i < walk.folders.count; i++) {
		const enum status one = take_folder(&walk, walk.folders.at[i].path, walk.folders.at[i].tape, message);
		if (one != STATUS_OK)
			status = one;
		if (one != STATUS_OK && one != STATUS_IO)
			goto out;
	}
	if (walk.files.count > 1)
		qsort(walk.files.at, walk.files.count, sizeof *walk.files.at, by_path);
	if (!append(list, &walk.files))
		status = fail(message, STATUS_NO_MEMORY, path, "out of memory");
out:
	items_free(&walk.folders);
	items_free(&walk.files);
	return status;
}

struct source_list *source_list_new(void)
{
	return calloc(1, sizeof(struct source_list));
}

void source_list_free(struct source_list *list)
{
	if (!list)
		return;
	items_free(&list->items);
	free(list);
}

size_t source_list_count(const struct source_list *list)
{
	return list->items.count;
}

struct source_item source_list_at(const struct source_list *list, size_t index)
{
	return list->items.at[index];
}
