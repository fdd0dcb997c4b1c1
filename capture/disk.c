#include "capture/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

bool disk_write(int fd, const void *bytes, size_t count, uint64_t *offset)
{
	const char *from = bytes;
	while (count) {
		ssize_t written = pwrite(fd, from, count, (off_t)*offset);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0) {
			errno = written < 0 ? errno : ENOSPC;
			return false;
		}
		from += written;
		count -= (size_t)written;
		*offset += (uint64_t)written;
	}
	return true;
}

static void close_quietly(int fd)
{
	int saved = errno;
	close(fd);
	errno = saved;
}

static void unlink_quietly(const char *path)
{
	int saved = errno;
	unlink(path);
	errno = saved;
}

int disk_open_file(const char *path, int flags)
{
	int fd = open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0640);
	struct stat now;
	if (fd < 0 || (fstat(fd, &now) == 0 && S_ISREG(now.st_mode)))
		return fd;
	close(fd);
	errno = EINVAL;
	return -1;
}

static bool temporary_name(char *name, const char *path)
{
	if (snprintf(name, DISK_PATH_MAX, "%s.tmp", path) < DISK_PATH_MAX)
		return true;
	errno = ENAMETOOLONG;
	return false;
}

/* A new file: what stands there under this name, be it a link to elsewhere, goes. */
static int make_temporary(const char *temporary)
{
	unlink(temporary);
	return open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
}

bool disk_put_text(const char *path, const char *text)
{
	char temporary[DISK_PATH_MAX];
	if (!temporary_name(temporary, path))
		return false;
	int fd = make_temporary(temporary);
	if (fd < 0)
		return false;
	uint64_t offset = 0;
	bool done = disk_write(fd, text, strlen(text), &offset) && fdatasync(fd) == 0;
	close_quietly(fd);
	done = done && rename(temporary, path) == 0;
	if (!done)
		unlink_quietly(temporary);
	return done;
}

bool disk_sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	/* EINVAL: a file system that cannot sync a folder. */
	bool done = fsync(fd) == 0 || errno == EINVAL;
	close_quietly(fd);
	return done;
}

bool disk_make_folder(const char *folder)
{
	char path[DISK_PATH_MAX];
	size_t length = strlen(folder);
	if (!length || length >= sizeof(path)) {
		errno = length ? ENAMETOOLONG : ENOENT;
		return false;
	}
	memcpy(path, folder, length + 1);
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) != 0 && errno != EEXIST)
			return false;
		*slash = '/';
	}
	/* Captures are nobody else's business. */
	if (mkdir(path, 0750) == 0)
		return true;
	struct stat stat_now;
	int saved = errno;
	if (saved == EEXIST && stat(path, &stat_now) == 0 && S_ISDIR(stat_now.st_mode))
		return true;
	errno = saved == EEXIST ? ENOTDIR : saved;
	return false;
}

static bool copy_bytes(int from, int to)
{
	char buffer[64 << 10];
	uint64_t offset = 0;
	for (;;) {
		ssize_t count = read(from, buffer, sizeof(buffer));
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return false;
		if (count == 0)
			return fdatasync(to) == 0;
		if (!disk_write(to, buffer, (size_t)count, &offset))
			return false;
	}
}

static bool copy_file(const char *from, const char *to)
{
	char temporary[DISK_PATH_MAX];
	if (!temporary_name(temporary, to))
		return false;
	int in = disk_open_file(from, O_RDONLY);
	if (in < 0)
		return false;
	int out = make_temporary(temporary);
	bool done = out >= 0 && copy_bytes(in, out);
	if (out >= 0)
		close_quietly(out);
	close_quietly(in);
	done = done && rename(temporary, to) == 0;
	if (!done && out >= 0)
		unlink_quietly(temporary);
	return done;
}

bool disk_link(const char *from, const char *to)
{
	if (link(from, to) == 0 || errno == EEXIST)
		return true;
	/* Other file systems, those without links, too many links. */
	if (errno == EXDEV || errno == EPERM || errno == EMLINK || errno == EOPNOTSUPP)
		return copy_file(from, to);
	return false;
}

uint64_t disk_usage(const struct stat *stat)
{
	uint64_t blocks = (uint64_t)stat->st_blocks * 512;
	uint64_t length = (uint64_t)stat->st_size;
	return blocks > length ? blocks : length;
}

uint64_t disk_free(const char *folder)
{
	struct statvfs now;
	if (statvfs(folder, &now) != 0)
		return UINT64_MAX;
	return (uint64_t)now.f_bavail * now.f_frsize;
}

uint64_t disk_size(const char *folder)
{
	struct statvfs now;
	if (statvfs(folder, &now) != 0)
		return UINT64_MAX;
	return (uint64_t)now.f_blocks * now.f_frsize;
}
