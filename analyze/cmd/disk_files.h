/* disk_files.h: files by what they are on disk, so that one with several names counts once. */
#ifndef WIRETAPE_DISK_FILES_H
#define WIRETAPE_DISK_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct disk_file {
	uint64_t device, inode, bytes;
	size_t owner;
};

struct disk_files {
	struct disk_file *at;
	size_t count, room;
	bool failed; /* out of memory */
};

/* Adds the files of a folder, and of those below it, down to `depth` folders; `prefix` (NULL: any) is how their names
 * must begin. What cannot be read is left out. */
void disk_files_add(struct disk_files *files, const char *folder, const char *prefix, unsigned depth, size_t owner);
void disk_files_sort(struct disk_files *files);
/* For each owner, from 0: the bytes of its files, and of those that no owner with a smaller number has too. After
 * disk_files_sort. */
void disk_files_sum(const struct disk_files *files, uint64_t *bytes, uint64_t *alone_bytes, size_t owners);
void disk_files_free(struct disk_files *files);

#endif
