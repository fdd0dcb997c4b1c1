#include "analyze/source/tape_list.h"

#include "analyze/source/tape_name.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SEGMENTS_MAX 1000000

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

bool tape_is_segment_name(const char *name)
{
	uint64_t sequence;
	int64_t start_ns;
	bool part;
	return tape_name_parse(name, &sequence, &start_ns, &part);
}

static char *without_end(const char *path, const char *end, const char *instead)
{
	char *changed = NULL;
	const int length = (int)(strlen(path) - strlen(end));
	return asprintf(&changed, "%.*s%s", length, path, instead) < 0 ? NULL : changed;
}

char *tape_json_path(const char *path)
{
	uint64_t sequence;
	int64_t start_ns;
	bool part;
	if (!tape_name_parse(base_name(path), &sequence, &start_ns, &part))
		return NULL;
	return without_end(path, part ? TAPE_NAME_END TAPE_NAME_PART : TAPE_NAME_END, ".json");
}

static enum status fail(char *message, enum status status, const char *path, const char *what)
{
	snprintf(message, TAPE_MESSAGE_MAX, "%.4000s: %.500s", path, what);
	return status;
}

/* One that has gone meanwhile, as the oldest does, is none. Takes the path. */
static void note_strange(struct tape_list *list, char *path)
{
	struct stat facts;
	const bool there = lstat(path, &facts) == 0;
	list->strange += there;
	if (there && !list->strange_path)
		list->strange_path = path;
	else
		free(path);
}

/* Takes in what the entry is, unless it is no segment. Only regular files: a pipe of such a name would never end. */
static enum status take_entry(struct tape_list *list, const char *folder, const char *name)
{
	struct tape_segment segment = {0};
	struct stat facts;
	if (!tape_name_parse(name, &segment.sequence, &segment.start_ns, &segment.part))
		return STATUS_OK;
	const char *slash = folder[0] && folder[strlen(folder) - 1] == '/' ? "" : "/";
	if (asprintf(&segment.path, "%s%s%s", folder, slash, name) < 0)
		return STATUS_NO_MEMORY;
	if (stat(segment.path, &facts) != 0 || !S_ISREG(facts.st_mode)) {
		note_strange(list, segment.path);
		return STATUS_OK;
	}
	segment.file_bytes = (uint64_t)facts.st_size;
	enum status status = list->count == SEGMENTS_MAX ? STATUS_UNSUPPORTED : STATUS_OK;
	if (status == STATUS_OK && list->count == list->room) {
		const size_t room = list->room ? 2 * list->room : 64;
		struct tape_segment *grown = reallocarray(list->segments, room, sizeof *grown);
		if (grown) {
			list->segments = grown;
			list->room = room;
		} else {
			status = STATUS_NO_MEMORY;
		}
	}
	if (status == STATUS_OK)
		list->segments[list->count++] = segment;
	else
		free(segment.path);
	return status;
}

/* STATUS_END: the folder holds none. */
static enum status read_folder(struct tape_list *list, const char *folder, char *message)
{
	DIR *directory = opendir(folder);
	if (!directory)
		return fail(message, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO, folder, strerror(errno));
	enum status status = STATUS_OK;
	while (status == STATUS_OK) {
		errno = 0;
		const struct dirent *entry = readdir(directory);
		if (!entry) {
			if (errno)
				status = fail(message, STATUS_IO, folder, strerror(errno));
			break;
		}
		status = take_entry(list, folder, entry->d_name);
		if (status != STATUS_OK)
			fail(message, status, folder, status == STATUS_NO_MEMORY ? "out of memory" : "holds over a million segments");
	}
	closedir(directory);
	return status != STATUS_OK || list->count > 0 ? status : STATUS_END;
}

static char *ring_path(const char *path)
{
	char *ring = NULL;
	return asprintf(&ring, "%s%sring", path, path[0] && path[strlen(path) - 1] == '/' ? "" : "/") < 0 ? NULL : ring;
}

static enum status read_segments(struct tape_list *list, const char *path, char *message)
{
	enum status status = read_folder(list, path, message);
	if (status != STATUS_END)
		return status;
	char *ring = ring_path(path);
	if (!ring)
		return fail(message, STATUS_NO_MEMORY, path, "out of memory");
	struct stat facts;
	if (stat(ring, &facts) == 0)
		status = read_folder(list, ring, message);
	if (status == STATUS_END)
		status = fail(message, STATUS_FORMAT, path, "holds no segments of a tape (YYYYMMDDThhmmss.mmmZ-NNNNNN.pcap.zst)");
	free(ring);
	return status;
}

/* By sequence, which clocks that are set do not change; a segment before its own ".part". */
static int in_order(const void *a, const void *b)
{
	const struct tape_segment *one = a, *other = b;
	if (one->sequence != other->sequence)
		return one->sequence < other->sequence ? -1 : 1;
	return strcmp(base_name(one->path), base_name(other->path));
}

static bool folder_holds_segments(const char *path)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	bool holds = false;
	while (directory && !holds && (entry = readdir(directory)) != NULL)
		holds = tape_is_segment_name(entry->d_name);
	if (directory)
		closedir(directory);
	return holds;
}

enum tape_place tape_place(const char *path)
{
	if (folder_holds_segments(path))
		return TAPE_HERE;
	char *ring = ring_path(path);
	const bool in_ring = ring && folder_holds_segments(ring);
	free(ring);
	return in_ring ? TAPE_IN_RING : TAPE_NOWHERE;
}

bool tape_is(const char *path)
{
	return tape_place(path) != TAPE_NOWHERE;
}

/* A segment that was finished while the folder was read is there under both names. */
static void drop_twins(struct tape_list *list)
{
	size_t kept = 0;
	for (size_t i = 0; i < list->count; i++) {
		const struct tape_segment segment = list->segments[i];
		const struct tape_segment *before = kept > 0 ? &list->segments[kept - 1] : NULL;
		if (before && segment.part && segment.sequence == before->sequence && segment.start_ns == before->start_ns)
			free(segment.path);
		else
			list->segments[kept++] = segment;
	}
	list->count = kept;
}

enum status tape_list_read(struct tape_list *list, const char *path, char *message)
{
	*list = (struct tape_list){0};
	const enum status status = read_segments(list, path, message);
	if (status != STATUS_OK) {
		tape_list_free(list);
		return status;
	}
	qsort(list->segments, list->count, sizeof *list->segments, in_order);
	drop_twins(list);
	return STATUS_OK;
}

void tape_list_free(struct tape_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->segments[i].path);
	free(list->segments);
	free(list->strange_path);
	*list = (struct tape_list){0};
}
