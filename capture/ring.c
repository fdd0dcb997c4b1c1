#include "capture/ring.h"

#include "analyze/engine/facts.h"
#include "capture/disk.h"
#include "capture/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* A segment's JSON file, and the one under another name before it. */
#define JSON_BYTES ((uint64_t)8 << 10)
#define DISK_BLOCK ((uint64_t)4096)
/* Numbers beyond are somebody's joke: to count on from there would end where names have no room for more digits. */
#define SEQUENCE_MAX UINT64_C(100000000000000000)
/* So many that can't be removed are passed over, no more: it is asked with each write. */
#define REFUSED_MAX 1024

struct ring {
	struct ring_limits limits;
	char directory[DISK_PATH_MAX / 2], folder[DISK_PATH_MAX / 2 + 8];
	int lock_fd;
	struct ring_entry *entries;
	size_t count, capacity;
	uint64_t entries_bytes, open_bytes, folder_bytes;
	uint64_t last_sequence;
	uint64_t returned_first, returned_last; /* numbers in a row that were given back */
	size_t unremovable;
	bool told_locked;
	void (*removed)(void *user, const struct ring_entry *entry);
	void *user;
};

static void entry_path(const struct ring *ring, const struct ring_entry *entry, char *path)
{
	snprintf(path, DISK_PATH_MAX, "%s/%s%s", ring->folder, entry->name, entry->part ? ".part" : "");
}

static void json_path(const struct ring *ring, const char *name, char *path)
{
	char json[SEGMENT_NAME_MAX];
	segment_json_name(json, name);
	snprintf(path, DISK_PATH_MAX, "%s/%s", ring->folder, json);
}

static uint64_t usage(const char *path)
{
	struct stat now;
	return stat(path, &now) == 0 ? disk_usage(&now) : 0;
}

void ring_measure(struct ring *ring, struct ring_entry *entry)
{
	char path[DISK_PATH_MAX];
	ring->entries_bytes -= entry->bytes;
	entry_path(ring, entry, path);
	entry->bytes = usage(path);
	json_path(ring, entry->name, path);
	entry->bytes += usage(path);
	ring->entries_bytes += entry->bytes;
	ring->folder_bytes = usage(ring->folder);
}

static struct ring_entry *new_entry(struct ring *ring)
{
	if (ring->count == ring->capacity) {
		size_t capacity = ring->capacity ? ring->capacity * 2 : 256;
		struct ring_entry *entries = realloc(ring->entries, capacity * sizeof(*entries));
		if (!entries)
			return NULL;
		ring->entries = entries;
		ring->capacity = capacity;
	}
	struct ring_entry *entry = &ring->entries[ring->count++];
	memset(entry, 0, sizeof(*entry));
	return entry;
}

static void saw_sequence(struct ring *ring, uint64_t sequence)
{
	if (sequence > ring->last_sequence && sequence <= SEQUENCE_MAX)
		ring->last_sequence = sequence;
}

/* If `file` is a temporary or JSON name of a segment, the segment's name. */
static bool segment_of_json(const char *file, char name[SEGMENT_NAME_MAX], bool *temporary)
{
	const char *end = strstr(file, ".json");
	size_t length = end ? (size_t)(end - file) : SEGMENT_NAME_MAX;
	if (length + sizeof(".pcap.zst") > SEGMENT_NAME_MAX)
		return false;
	*temporary = !strcmp(end, ".json.tmp");
	if (!*temporary && strcmp(end, ".json") != 0)
		return false;
	snprintf(name, SEGMENT_NAME_MAX, "%.*s.pcap.zst", (int)length, file);
	return segment_name_parse(name, NULL, NULL, NULL);
}

/* A folder could not be removed, a pipe would keep its reader waiting, and a link leads to what is not ours. */
static bool is_file(const struct ring *ring, const char *file)
{
	char path[DISK_PATH_MAX];
	struct stat now;
	if (snprintf(path, sizeof(path), "%s/%s", ring->folder, file) >= (int)sizeof(path) || lstat(path, &now) != 0)
		return false;
	if (!S_ISREG(now.st_mode))
		log_write(LOG_LEVEL_WARNING, "%s: has the name of a segment and is no file; left as it is, and not counted", path);
	return S_ISREG(now.st_mode);
}

static bool add_listed(struct ring *ring, const char *file)
{
	uint64_t sequence = 0;
	int64_t start_ns = 0;
	bool part = false;
	if (!segment_name_parse(file, &sequence, &start_ns, &part) || !is_file(ring, file))
		return true;
	struct ring_entry *entry = new_entry(ring);
	if (!entry)
		return false;
	snprintf(entry->name, sizeof(entry->name), "%.*s", (int)(strlen(file) - (part ? strlen(".part") : 0)), file);
	entry->sequence = sequence;
	entry->part = part;
	entry->opened_ns = entry->closed_ns = start_ns;
	saw_sequence(ring, sequence);
	ring_measure(ring, entry);
	return true;
}

/* What an earlier crash left: JSON that was not complete, and JSON whose segment is gone. */
static void sweep_json(struct ring *ring, const char *file)
{
	char name[SEGMENT_NAME_MAX], path[DISK_PATH_MAX];
	bool temporary = false;
	if (!segment_of_json(file, name, &temporary))
		return;
	snprintf(path, sizeof(path), "%s/%s", ring->folder, name);
	if (!temporary && access(path, F_OK) == 0)
		return;
	uint64_t sequence = 0;
	segment_name_parse(name, &sequence, NULL, NULL);
	saw_sequence(ring, sequence);
	snprintf(path, sizeof(path), "%s/%s", ring->folder, file);
	unlink(path);
}

/* Calls `visit` for each name in the folder; false if it does, or the folder can't be read. */
static bool each_file(struct ring *ring, const char *folder, bool (*visit)(struct ring *ring, const char *file))
{
	DIR *listing = opendir(folder);
	if (!listing)
		return false;
	bool done = true;
	const struct dirent *file;
	while (done && (file = readdir(listing)))
		done = visit(ring, file->d_name);
	closedir(listing);
	return done;
}

static bool visit_json(struct ring *ring, const char *file)
{
	sweep_json(ring, file);
	return true;
}

static bool visit_saved(struct ring *ring, const char *file)
{
	uint64_t sequence = 0;
	if (segment_name_parse(file, &sequence, NULL, NULL))
		saw_sequence(ring, sequence);
	return true;
}

static bool visit_incident(struct ring *ring, const char *incident)
{
	char folder[DISK_PATH_MAX];
	if (incident[0] != '.' &&
	    snprintf(folder, sizeof(folder), "%s/incidents/%s", ring->directory, incident) < (int)sizeof(folder))
		each_file(ring, folder, visit_saved);
	return true;
}

static int by_sequence(const void *a, const void *b)
{
	const struct ring_entry *left = a, *right = b;
	if (left->sequence != right->sequence)
		return left->sequence < right->sequence ? -1 : 1;
	return strcmp(left->name, right->name);
}

/* Says whose the lock is, as far as it can be known. */
static enum status locked_by(struct ring *ring, char *message, size_t message_bytes)
{
	char pid[32] = "";
	ssize_t length = pread(ring->lock_fd, pid, sizeof(pid) - 1, 0);
	pid[length > 0 ? strspn(pid, "0123456789") : 0] = '\0';
	snprintf(message, message_bytes, "--dir %s: another recorder uses it (process %s); stop that one or choose another folder",
		 ring->directory, pid[0] ? pid : "not known");
	return STATUS_EXISTS;
}

static enum status lock(struct ring *ring, char *message, size_t message_bytes)
{
	char path[DISK_PATH_MAX], pid[32];
	snprintf(path, sizeof(path), "%s/lock", ring->directory);
	ring->lock_fd = disk_open_file(path, O_RDWR | O_CREAT);
	if (ring->lock_fd < 0 && (errno == ELOOP || errno == EINVAL)) {
		snprintf(message, message_bytes, "--dir %s: %s is a link or no file: remove it", ring->directory, path);
		return STATUS_IO;
	}
	if (ring->lock_fd < 0) {
		snprintf(message, message_bytes, "--dir %s: %s: %s; choose a folder that the recorder may write to", ring->directory, path,
			 strerror(errno));
		return STATUS_IO;
	}
	if (flock(ring->lock_fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno == EWOULDBLOCK)
			return locked_by(ring, message, message_bytes);
		snprintf(message, message_bytes, "--dir %s: %s can't be locked: %s", ring->directory, path, strerror(errno));
		return STATUS_IO;
	}
	/* For people and for the message above; the lock holds without it. */
	int length = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
	uint64_t offset = 0;
	if (ftruncate(ring->lock_fd, 0) == 0)
		disk_write(ring->lock_fd, pid, (size_t)length, &offset);
	return STATUS_OK;
}

void ring_drop(struct ring *ring, size_t index)
{
	ring->entries_bytes -= ring->entries[index].bytes;
	ring->unremovable -= ring->entries[index].told;
	memmove(&ring->entries[index], &ring->entries[index + 1], (ring->count - index - 1) * sizeof(*ring->entries));
	ring->count--;
}

/* The segment goes first: JSON without a segment is swept at the next start. */
static bool remove_at(struct ring *ring, size_t index)
{
	char path[DISK_PATH_MAX];
	struct ring_entry entry = ring->entries[index];
	entry_path(ring, &entry, path);
	if (unlink(path) != 0 && errno != ENOENT)
		return false;
	json_path(ring, entry.name, path);
	unlink(path);
	ring_drop(ring, index);
	if (ring->removed)
		ring->removed(ring->user, &entry);
	return true;
}

/* True if the lock that is in the folder now is the one that we hold. */
static bool is_locked(const struct ring *ring)
{
	char path[DISK_PATH_MAX];
	struct stat ours, there;
	snprintf(path, sizeof(path), "%s/lock", ring->directory);
	if (lstat(path, &there) != 0)
		return errno != ENOENT && errno != ENOTDIR;
	return fstat(ring->lock_fd, &ours) != 0 || (ours.st_dev == there.st_dev && ours.st_ino == there.st_ino);
}

static bool lock_again(struct ring *ring)
{
	char message[DISK_PATH_MAX + 256];
	int before = ring->lock_fd;
	enum status status = lock(ring, message, sizeof(message));
	int reason = status == STATUS_EXISTS ? EBUSY : errno;
	int lost = status ? ring->lock_fd : before;
	if (lost >= 0)
		close(lost);
	if (!status) {
		log_write(LOG_LEVEL_WARNING, "--dir %s: somebody removed or replaced it, or its lock; locked again", ring->directory);
		ring->told_locked = false;
		return true;
	}
	ring->lock_fd = before;
	if (!ring->told_locked)
		log_write(LOG_LEVEL_ERROR, "%s", message);
	ring->told_locked = true;
	errno = reason;
	return false;
}

bool ring_hold(struct ring *ring)
{
	bool there = access(ring->folder, F_OK) == 0 || errno != ENOENT;
	if (!there && !disk_make_folder(ring->folder))
		return false;
	bool locked = is_locked(ring);
	if (!locked && !lock_again(ring))
		return false;
	if (there && locked)
		return true;
	char path[DISK_PATH_MAX];
	for (size_t i = ring->count; i-- > 0;) {
		entry_path(ring, &ring->entries[i], path);
		if (access(path, F_OK) != 0 && errno == ENOENT)
			remove_at(ring, i);
	}
	ring->folder_bytes = usage(ring->folder);
	return true;
}

static enum status list(struct ring *ring, int64_t now_ns, char *message, size_t message_bytes)
{
	char incidents[DISK_PATH_MAX];
	if (!each_file(ring, ring->folder, add_listed) || !each_file(ring, ring->folder, visit_json)) {
		snprintf(message, message_bytes, "%s: can't be read: %s", ring->folder, strerror(errno));
		return STATUS_IO;
	}
	snprintf(incidents, sizeof(incidents), "%s/incidents", ring->directory);
	each_file(ring, incidents, visit_incident);
	if (ring->count)
		qsort(ring->entries, ring->count, sizeof(*ring->entries), by_sequence);
	for (size_t i = 0; i < ring->count; i++)
		ring->entries[i].opened_boot_ns = now_ns;
	return STATUS_OK;
}

/* A twentieth, so that a small file system holds a tape too. */
static uint64_t usual_free(const char *folder)
{
	const uint64_t most = UINT64_C(1) << 30, part = disk_size(folder) / 20;
	return part < most ? part : most;
}

enum status ring_open(struct ring **out, const char *directory, const struct ring_limits *limits, int64_t now_ns, char *message,
		      size_t message_bytes)
{
	*out = NULL;
	struct ring *ring = calloc(1, sizeof(*ring));
	if (!ring) {
		snprintf(message, message_bytes, "out of memory");
		return STATUS_NO_MEMORY;
	}
	enum status status = STATUS_IO;
	ring->limits = *limits;
	ring->lock_fd = -1;
	if (snprintf(ring->directory, sizeof(ring->directory), "%s", directory) >= (int)sizeof(ring->directory)) {
		snprintf(message, message_bytes, "--dir: the name is too long");
		goto out;
	}
	snprintf(ring->folder, sizeof(ring->folder), "%s/ring", ring->directory);
	if (!disk_make_folder(ring->folder)) {
		snprintf(message, message_bytes, "--dir %s: can't make the folder %s: %s; choose one that the recorder may write to",
			 directory, ring->folder, strerror(errno));
		goto out;
	}
	if (ring->limits.min_free_bytes == UINT64_MAX)
		ring->limits.min_free_bytes = usual_free(ring->folder);
	ring->folder_bytes = usage(ring->folder);
	status = lock(ring, message, message_bytes);
	if (!status)
		status = list(ring, now_ns, message, message_bytes);
out:
	if (status)
		ring_close(ring);
	else
		*out = ring;
	return status;
}

void ring_close(struct ring *ring)
{
	if (!ring)
		return;
	if (ring->lock_fd >= 0)
		close(ring->lock_fd);
	free(ring->entries);
	free(ring);
}

void ring_on_removal(struct ring *ring, void (*removed)(void *user, const struct ring_entry *entry), void *user)
{
	ring->removed = removed;
	ring->user = user;
}

const char *ring_folder(const struct ring *ring)
{
	return ring->folder;
}

uint64_t ring_next_sequence(struct ring *ring)
{
	return ++ring->last_sequence;
}

void ring_return_sequence(struct ring *ring, uint64_t sequence)
{
	if (!ring->returned_last || sequence != ring->returned_last + 1)
		ring->returned_first = sequence;
	ring->returned_last = sequence;
	if (sequence != ring->last_sequence)
		return;
	ring->last_sequence = ring->returned_first - 1;
	ring->returned_last = 0;
}

size_t ring_count(const struct ring *ring)
{
	return ring->count;
}

struct ring_entry *ring_at(struct ring *ring, size_t index)
{
	return &ring->entries[index];
}

/* Room for one among the others, by its sequence. */
static struct ring_entry *insert_entry(struct ring *ring, uint64_t sequence)
{
	if (!new_entry(ring))
		return NULL;
	size_t at = ring->count - 1;
	while (at && ring->entries[at - 1].sequence > sequence)
		at--;
	memmove(&ring->entries[at + 1], &ring->entries[at], (ring->count - 1 - at) * sizeof(*ring->entries));
	memset(&ring->entries[at], 0, sizeof(*ring->entries));
	return &ring->entries[at];
}

struct ring_entry *ring_add(struct ring *ring, const struct segment_facts *facts, bool part, int64_t opened_boot_ns)
{
	struct ring_entry *entry = insert_entry(ring, facts->sequence);
	if (!entry)
		return NULL;
	snprintf(entry->name, sizeof(entry->name), "%s", facts->name);
	entry->sequence = facts->sequence;
	entry->part = part;
	entry->opened_boot_ns = opened_boot_ns;
	entry->opened_ns = facts->packets && facts->first_ns < facts->opened_ns ? facts->first_ns : facts->opened_ns;
	entry->closed_ns = facts->packets && facts->last_ns > facts->closed_ns ? facts->last_ns : facts->closed_ns;
	ring_measure(ring, entry);
	return entry;
}

bool ring_put_json(const struct ring *ring, const struct segment_facts *facts)
{
	char path[DISK_PATH_MAX];
	char *json = segment_to_json(facts);
	if (!json) {
		errno = ENOMEM;
		return false;
	}
	json_path(ring, facts->name, path);
	bool done = disk_put_text(path, json);
	int saved = errno;
	free(json);
	errno = saved;
	return done;
}

/* Others than those before `end` could be removed: it is not the folder that refuses. */
static void tell_refused(struct ring *ring, size_t end, int reason)
{
	const struct ring_entry *first = NULL;
	for (size_t i = 0; i < end; i++) {
		struct ring_entry *entry = &ring->entries[i];
		if (!entry->refused || entry->told)
			continue;
		entry->told = true;
		ring->unremovable++;
		first = first ? first : entry;
	}
	if (first)
		log_write(LOG_LEVEL_ERROR, "%s/%s%s: can't be removed: %s; newer segments go in its place (%zu such segments count against "
			  "--ring-size until they can be removed: look with lsattr)", ring->folder, first->name, first->part ? ".part" : "",
			  strerror(reason), ring->unremovable);
}

/* Removes the oldest that is wanted and can be removed. False with errno: ENOSPC if none was wanted. */
static bool remove_oldest(struct ring *ring, bool (*wanted)(const struct ring *ring, const struct ring_entry *entry, int64_t now_ns),
			  int64_t now_ns)
{
	int reason = ENOSPC;
	size_t refused = 0;
	for (size_t i = 0; i < ring->count && refused < REFUSED_MAX; i++) {
		if (wanted && !wanted(ring, &ring->entries[i], now_ns))
			continue;
		if (remove_at(ring, i)) {
			tell_refused(ring, i, reason);
			return true;
		}
		reason = errno;
		if (reason != EPERM && reason != EBUSY)
			break;
		ring->entries[i].refused = true;
		refused++;
	}
	errno = reason;
	return false;
}

uint64_t ring_bytes(const struct ring *ring)
{
	return ring->entries_bytes + ring->folder_bytes + ring->open_bytes;
}

uint64_t ring_room(const struct ring *ring)
{
	uint64_t room = 0;
	if (__builtin_add_overflow(disk_free(ring->folder), ring_bytes(ring), &room))
		return ring->limits.bytes;
	return room < ring->limits.bytes ? room : ring->limits.bytes;
}

size_t ring_unremovable(const struct ring *ring)
{
	return ring->unremovable;
}

bool ring_reserve(struct ring *ring, uint64_t open_bytes)
{
	uint64_t needed = (open_bytes + DISK_BLOCK - 1) / DISK_BLOCK * DISK_BLOCK + JSON_BYTES;
	while (ring->entries_bytes + ring->folder_bytes + needed > ring->limits.bytes) {
		if (ring->count == 0) {
			errno = EDQUOT;
			return false;
		}
		if (!remove_oldest(ring, NULL, 0))
			return false;
	}
	ring->open_bytes = needed;
	return true;
}

void ring_release(struct ring *ring)
{
	ring->open_bytes = 0;
}

bool ring_is_expired(const struct ring *ring, const struct ring_entry *entry, int64_t now_ns)
{
	return now_ns - entry->opened_boot_ns > ring->limits.age_ns;
}

bool ring_expire(struct ring *ring, int64_t now_ns)
{
	while (remove_oldest(ring, ring_is_expired, now_ns))
		continue;
	return errno == ENOSPC;
}

/* No incident holds its blocks too. */
static bool gives_room(const struct ring *ring, const struct ring_entry *entry, int64_t now_ns)
{
	(void)now_ns;
	char path[DISK_PATH_MAX];
	struct stat now;
	entry_path(ring, entry, path);
	return stat(path, &now) != 0 || now.st_nlink <= 1;
}

bool ring_shrink(struct ring *ring)
{
	return remove_oldest(ring, gives_room, 0);
}

bool ring_keep_free(struct ring *ring, size_t *removed)
{
	*removed = 0;
	uint64_t now_free = disk_free(ring->folder), before = ring->entries_bytes;
	while (now_free < ring->limits.min_free_bytes && before - ring->entries_bytes < ring->limits.min_free_bytes - now_free) {
		if (!ring_shrink(ring))
			return false;
		++*removed;
	}
	return true;
}
