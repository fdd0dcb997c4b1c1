/* recording.h: what the recorder itself counted, summed over segments: it stands in a JSON file beside each. */
#ifndef WIRETAPE_RECORDING_H
#define WIRETAPE_RECORDING_H

#include "store/segment.h"

#include <stddef.h>
#include <stdint.h>

/* A hole between two segments is a gap, in which nothing was recorded, if it is longer than this. */
#define RECORDING_GAP_NS INT64_C(1000000000)

struct recording {
	int64_t from_ns, to_ns; /* only segments that overlap are taken in; NO_TIME: open */
	char host[SEGMENT_TEXT_MAX], interface[SEGMENT_TEXT_MAX]; /* of the first that says it */
	uint64_t segments; /* taken in */
	uint64_t without;  /* of these, finished but without a JSON file that can be read */
	uint64_t repaired; /* of these, without numbers of drops of the kernel and the interface */
	/* Sums over those that say it; -1: none does. */
	int64_t kernel_drops, interface_drops, pool_drops, watcher_skipped;
	uint64_t gaps;
	int64_t gap_ns;
	int64_t closed_ns; /* of the segment before; NO_TIME not known */
};

/* Of what was recorded from `from_ns` until `to_ns`; NO_TIME: open. */
void recording_start(struct recording *recording, int64_t from_ns, int64_t to_ns);
/* Adds a segment by the path of its file; in order of recording. Any other file is left alone. */
void recording_add(struct recording *recording, const char *path, int64_t start_ns, bool part);
/* How long nothing was recorded between two segments; 0: no gap, or that is not known. A clock that was set is no gap. */
int64_t recording_gap(const struct segment_facts *before, int64_t opened_ns);

#endif
