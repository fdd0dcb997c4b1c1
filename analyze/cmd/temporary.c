#include "analyze/cmd/temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDERS_OPEN 16
#define LOCK_NAME "in-use-by-wiretape"
#define LOCK_NEW "lock" /* until it is locked */
#define BOOT_BYTES 64

const char *temporary_place(void)
{
	const char *place = getenv("TMPDIR");
	return place && place[0] ? place : "/tmp";
}

/* A lock is proof only for this kernel: other hosts may share the folder, and not see it. 0: unknown. */
static size_t read_boot(char boot[BOOT_BYTES])
{
	const int file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	const ssize_t length = file >= 0 ? read(file, boot, BOOT_BYTES) : 0;
	if (file >= 0)
		close(file);
	return length > 0 ? (size_t)length : 0;
}

/* The lock stays until the last process is gone that has the file open, however it ends. -1: the folder is never taken for a dead one. */
static int lock_folder(const char *path)
{
	char boot[BOOT_BYTES];
	const size_t length = read_boot(boot);
	const int folder = length > 0 ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int lock = folder >= 0 ? openat(folder, LOCK_NEW, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
	if (lock >= 0 && (write(lock, boot, length) != (ssize_t)length || flock(lock, LOCK_EX | LOCK_NB) != 0 ||
			  renameat(folder, LOCK_NEW, folder, LOCK_NAME) != 0)) {
		unlinkat(folder, LOCK_NEW, 0);
		close(lock);
		lock = -1;
	}
	if (folder >= 0)
		close(folder);
	return lock;
}

static bool is_ours(int file, mode_t kind)
{
	struct stat info;
	return fstat(file, &info) == 0 && info.st_uid == geteuid() && (info.st_mode & (S_IFMT | 0777)) == kind;
}

/* The lock of a folder whose makers are all gone; nobody else gets it then. -1: it is not ours, or in use. */
static int lock_of_dead(int folder)
{
	char boot[BOOT_BYTES], written[BOOT_BYTES];
	const size_t length = read_boot(boot);
	const int lock = is_ours(folder, S_IFDIR | 0700) ? openat(folder, LOCK_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
	if (lock < 0)
		return -1;
	if (length > 0 && is_ours(lock, S_IFREG | 0600) && read(lock, written, sizeof written) == (ssize_t)length &&
	    memcmp(boot, written, length) == 0 && flock(lock, LOCK_EX | LOCK_NB) == 0)
		return lock;
	close(lock);
	return -1;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place)
{
	(void)info;
	(void)kind;
	if (place->level > 1 || (place->level == 1 && strcmp(path + place->base, LOCK_NAME) != 0))
		remove(path);
	return 0;
}

void temporary_folder_clear(const char *path)
{
	nftw(path, remove_one, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS);
}

/* What killed programs left, by their open folders: where TMPDIR is not sticky, others may exchange names meanwhile. */
static void remove_dead(void)
{
	DIR *place = opendir(temporary_place());
	for (const struct dirent *entry; place && (entry = readdir(place)) != NULL;) {
		char path[64];
		if (fnmatch("wiretape-*-??????", entry->d_name, 0) != 0)
			continue;
		const int folder = openat(dirfd(place), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		const int lock = folder >= 0 ? lock_of_dead(folder) : -1;
		if (lock >= 0) {
			snprintf(path, sizeof path, "/proc/self/fd/%d/.", folder);
			temporary_folder_clear(path);
			unlinkat(folder, LOCK_NAME, 0);
			unlinkat(dirfd(place), entry->d_name, AT_REMOVEDIR);
			close(lock);
		}
		if (folder >= 0)
			close(folder);
	}
	if (place)
		closedir(place);
}

static void free_keeping_reason(char *path)
{
	const int reason = errno;
	free(path);
	errno = reason;
}

bool temporary_folder_make(struct temporary_folder *folder, const char *name)
{
	*folder = (struct temporary_folder){0};
	remove_dead();
	char *path = NULL;
	if (asprintf(&path, "%s/wiretape-%s-XXXXXX", temporary_place(), name) < 0) {
		errno = ENOMEM;
		return false;
	}
	if (!mkdtemp(path)) {
		free_keeping_reason(path);
		return false;
	}
	*folder = (struct temporary_folder){path, lock_folder(path)};
	return true;
}

void temporary_folder_remove(struct temporary_folder *folder)
{
	if (!folder->path)
		return;
	char *lock = NULL;
	temporary_folder_clear(folder->path);
	if (asprintf(&lock, "%s/" LOCK_NAME, folder->path) >= 0) /* after all else: who is killed here leaves what is locked no more */
		unlink(lock);
	rmdir(folder->path);
	if (folder->lock >= 0)
		close(folder->lock);
	free(lock);
	free(folder->path);
	*folder = (struct temporary_folder){0};
}

int temporary_file(void)
{
	char *path = NULL;
	if (asprintf(&path, "%s/wiretape-XXXXXX", temporary_place()) < 0) {
		errno = ENOMEM;
		return -1;
	}
	const int file = mkostemp(path, O_CLOEXEC);
	if (file >= 0)
		unlink(path);
	free_keeping_reason(path);
	return file;
}
