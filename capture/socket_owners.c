#include "capture/socket_owners.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILES_MAX 200000 /* looked at; a tenth of a second or two */

struct search {
	struct socket_owner *owners;
	size_t count, missing;
	size_t files;
	bool refused;
};

static void read_process_name(int process, char *name, size_t bytes)
{
	const int fd = openat(process, "comm", O_RDONLY | O_CLOEXEC);
	const ssize_t got = fd >= 0 ? read(fd, name, bytes - 1) : 0;
	name[got > 0 ? got : 0] = '\0';
	name[strcspn(name, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
}

static void look_at_file(struct search *search, int process, pid_t pid, int folder, const char *name)
{
	char target[64];
	unsigned inode;
	const ssize_t length = readlinkat(folder, name, target, sizeof target - 1);
	if (length <= 0)
		return;
	target[length] = '\0';
	if (strncmp(target, "socket:[", 8) != 0)
		return;
	inode = (unsigned)strtoul(target + 8, NULL, 10);
	for (size_t i = 0; i < search->count; i++) {
		struct socket_owner *owner = &search->owners[i];
		if (owner->inode != inode || owner->pid || !inode)
			continue;
		owner->pid = pid;
		read_process_name(process, owner->process, sizeof owner->process);
		search->missing--;
	}
}

static void look_at_process(struct search *search, int proc, const char *name)
{
	const pid_t pid = (pid_t)strtol(name, NULL, 10);
	const int process = openat(proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (process < 0)
		return;
	const int fd = openat(process, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
	if (!folder) {
		search->refused |= errno == EACCES || errno == EPERM;
		if (fd >= 0)
			close(fd);
	} else {
		for (struct dirent *entry; search->missing > 0 && search->files < FILES_MAX && (entry = readdir(folder));
		     search->files++)
			look_at_file(search, process, pid, fd, entry->d_name);
		closedir(folder);
	}
	close(process);
}

const char *socket_owners_find(struct socket_owner *owners, size_t count)
{
	struct search search = {.owners = owners, .count = count};
	for (size_t i = 0; i < count; i++)
		search.missing += owners[i].inode != 0;
	if (search.missing == 0)
		return NULL;
	DIR *proc = opendir("/proc");
	if (!proc)
		return "/proc cannot be read";
	for (struct dirent *entry; search.missing > 0 && search.files < FILES_MAX && (entry = readdir(proc));)
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			look_at_process(&search, dirfd(proc), entry->d_name);
	closedir(proc);
	if (search.missing > 0 && search.refused)
		return "not permitted to look at the files of other users' processes (CAP_SYS_PTRACE)";
	return search.missing > 0 && search.files >= FILES_MAX ? "too many open files to look at all" : NULL;
}
