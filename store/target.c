#include "store/target.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* In containers that share a volume all may have the same process id. */
#define NAMES_TRIED 100

/* A device, a pipe or a folder is not to be replaced by a file, nor a link to one: root could, even /dev/null. */
static bool is_replaceable(const char *path)
{
	struct stat now;
	if (stat(path, &now) != 0 || S_ISREG(now.st_mode))
		return true;
	errno = S_ISDIR(now.st_mode) ? EISDIR : EPERM;
	return false;
}

bool target_is(const char *path, const char *other)
{
	struct stat ours, theirs;
	return stat(path, &ours) == 0 && stat(other, &theirs) == 0 && ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

enum status target_reserve(const char *path, char **temporary)
{
	if (!is_replaceable(path))
		return STATUS_IO;
	for (int i = 0; i < NAMES_TRIED; i++) {
		char *name = NULL;
		int length = i ? asprintf(&name, "%s.tmp-%ld-%d", path, (long)getpid(), i) :
				 asprintf(&name, "%s.tmp-%ld", path, (long)getpid());
		if (length < 0)
			return STATUS_NO_MEMORY;
		int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd >= 0) {
			close(fd);
			*temporary = name;
			return STATUS_OK;
		}
		free(name);
		if (errno != EEXIST)
			return STATUS_IO;
	}
	return STATUS_IO;
}

static bool sync_path(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		return false;
	/* EINVAL: a file system that cannot sync a directory. */
	bool synced = fsync(fd) == 0 || errno == EINVAL;
	int saved = errno;
	close(fd);
	errno = saved;
	return synced;
}

/* A journal that an interrupted writer left beside the old file would be played into the new one. */
static void remove_leftovers(const char *path)
{
	static const char *const suffixes[] = { "-journal", "-wal", "-shm" };
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		char *name = NULL;
		if (asprintf(&name, "%s%s", path, suffixes[i]) < 0)
			return;
		unlink(name);
		free(name);
	}
}

static bool rename_to(const char *temporary, const char *path, bool replace)
{
	if (replace)
		return is_replaceable(path) && rename(temporary, path) == 0;
	if (renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
		return true;
	/* Not every file system can. */
	if (errno != EINVAL && errno != ENOSYS)
		return false;
	if (access(path, F_OK) == 0) {
		errno = EEXIST;
		return false;
	}
	return rename(temporary, path) == 0;
}

enum status target_commit(const char *temporary, const char *path, bool replace)
{
	char *copy = strdup(path);
	if (!copy)
		return STATUS_NO_MEMORY;
	enum status status = STATUS_IO;
	if (!sync_path(temporary, O_RDWR))
		goto out;
	if (replace || access(path, F_OK) != 0)
		remove_leftovers(path);
	if (!rename_to(temporary, path, replace)) {
		status = errno == EEXIST ? STATUS_EXISTS : STATUS_IO;
		goto out;
	}
	status = sync_path(dirname(copy), O_RDONLY | O_DIRECTORY) ? STATUS_OK : STATUS_IO;
out:
	free(copy);
	return status;
}
