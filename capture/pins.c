#include "capture/pins.h"

#include "capture/disk.h"
#include "capture/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Segments that the ring removed last, for what a pin misses. */
#define REMOVED_MAX 1024

struct pin {
	char *folder;
	int64_t from_ns, to_ns;
	int64_t deadline_boot_ns; /* of to_ns, whatever becomes of the wall clock */
	uint64_t room_until;	  /* of linked_bytes: when the room for all pins is used up */
	uint64_t segments, file_bytes, missing;
	bool told_full;
};

struct span {
	int64_t opened_ns, closed_ns;
};

struct pins {
	pthread_mutex_t mutex;	       /* of the first `asked`, the number of those under way, and linked_bytes */
	struct pin asked[PINS_MAX];    /* not taken up yet */
	size_t asked_count, all_count; /* all: with those taken up */
	struct pin active[PINS_MAX];
	size_t active_count;
	uint64_t linked_bytes; /* by all pins ever */
	uint64_t room_until;   /* as the latest pin says */
	struct span removed[REMOVED_MAX];
	size_t removed_count; /* in all; the last REMOVED_MAX are kept */
};

struct pins *pins_new(void)
{
	struct pins *pins = calloc(1, sizeof(*pins));
	if (pins)
		pthread_mutex_init(&pins->mutex, NULL);
	return pins;
}

void pins_free(struct pins *pins)
{
	if (!pins)
		return;
	for (size_t i = 0; i < pins->asked_count; i++)
		free(pins->asked[i].folder);
	for (size_t i = 0; i < pins->active_count; i++)
		free(pins->active[i].folder);
	pthread_mutex_destroy(&pins->mutex);
	free(pins);
}

bool pins_add(struct pins *pins, const char *folder, int64_t from_ns, int64_t to_ns, uint64_t room_bytes)
{
	char *copy = strdup(folder);
	if (!copy)
		return false;
	pthread_mutex_lock(&pins->mutex);
	bool room = pins->all_count < PINS_MAX;
	if (room) {
		struct pin *pin = &pins->asked[pins->asked_count++];
		*pin = (struct pin){ .folder = copy, .from_ns = from_ns, .to_ns = to_ns };
		if (__builtin_add_overflow(pins->linked_bytes, room_bytes, &pin->room_until))
			pin->room_until = UINT64_MAX;
		pins->all_count++;
	}
	pthread_mutex_unlock(&pins->mutex);
	if (!room)
		free(copy);
	return room;
}

static bool overlaps(const struct pin *pin, int64_t opened_ns, int64_t closed_ns)
{
	return opened_ns <= pin->to_ns && closed_ns >= pin->from_ns;
}

static bool make_paths(const struct ring *ring, const struct pin *pin, const char *name, char from[DISK_PATH_MAX],
		       char to[DISK_PATH_MAX])
{
	if (snprintf(from, DISK_PATH_MAX, "%s/%s", ring_folder(ring), name) < DISK_PATH_MAX &&
	    snprintf(to, DISK_PATH_MAX, "%s/%s", pin->folder, name) < DISK_PATH_MAX)
		return true;
	errno = ENAMETOOLONG;
	return false;
}

static bool link_one(struct pins *pins, const struct ring *ring, struct pin *pin, const char *name)
{
	char from[DISK_PATH_MAX], to[DISK_PATH_MAX];
	struct stat now;
	if (!make_paths(ring, pin, name, from, to) || !disk_link(from, to))
		return false;
	if (stat(to, &now) != 0)
		return true;
	pin->file_bytes += disk_usage(&now);
	pthread_mutex_lock(&pins->mutex);
	pins->linked_bytes += disk_usage(&now);
	pthread_mutex_unlock(&pins->mutex);
	return true;
}

/* Only this thread adds to linked_bytes. */
static bool has_room(const struct pins *pins, const struct ring_entry *entry)
{
	return pins->linked_bytes <= pins->room_until && entry->bytes <= pins->room_until - pins->linked_bytes;
}

static void link_segment(struct pins *pins, const struct ring *ring, struct pin *pin, const struct ring_entry *entry)
{
	char json[SEGMENT_NAME_MAX];
	if (!has_room(pins, entry)) {
		if (!pin->told_full)
			log_write(LOG_LEVEL_ERROR, "%s: %s is not linked into it, nor what else does not fit: --incident-size is used up; "
				  "make it larger, or `before` and `after` of the triggers shorter", pin->folder, entry->name);
		pin->told_full = true;
		pin->missing++;
		return;
	}
	if (!link_one(pins, ring, pin, entry->name)) {
		log_write(LOG_LEVEL_ERROR, "%s: %s can't be linked into it: %s", pin->folder, entry->name, strerror(errno));
		pin->missing++;
		return;
	}
	pin->segments++;
	segment_json_name(json, entry->name);
	if (!link_one(pins, ring, pin, json))
		log_write(LOG_LEVEL_WARNING, "%s: %s can't be linked into it: %s", pin->folder, json, strerror(errno));
}

static void begin(struct pins *pins, struct ring *ring, struct pin *pin)
{
	size_t kept = pins->removed_count < REMOVED_MAX ? pins->removed_count : REMOVED_MAX;
	for (size_t i = 0; i < kept; i++)
		if (overlaps(pin, pins->removed[i].opened_ns, pins->removed[i].closed_ns))
			pin->missing++;
	for (size_t i = 0; i < ring_count(ring); i++) {
		const struct ring_entry *entry = ring_at(ring, i);
		if (!entry->part && overlaps(pin, entry->opened_ns, entry->closed_ns))
			link_segment(pins, ring, pin, entry);
	}
}

void pins_take(struct pins *pins, struct ring *ring, struct moment now)
{
	size_t first = pins->active_count;
	pthread_mutex_lock(&pins->mutex);
	memcpy(&pins->active[first], pins->asked, pins->asked_count * sizeof(*pins->asked));
	pins->active_count += pins->asked_count;
	pins->asked_count = 0;
	if (pins->active_count > first)
		pins->room_until = pins->active[pins->active_count - 1].room_until;
	pthread_mutex_unlock(&pins->mutex);
	for (size_t i = first; i < pins->active_count; i++) {
		struct pin *pin = &pins->active[i];
		/* Times far away must not overflow. */
		if (pin->to_ns <= now.wall_ns)
			pin->deadline_boot_ns = now.boot_ns;
		else if (__builtin_add_overflow(pin->to_ns - now.wall_ns, now.boot_ns, &pin->deadline_boot_ns))
			pin->deadline_boot_ns = INT64_MAX;
		begin(pins, ring, pin);
	}
}

void pins_segment(struct pins *pins, const struct ring *ring, const struct ring_entry *entry)
{
	for (size_t i = 0; i < pins->active_count; i++)
		if (overlaps(&pins->active[i], entry->opened_ns, entry->closed_ns))
			link_segment(pins, ring, &pins->active[i], entry);
}

void pins_removed(struct pins *pins, const struct ring_entry *entry)
{
	pins->removed[pins->removed_count++ % REMOVED_MAX] = (struct span){ entry->opened_ns, entry->closed_ns };
}

int64_t pins_limit(const struct pins *pins, int64_t start_ns)
{
	int64_t limit = INT64_MAX;
	for (size_t i = 0; i < pins->active_count; i++)
		if (pins->active[i].to_ns > start_ns && pins->active[i].to_ns < limit)
			limit = pins->active[i].to_ns;
	return limit;
}

/* The segment that was begun then may still get packets that the pin wants. */
static bool waits(const struct pin *pin, struct moment start)
{
	return pin->to_ns > start.wall_ns && pin->deadline_boot_ns > start.boot_ns - LATE_NS;
}

bool pins_due(const struct pins *pins, struct moment start, struct moment now)
{
	for (size_t i = 0; i < pins->active_count; i++) {
		const struct pin *pin = &pins->active[i];
		if (waits(pin, start) && (now.wall_ns - LATE_NS >= pin->to_ns || now.boot_ns - LATE_NS >= pin->deadline_boot_ns))
			return true;
	}
	return false;
}

static void tell(const struct pin *pin, const struct writer_observer *observer)
{
	if (!disk_sync_folder(pin->folder))
		log_write(LOG_LEVEL_WARNING, "%s: can't be synced: %s", pin->folder, strerror(errno));
	if (observer && observer->pin_complete)
		observer->pin_complete(observer->user, pin->folder, pin->segments, pin->file_bytes, pin->missing);
}

void pins_complete(struct pins *pins, struct moment start, const struct writer_observer *observer)
{
	size_t kept = 0;
	for (size_t i = 0; i < pins->active_count; i++) {
		if (waits(&pins->active[i], start)) {
			pins->active[kept++] = pins->active[i];
			continue;
		}
		tell(&pins->active[i], observer);
		free(pins->active[i].folder);
	}
	if (kept == pins->active_count)
		return;
	pthread_mutex_lock(&pins->mutex);
	pins->all_count -= pins->active_count - kept;
	pthread_mutex_unlock(&pins->mutex);
	pins->active_count = kept;
}
