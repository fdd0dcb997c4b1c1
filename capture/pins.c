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
	uint64_t segments, file_bytes, missing;
};

struct span {
	int64_t opened_ns, closed_ns;
};

struct pins {
	pthread_mutex_t mutex;	       /* of the first `asked` and the number of those under way */
	struct pin asked[PINS_MAX];    /* not taken up yet */
	size_t asked_count, all_count; /* all: with those taken up */
	struct pin active[PINS_MAX];
	size_t active_count;
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

bool pins_add(struct pins *pins, const char *folder, int64_t from_ns, int64_t to_ns)
{
	char *copy = strdup(folder);
	if (!copy)
		return false;
	pthread_mutex_lock(&pins->mutex);
	bool room = pins->all_count < PINS_MAX;
	if (room) {
		pins->asked[pins->asked_count++] = (struct pin){ .folder = copy, .from_ns = from_ns, .to_ns = to_ns };
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

static bool link_one(const struct ring *ring, const struct pin *pin, const char *name, uint64_t *bytes)
{
	char from[DISK_PATH_MAX], to[DISK_PATH_MAX];
	struct stat now;
	if (snprintf(from, sizeof(from), "%s/%s", ring_folder(ring), name) >= (int)sizeof(from) ||
	    snprintf(to, sizeof(to), "%s/%s", pin->folder, name) >= (int)sizeof(to)) {
		errno = ENAMETOOLONG;
		return false;
	}
	if (!disk_link(from, to))
		return false;
	if (stat(to, &now) == 0)
		*bytes += disk_usage(&now);
	return true;
}

static void link_segment(const struct ring *ring, struct pin *pin, const struct ring_entry *entry)
{
	char json[SEGMENT_NAME_MAX];
	segment_json_name(json, entry->name);
	if (!link_one(ring, pin, entry->name, &pin->file_bytes)) {
		log_write(LOG_LEVEL_ERROR, "%s: %s can't be linked into it: %s", pin->folder, entry->name, strerror(errno));
		pin->missing++;
		return;
	}
	pin->segments++;
	if (!link_one(ring, pin, json, &pin->file_bytes))
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
			link_segment(ring, pin, entry);
	}
}

void pins_take(struct pins *pins, struct ring *ring, struct moment now)
{
	size_t first = pins->active_count;
	pthread_mutex_lock(&pins->mutex);
	memcpy(&pins->active[first], pins->asked, pins->asked_count * sizeof(*pins->asked));
	pins->active_count += pins->asked_count;
	pins->asked_count = 0;
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
			link_segment(ring, &pins->active[i], entry);
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
