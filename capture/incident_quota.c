#include "capture/incident_quota.h"

#include "capture/incident.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INCIDENTS_MAX 100000

static int compare(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static bool add(struct incident_list *list, const char *name)
{
	if ((list->count & (list->count - 1)) == 0) {
		char **names = realloc(list->names, (list->count ? 2 * list->count : 1) * sizeof *names);
		if (!names)
			return false;
		list->names = names;
	}
	list->names[list->count] = strdup(name);
	return list->names[list->count] && ++list->count;
}

/* "20261121T103215Z-loss". A folder of another name is somebody's, who may have put it there, or renamed it, to keep it. */
static bool is_incident_name(const char *name)
{
	static const char form[] = "00000000T000000Z-";
	for (size_t i = 0; form[i]; i++)
		if (form[i] == '0' ? name[i] < '0' || name[i] > '9' : name[i] != form[i])
			return false;
	return name[sizeof form - 1] && strlen(name) < INCIDENT_NAME_MAX;
}

enum status incident_list_read(struct incident_list *list, const char *directory)
{
	*list = (struct incident_list){0};
	char *path = incident_path(directory, "", NULL);
	DIR *folder = path ? opendir(path) : NULL;
	enum status status = folder ? STATUS_OK : !path ? STATUS_NO_MEMORY : errno == ENOENT ? STATUS_OK : STATUS_IO;
	free(path);
	if (!folder)
		return status;
	for (struct dirent *entry; status == STATUS_OK && list->count < INCIDENTS_MAX && (entry = readdir(folder));) {
		struct stat file;
		if (!is_incident_name(entry->d_name) || (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN))
			continue;
		if (entry->d_type == DT_UNKNOWN &&
		    (fstatat(dirfd(folder), entry->d_name, &file, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(file.st_mode)))
			continue;
		if (!add(list, entry->d_name))
			status = STATUS_NO_MEMORY;
	}
	closedir(folder);
	if (list->count > 1)
		qsort(list->names, list->count, sizeof *list->names, compare);
	return status;
}

void incident_list_free(struct incident_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->names[i]);
	free(list->names);
	*list = (struct incident_list){0};
}

static DIR *open_folder(const char *directory, const char *name)
{
	char *path = incident_path(directory, name, NULL);
	const int fd = path ? open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
	free(path);
	DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
	if (!folder && fd >= 0)
		close(fd);
	return folder;
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

uint64_t incident_bytes(const char *directory, const char *name)
{
	DIR *folder = open_folder(directory, name);
	uint64_t bytes = 0;
	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		struct stat file;
		if (!is_dots(entry->d_name) && fstatat(dirfd(folder), entry->d_name, &file, AT_SYMLINK_NOFOLLOW) == 0)
			bytes += (uint64_t)file.st_blocks * 512;
	}
	if (folder)
		closedir(folder);
	return bytes;
}

enum status incident_remove(const char *directory, const char *name)
{
	DIR *folder = open_folder(directory, name);
	if (!folder)
		return errno == ENOENT ? STATUS_OK : STATUS_IO;
	for (struct dirent *entry; (entry = readdir(folder));)
		if (!is_dots(entry->d_name))
			unlinkat(dirfd(folder), entry->d_name, 0);
	closedir(folder);
	char *path = incident_path(directory, name, NULL);
	const enum status status = path && rmdir(path) == 0 ? STATUS_OK : STATUS_IO;
	free(path);
	return status;
}

struct incident_size {
	char name[INCIDENT_NAME_MAX];
	struct timespec changed; /* when a file of it came or went */
	uint64_t bytes;
};

void incident_sizes_free(struct incident_sizes *sizes)
{
	free(sizes->list);
	*sizes = (struct incident_sizes){0};
}

/* Zero: it is gone. */
static struct timespec changed_at(const char *directory, const char *name)
{
	struct stat folder = {0};
	char *path = incident_path(directory, name, NULL);
	if (path)
		stat(path, &folder);
	free(path);
	return folder.st_mtim;
}

/* Bytes of each. Files of those that may not go grow as they are looked at: of these nothing is remembered. Those of others seldom do,
 * which the folder doesn't tell: one of them is looked at anew each time. */
static void measure(const struct incident_quota *quota, const struct incident_list *list, uint64_t *bytes)
{
	const struct incident_sizes known = quota->sizes ? *quota->sizes : (struct incident_sizes){0};
	struct incident_sizes now = {.list = quota->sizes ? calloc(list->count + 1, sizeof *now.list) : NULL, .again = known.again + 1};
	size_t at = 0;
	for (size_t i = 0; i < list->count; i++) {
		const char *name = list->names[i];
		struct incident_size size = {.changed = changed_at(quota->directory, name)};
		snprintf(size.name, sizeof size.name, "%s", name);
		while (at < known.count && strcmp(known.list[at].name, name) < 0)
			at++;
		const struct incident_size *before = at < known.count ? &known.list[at] : NULL;
		const bool busy = quota->keep && quota->keep(quota->user, name);
		const bool same = before && !busy && i != known.again % list->count && strcmp(before->name, name) == 0 &&
				  before->changed.tv_sec == size.changed.tv_sec && before->changed.tv_nsec == size.changed.tv_nsec;
		size.bytes = bytes[i] = same ? before->bytes : incident_bytes(quota->directory, name);
		if (now.list && !busy)
			now.list[now.count++] = size;
	}
	if (quota->sizes) {
		free(known.list);
		*quota->sizes = now;
	}
}

/* Removes one; false if it is still there. */
static bool drop(const struct incident_quota *quota, const char *name, uint64_t bytes)
{
	if (incident_remove(quota->directory, name) != STATUS_OK)
		return false;
	if (quota->removed)
		quota->removed(quota->user, name, bytes);
	return true;
}

bool incident_quota_keep(const struct incident_quota *quota, uint64_t coming_bytes)
{
	struct incident_list list;
	bool fits = incident_list_read(&list, quota->directory) == STATUS_OK;
	uint64_t *bytes = calloc(list.count + 1, sizeof *bytes);
	uint64_t sum = coming_bytes;
	if (bytes)
		measure(quota, &list, bytes);
	for (size_t i = 0; bytes && i < list.count; i++)
		sum += bytes[i];
	for (size_t i = 0; bytes && i < list.count && sum > quota->budget_bytes; i++)
		if (!(quota->keep && quota->keep(quota->user, list.names[i])) && drop(quota, list.names[i], bytes[i]))
			sum -= bytes[i];
	fits &= bytes && sum <= quota->budget_bytes;
	free(bytes);
	incident_list_free(&list);
	return fits;
}

uint64_t incident_quota_room(const struct incident_quota *quota)
{
	struct incident_list list;
	uint64_t taken = 0;
	const bool known = incident_list_read(&list, quota->directory) == STATUS_OK;
	for (size_t i = 0; i < list.count; i++)
		if (quota->keep && quota->keep(quota->user, list.names[i]))
			taken += incident_bytes(quota->directory, list.names[i]);
	incident_list_free(&list);
	return known && taken < quota->budget_bytes ? quota->budget_bytes - taken : 0;
}
