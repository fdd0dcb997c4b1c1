#include "capture/privileges.h"

#include <cap-ng.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define DEPTH_MAX 3 /* DIR/incidents/NAME/FILE */

/* What a recorder makes in its folder. Nothing else there changes hands, should --dir name a folder with other things in it. */
static bool is_ours(const char *name)
{
	static const char *const ours[] = {"ring", "incidents", "catalog.db", "lock", ".lock"};
	for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
		const size_t length = strlen(ours[i]);
		if (strncmp(name, ours[i], length) == 0 && (name[length] == '\0' || name[length] == '.' || name[length] == '-'))
			return true;
	}
	return false;
}

/* Takes `fd`. Links are not followed. The recursion ends at DEPTH_MAX. */
static bool give_folder(int fd, const struct passwd *user, int depth)
{
	bool given = fchown(fd, user->pw_uid, user->pw_gid) == 0;
	DIR *folder = given ? fdopendir(fd) : NULL;
	if (!folder) {
		close(fd);
		return false;
	}
	for (const struct dirent *entry = readdir(folder); given && entry; entry = readdir(folder)) {
		const char *name = entry->d_name;
		struct stat facts;
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || (depth == 0 && !is_ours(name)))
			continue;
		if (fstatat(dirfd(folder), name, &facts, AT_SYMLINK_NOFOLLOW) != 0)
			continue; /* it is gone */
		if (S_ISREG(facts.st_mode)) {
			given = fchownat(dirfd(folder), name, user->pw_uid, user->pw_gid, AT_SYMLINK_NOFOLLOW) == 0 || errno == ENOENT;
		} else if (S_ISDIR(facts.st_mode) && depth < DEPTH_MAX) {
			const int inner = openat(dirfd(folder), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			given = inner >= 0 ? give_folder(inner, user, depth + 1) : errno == ENOENT;
		}
	}
	const int error = errno;
	closedir(folder);
	errno = error;
	return given;
}

static bool become(const struct passwd *user)
{
	capng_clear(CAPNG_SELECT_BOTH);
	return capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_NET_RAW) == 0 &&
	       capng_change_id((int)user->pw_uid, (int)user->pw_gid, CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING) == 0;
}

bool privileges_drop(const char *user, const char *directory, char *message, size_t message_bytes)
{
	errno = 0;
	const struct passwd *entry = getpwnam(user);
	if (!entry) {
		snprintf(message, message_bytes, "--user %s: %s", user, errno ? strerror(errno) : "no such user");
		return false;
	}
	if (geteuid() == entry->pw_uid && entry->pw_uid != 0)
		return true;
	if (geteuid() != 0) {
		snprintf(message, message_bytes, "--user %s: only root can become another user; start as root, or leave it out", user);
		return false;
	}
	const int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || !give_folder(fd, entry, 0)) {
		snprintf(message, message_bytes, "%s: cannot be given to %s: %s", directory, user, strerror(errno));
		return false;
	}
	if (!become(entry)) {
		snprintf(message, message_bytes, "--user %s: cannot be changed to: %s", user, strerror(errno));
		return false;
	}
	return true;
}
