/* shim: preloaded into the recorder, it lies to it about the wall clock and the disk, as two files tell:
 *   SHIM_CLOCK      holds seconds, which may be negative, that are added to CLOCK_REALTIME
 *   SHIM_READ_ONLY  while it exists, whatever would change a file fails with EROFS
 * A file system with a file open for writing can't be remounted read-only, so the second is done here. Packets keep the
 * kernel's time. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* Asked for with each call, but read at most every ten milliseconds. */
static time_t clock_offset(void)
{
	static _Thread_local struct timespec read_at;
	static _Thread_local time_t offset;
	const char *path = getenv("SHIM_CLOCK");
	struct timespec now;

	if (path == NULL)
		return 0;
	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
	if (read_at.tv_sec == 0 || now.tv_sec != read_at.tv_sec || now.tv_nsec - read_at.tv_nsec > 10000000) {
		char text[32] = "";
		int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);

		read_at = now;
		if (fd >= 0) {
			if (syscall(SYS_read, fd, text, sizeof(text) - 1) > 0)
				offset = strtol(text, NULL, 10);
			syscall(SYS_close, fd);
		}
	}
	return offset;
}

static bool refused(void)
{
	const char *path = getenv("SHIM_READ_ONLY");

	if (path == NULL || syscall(SYS_faccessat, AT_FDCWD, path, F_OK) != 0)
		return false;
	errno = EROFS;
	return true;
}

int clock_gettime(clockid_t clock, struct timespec *time_out)
{
	int result = (int)syscall(SYS_clock_gettime, clock, time_out);

	if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		time_out->tv_sec += clock_offset();
	return result;
}

time_t time(time_t *out)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	out->tv_sec = now.tv_sec;
	out->tv_usec = now.tv_nsec / 1000;
	return 0;
}

/* Terminals, pipes and sockets may be written to. */
static bool is_file(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && fd > STDERR_FILENO;
}

static int open_at(int directory, const char *path, int flags, mode_t mode)
{
	if ((flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) != 0 && strncmp(path, "/dev/", 5) != 0 &&
	    strncmp(path, "/proc/", 6) != 0 && refused())
		return -1;
	return (int)syscall(SYS_openat, directory, path, flags, mode);
}

#define MODE_OF(flags, last, mode)                                  \
	do {                                                        \
		if (((flags) & (O_CREAT | O_TMPFILE)) != 0) {       \
			va_list arguments;                          \
			va_start(arguments, last);                  \
			(mode) = va_arg(arguments, mode_t);         \
			va_end(arguments);                          \
		}                                                   \
	} while (0)

int open(const char *path, int flags, ...)
{
	mode_t mode = 0;

	MODE_OF(flags, flags, mode);
	return open_at(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));

int openat(int directory, const char *path, int flags, ...)
{
	mode_t mode = 0;

	MODE_OF(flags, flags, mode);
	return open_at(directory, path, flags, mode);
}

int openat64(int directory, const char *path, int flags, ...) __attribute__((alias("openat")));

FILE *fopen(const char *restrict path, const char *restrict mode)
{
	FILE *(*real)(const char *, const char *);

	*(void **)&real = dlsym(RTLD_NEXT, "fopen");
	return strpbrk(mode, "wa+") != NULL && refused() ? NULL : real(path, mode);
}

ssize_t write(int fd, const void *bytes, size_t count)
{
	return is_file(fd) && refused() ? -1 : syscall(SYS_write, fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset)
{
	return refused() ? -1 : syscall(SYS_pwrite64, fd, bytes, count, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t offset) __attribute__((alias("pwrite")));

ssize_t writev(int fd, const struct iovec *parts, int count)
{
	return is_file(fd) && refused() ? -1 : syscall(SYS_writev, fd, parts, count);
}

int ftruncate(int fd, off_t length)
{
	return refused() ? -1 : (int)syscall(SYS_ftruncate, fd, length);
}

int rename(const char *from, const char *to)
{
	return refused() ? -1 : (int)syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
}

int renameat(int from_directory, const char *from, int to_directory, const char *to)
{
	return refused() ? -1 : (int)syscall(SYS_renameat, from_directory, from, to_directory, to);
}

int unlink(const char *path)
{
	return refused() ? -1 : (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int unlinkat(int directory, const char *path, int flags)
{
	return refused() ? -1 : (int)syscall(SYS_unlinkat, directory, path, flags);
}

int link(const char *from, const char *to)
{
	return refused() ? -1 : (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int linkat(int from_directory, const char *from, int to_directory, const char *to, int flags)
{
	return refused() ? -1 : (int)syscall(SYS_linkat, from_directory, from, to_directory, to, flags);
}

int mkdir(const char *path, mode_t mode)
{
	return refused() ? -1 : (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

int mkdirat(int directory, const char *path, mode_t mode)
{
	return refused() ? -1 : (int)syscall(SYS_mkdirat, directory, path, mode);
}
