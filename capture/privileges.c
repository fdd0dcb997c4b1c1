#include "capture/privileges.h"

#include "capture/log.h"

#include <cap-ng.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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

struct gift {
	const struct passwd *user;
	uid_t owner; /* the ring's until now */
	uint64_t skipped;
};

/* Files of a ring are root's, its owner's until now, or the user's already. Others are somebody else's, whatever they are doing there. */
static bool may_give(const struct gift *gift, const struct stat *facts)
{
	return facts->st_uid == 0 || facts->st_uid == gift->owner || facts->st_uid == gift->user->pw_uid;
}

/* `fd` may be of O_PATH: what was looked at is what is given, whatever has its name by now. */
static bool give(const struct gift *gift, int fd, const struct stat *facts)
{
	if (facts->st_uid == gift->user->pw_uid && facts->st_gid == gift->user->pw_gid)
		return true;
	return fchownat(fd, "", gift->user->pw_uid, gift->user->pw_gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) == 0;
}

static void skip(struct gift *gift, const char *name, const char *why)
{
	if (!gift->skipped++)
		log_write(LOG_LEVEL_WARNING, "--user %s: %s in the ring's folder is left as it is: %s", gift->user->pw_name, name, why);
}

static bool give_folder(struct gift *gift, int fd, int depth);

static bool give_entry(struct gift *gift, int folder_fd, const char *name, int depth)
{
	struct stat facts;
	int fd = openat(folder_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT; /* it is gone */
	bool given = true;
	if (fstat(fd, &facts) != 0)
		given = false;
	else if (!S_ISREG(facts.st_mode) && !S_ISDIR(facts.st_mode))
		skip(gift, name, "it is neither file nor folder");
	else if (!may_give(gift, &facts))
		skip(gift, name, "it belongs to somebody else");
	else if (S_ISREG(facts.st_mode))
		given = give(gift, fd, &facts);
	else if (depth < DEPTH_MAX) {
		const int inner = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		given = inner >= 0 && give_folder(gift, inner, depth + 1);
	}
	const int error = errno;
	close(fd);
	errno = error;
	return given;
}

/* Takes `fd`. Links are not followed. The recursion ends at DEPTH_MAX. */
static bool give_folder(struct gift *gift, int fd, int depth)
{
	struct stat facts;
	bool given = fstat(fd, &facts) == 0 && give(gift, fd, &facts);
	DIR *folder = given ? fdopendir(fd) : NULL;
	if (!folder) {
		const int error = errno;
		close(fd);
		errno = error;
		return false;
	}
	for (const struct dirent *entry = readdir(folder); given && entry; entry = given ? readdir(folder) : NULL) {
		const char *name = entry->d_name;
		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && (depth != 0 || is_ours(name)))
			given = give_entry(gift, dirfd(folder), name, depth);
	}
	const int error = errno;
	closedir(folder);
	errno = error;
	return given;
}

/* Takes `fd`. */
static bool give_ring(const struct passwd *user, int fd)
{
	struct stat facts;
	struct gift gift = { .user = user };
	if (fstatat(fd, "ring", &facts, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(facts.st_mode))
		gift.owner = facts.st_uid;
	const bool given = give_folder(&gift, fd, 0);
	const int error = errno;
	if (gift.skipped > 1)
		log_write(LOG_LEVEL_WARNING, "--user %s: %" PRIu64 " files are left as they are, that one included", user->pw_name, gift.skipped);
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
	struct stat facts;
	if (fd >= 0 && fstat(fd, &facts) == 0 && facts.st_mode & S_ISVTX) { /* such as /tmp, which must stay root's */
		snprintf(message, message_bytes, "--user %s: --dir %s is shared by all users; choose a folder in it", user, directory);
		close(fd);
		return false;
	}
	if (fd < 0 || !give_ring(entry, fd)) {
		snprintf(message, message_bytes, "%s: cannot be given to %s: %s", directory, user, strerror(errno));
		return false;
	}
	if (!become(entry)) {
		snprintf(message, message_bytes, "--user %s: cannot be changed to: %s", user, strerror(errno));
		return false;
	}
	setenv("HOME", entry->pw_dir, 1); /* where hook and analyzer look for what is that user's */
	return true;
}
