/* inventory.h: what a recorder's folder holds: segments, incidents, and the disk that they take. From the files
 * themselves and the JSON beside them; never from the catalog, which may be locked or lost. */
#ifndef WIRETAPE_INVENTORY_H
#define WIRETAPE_INVENTORY_H

#include "analyze/engine/status.h"
#include "store/segment.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stored_segment {
	char name[SEGMENT_NAME_MAX]; /* of the file, without ".part" */
	uint64_t sequence;
	bool part;  /* being written, or its recorder died */
	bool known; /* it has a JSON file, from which all below is, but for opened_ns and file_bytes */
	int64_t opened_ns, closed_ns, first_ns, last_ns; /* NO_TIME: not known */
	uint64_t packets, bytes, file_bytes;
	int64_t kernel_drops, interface_drops, pool_drops, watcher_skipped; /* -1: not known */
	enum segment_end ended_by;
	int64_t gap_ns; /* how long nothing was recorded before it; 0: no gap, or that is not known */
};

/* Texts are NULL where incident.json does not say. */
struct stored_incident {
	char *name; /* of its folder; where that is listed itself, what incident.json says */
	bool known; /* incident.json could be read */
	char *trigger, *scope, *key, *state;
	int64_t t_ns, from_ns, to_ns; /* NO_TIME: not known */
	uint64_t segments; /* files in its folder */
	uint64_t bytes;	   /* on disk, of all its files */
	uint64_t alone_bytes; /* on disk, of those that are neither in the ring nor in an earlier incident */
};

struct inventory {
	char *path;
	/* Of the last segment that says it. */
	char host[SEGMENT_TEXT_MAX], interface[SEGMENT_TEXT_MAX], filter[SEGMENT_TEXT_MAX * 4], slice[16];
	uint32_t snaplen;
	struct stored_segment *segments; /* in order of recording */
	size_t segment_count;
	struct stored_incident *incidents; /* by name */
	size_t incident_count;
	struct stored_incident *own; /* the folder is an incident itself; NULL: it is not */
	/* On disk, as du(1) counts: each file once, however many names it has. */
	uint64_t ring_bytes, incident_bytes, catalog_bytes;
	/* Sums over what is known; times are the smallest and largest, NO_TIME without. */
	int64_t first_ns, last_ns;
	uint64_t packets, bytes, file_bytes;
	uint64_t kernel_drops, interface_drops, pool_drops, watcher_skipped;
	size_t without; /* finished segments without a JSON file: nothing of them is in the sums */
	size_t unknown; /* finished segments of which it does not say what kernel and interface dropped */
	size_t gaps;
	int64_t gap_ns;
};

/* True if the folder has something of a recorder's. */
bool inventory_is(const char *path);
/* STATUS_NOT_FOUND, STATUS_IO, STATUS_NO_MEMORY, STATUS_FORMAT (nothing of a recorder's), with words in `message`
 * (TAPE_MESSAGE_MAX bytes), the path first. */
enum status inventory_take(struct inventory *inventory, const char *path, char *message);
void inventory_free(struct inventory *inventory);

#endif
