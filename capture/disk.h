/* disk.h: what the ring does to files. Each call that fails leaves its reason in errno. */
#ifndef WIRETAPE_CAPTURE_DISK_H
#define WIRETAPE_CAPTURE_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* Room for the path of any file in a ring. */
#define DISK_PATH_MAX 4352

/* Writes all of it at *offset, in as many pieces as it takes, and moves *offset on by what was written, even if it fails. */
bool disk_write(int fd, const void *bytes, size_t count, uint64_t *offset);
/* The file appears complete, and is on the disk, or it is as it was. Uses PATH.tmp. */
bool disk_put_text(const char *path, const char *text);
/* A file that is there, as open(2); neither a link is followed nor a pipe waited for: what is no file fails with EINVAL or ELOOP. -1 with
 * errno. */
int disk_open_file(const char *path, int flags);
/* Makes renames and removals in the folder last. */
bool disk_sync_folder(const char *folder);
/* A folder and those above it. */
bool disk_make_folder(const char *folder);
/* A hard link, or a copy where there can be none. True too if `to` is there already. */
bool disk_link(const char *from, const char *to);
/* What a file takes from a budget: its length or its blocks, whichever is more. */
uint64_t disk_usage(const struct stat *stat);
/* Bytes that are free for us; UINT64_MAX: not known. */
uint64_t disk_free(const char *folder);
/* Bytes that the file system has in all; UINT64_MAX: not known. */
uint64_t disk_size(const char *folder);

#endif
