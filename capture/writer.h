/* writer.h: the thread that takes blocks from the pool to the ring: compresses, flushes each second, starts segments on the wall
 * clock, keeps the ring within its budget, pins what incidents ask for. */
#ifndef WIRETAPE_CAPTURE_WRITER_H
#define WIRETAPE_CAPTURE_WRITER_H

#include "analyze/engine/status.h"
#include "capture/options.h"
#include "capture/pool.h"
#include "store/segment.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Called from the writer's thread; must not block. `facts` and `name` are borrowed. Any may be NULL. */
struct writer_observer {
	void (*segment_added)(void *user, const struct segment_facts *facts);
	void (*segment_removed)(void *user, const char *name);
	/* A pin is complete: all that will come has been linked into its folder. `missing`: segments that could not be linked. */
	void (*pin_complete)(void *user, const char *folder, uint64_t segments, uint64_t file_bytes, uint64_t missing);
	void *user;
};

struct writer_counters {
	uint64_t segments, segments_removed, segments_repaired;
	uint64_t packets_written, bytes_written; /* bytes on disk */
	uint64_t write_errors;	/* times that writing began to fail */
	uint64_t dropped_packets; /* by the pool, because nothing could be written, or with a segment that was given up */
	uint64_t unsaved_packets; /* of these, what the pool itself does not count */
	uint64_t segments_given_up; /* their file was gone or could not be written; what was written is mended if it can be */
	uint64_t segments_unremovable; /* that are in the ring now and can't be removed, though others can */
	uint64_t free_alarms;	/* times that less than --min-free began to be free */
	uint64_t ring_bytes;	/* of DIR/ring now, the segment under way included */
	uint64_t ring_segments;
	int level;		/* of zstd, now */
	bool stuck;		/* nothing can be written now */
};

struct ring_writer;

/* Opens the ring in options->directory (made if it is missing), which must not be in use. STATUS_EXISTS: another recorder has it;
 * STATUS_IO; `message` gets the words. `link_type` is the interface's, as far as it is known now. Options are borrowed for
 * the writer's life. */
enum status ring_writer_new(struct ring_writer **writer, const struct recorder_options *options, struct pool *pool,
			    const struct writer_observer *observer, uint16_t link_type, char *message, size_t message_bytes);
/* Starts the thread: repairs what an earlier run left, tells the observer of each segment that is there, then writes. */
bool ring_writer_start(struct ring_writer *writer);
/* Waits for the thread, which ends when the pool is closed and empty, with the last segment finished. */
void ring_writer_stop(struct ring_writer *writer);
void ring_writer_free(struct ring_writer *writer);

/* Ends the segment now (SIGHUP). Any thread. */
void ring_writer_rotate(struct ring_writer *writer);
/* Links the segments with packets (or open) between `from_ns` and `to_ns`, wall clock, into `folder`, with their JSON files: those that
 * are there at once, the others as they are finished; the segment that is open at `to_ns` ends then. All pins under way may
 * link `room_bytes` together from now on; what goes beyond is missing. Any thread. False: too many pins at once. */
bool ring_writer_pin(struct ring_writer *writer, const char *folder, int64_t from_ns, int64_t to_ns, uint64_t room_bytes);
void ring_writer_counters(struct ring_writer *writer, struct writer_counters *counters);

#endif
