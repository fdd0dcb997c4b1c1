#include "analyze/cmd/disk_files.h"

#include "analyze/source/path.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DISK_BLOCK 512 /* st_blocks counts these (POSIX leaves it open, Linux does not) */

static void push(struct disk_files *files, const struct stat *facts, size_t owner)
{
	if (files->count == files->room) {
		const size_t room = files->room ? 2 * files->room : 256;
		struct disk_file *grown = reallocarray(files->at, room, sizeof *grown);
		if (!grown) {
			files->failed = true;
			return;
		}
		files->at = grown;
		files->room = room;
	}
	files->at[files->count++] = (struct disk_file){
		.device = facts->st_dev,
		.inode = facts->st_ino,
		.bytes = (uint64_t)facts->st_blocks * DISK_BLOCK,
		.owner = owner,
	};
}

/* Folders still to be read. */
struct folders {
	char **at;
	size_t count;
};

static bool push_folder(struct folders *folders, char *path)
{
	char **grown = reallocarray(folders->at, folders->count + 1, sizeof *grown);
	if (!grown)
		return false;
	folders->at = grown;
	grown[folders->count++] = path;
	return true;
}

/* Takes `path`. Folders are left out if `below` is NULL. */
static void add_path(struct disk_files *files, char *path, struct folders *below, size_t owner)
{
	struct stat facts;
	const bool there = lstat(path, &facts) == 0;
	if (there && S_ISDIR(facts.st_mode) && below) {
		if (push_folder(below, path))
			return;
		files->failed = true;
	} else if (there && S_ISREG(facts.st_mode)) {
		push(files, &facts, owner);
	}
	free(path);
}

static void add_folder(struct disk_files *files, const char *folder, const char *prefix, struct folders *below, size_t owner)
{
	DIR *directory = opendir(folder);
	const struct dirent *entry;
	while (directory && (entry = readdir(directory)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    (prefix && strncmp(entry->d_name, prefix, strlen(prefix)) != 0))
			continue;
		char *path = path_join(folder, entry->d_name);
		if (!path)
			files->failed = true;
		else
			add_path(files, path, below, owner);
	}
	if (directory)
		closedir(directory);
}

void disk_files_add(struct disk_files *files, const char *folder, const char *prefix, unsigned depth, size_t owner)
{
	struct folders folders = {0};
	size_t done = 0;
	add_folder(files, folder, prefix, depth > 0 ? &folders : NULL, owner);
	for (unsigned level = 1; level <= depth; level++)
		for (const size_t end = folders.count; done < end; done++)
			add_folder(files, folders.at[done], NULL, level < depth ? &folders : NULL, owner);
	for (size_t i = 0; i < folders.count; i++)
		free(folders.at[i]);
	free(folders.at);
}

static int compare(uint64_t one, uint64_t other)
{
	return one < other ? -1 : one > other;
}

static int by_file(const void *a, const void *b)
{
	const struct disk_file *one = a, *other = b;
	int order = compare(one->device, other->device);
	order = order ? order : compare(one->inode, other->inode);
	return order ? order : compare(one->owner, other->owner);
}

void disk_files_sort(struct disk_files *files)
{
	if (files->count > 1)
		qsort(files->at, files->count, sizeof *files->at, by_file);
}

void disk_files_sum(const struct disk_files *files, uint64_t *bytes, uint64_t *alone_bytes, size_t owners)
{
	for (size_t i = 0; i < files->count; i++) {
		const struct disk_file *file = &files->at[i], *before = i > 0 ? file - 1 : NULL;
		const bool same = before && before->device == file->device && before->inode == file->inode;
		if (file->owner >= owners)
			continue;
		if (!same)
			alone_bytes[file->owner] += file->bytes;
		if (!same || before->owner != file->owner)
			bytes[file->owner] += file->bytes;
	}
}

void disk_files_free(struct disk_files *files)
{
	free(files->at);
	*files = (struct disk_files){0};
}
