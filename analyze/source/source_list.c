#include "analyze/source/source_list.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	ITEMS_MAX = 1000000,
	FOLDERS_MAX = 100000,
};

/* Paths that are owned. */
struct paths {
	char **at;
	size_t count, room;
};

struct source_list {
	struct paths items;
	bool *found;
};

static bool paths_push(struct paths *paths, char *path)
{
	if (!path)
		return false;
	if (paths->count == paths->room) {
		const size_t room = paths->room ? 2 * paths->room : 64;
		char **grown = reallocarray(paths->at, room, sizeof *grown);
		if (!grown) {
			free(path);
			return false;
		}
		paths->at = grown;
		paths->room = room;
	}
	paths->at[paths->count++] = path;
	return true;
}

static void paths_free(struct paths *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		free(paths->at[i]);
	free(paths->at);
	*paths = (struct paths){0};
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *path_join(const char *folder, const char *name)
{
	char *joined = NULL;
	const size_t length = strlen(folder);
	const char *slash = length > 0 && folder[length - 1] == '/' ? "" : "/";
	return asprintf(&joined, "%s%s%s", folder, slash, name) < 0 ? NULL : joined;
}

static bool wanted(const char *name)
{
	const char *dot = strrchr(name, '.');
	return name[0] != '.' && !(dot && strcmp(dot, ".json") == 0);
}

static enum status fail(char *message, enum status status, const char *path, const char *what)
{
	snprintf(message, SOURCE_LIST_MESSAGE_MAX, "%.4000s: %.200s", path, what);
	return status;
}

/* One entry of a folder; links to files are followed, links to folders are not, so that there are no loops. */
static enum status take_entry(const char *folder, const char *name, struct paths *folders, struct paths *files)
{
	char *path = path_join(folder, name);
	struct stat facts;
	if (!path)
		return STATUS_NO_MEMORY;
	if (lstat(path, &facts) == 0 && S_ISDIR(facts.st_mode)) {
		if (folders->count >= FOLDERS_MAX) {
			free(path);
			return STATUS_UNSUPPORTED;
		}
		return paths_push(folders, path) ? STATUS_OK : STATUS_NO_MEMORY;
	}
	if (wanted(name) && stat(path, &facts) == 0 && S_ISREG(facts.st_mode)) {
		if (files->count >= ITEMS_MAX) {
			free(path);
			return STATUS_UNSUPPORTED;
		}
		return paths_push(files, path) ? STATUS_OK : STATUS_NO_MEMORY;
	}
	free(path);
	return STATUS_OK;
}

static enum status take_folder(const char *folder, struct paths *folders, struct paths *files, char *message)
{
	DIR *directory = opendir(folder);
	if (!directory)
		return fail(message, STATUS_IO, folder, strerror(errno));
	enum status status = STATUS_OK;
	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(directory);
		if (!entry) {
			if (errno)
				status = fail(message, STATUS_IO, folder, strerror(errno));
			break;
		}
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		status = take_entry(folder, entry->d_name, folders, files);
		if (status != STATUS_OK) {
			fail(message, status, folder,
			     status == STATUS_NO_MEMORY ? "out of memory" : "too many files or folders below it");
			break;
		}
	}
	closedir(directory);
	return status;
}

/* Moves the files over; false when out of memory. */
static bool append(struct source_list *list, struct paths *files, bool found)
{
	const size_t total = list->items.count + files->count;
	bool *grown = reallocarray(list->found, total ? total : 1, sizeof *grown);
	if (!grown)
		return false;
	list->found = grown;
	for (size_t i = 0; i < files->count; i++) {
		char *path = files->at[i];
		files->at[i] = NULL;
		if (!paths_push(&list->items, path))
			return false;
		list->found[list->items.count - 1] = found;
	}
	return true;
}

enum status source_list_add(struct source_list *list, const char *path, char *message)
{
	struct paths folders = {0}, files = {0};
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
	if (!paths_push(folder ? &folders : &files, strdup(path))) {
		status = fail(message, STATUS_NO_MEMORY, path, "out of memory");
		goto out;
	}
	for (size_t i = 0; i < folders.count; i++) {
		const enum status one = take_folder(folders.at[i], &folders, &files, message);
		if (one != STATUS_OK)
			status = one;
		if (one != STATUS_OK && one != STATUS_IO)
			goto out;
	}
	if (files.count > 1)
		qsort(files.at, files.count, sizeof *files.at, by_name);
	if (!append(list, &files, folder))
		status = fail(message, STATUS_NO_MEMORY, path, "out of memory");
out:
	paths_free(&folders);
	paths_free(&files);
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
	paths_free(&list->items);
	free(list->found);
	free(list);
}

size_t source_list_count(const struct source_list *list)
{
	return list->items.count;
}

struct source_item source_list_at(const struct source_list *list, size_t index)
{
	return (struct source_item){.path = list->items.at[index], .found = list->found[index]};
}
