/* recording.h: packets in, segments of the ring out: when a segment ends, when it is flushed, what is done when it can't be written.
 * The writer's thread calls it; time comes from a clock that tests can set. */
#ifndef WIRETAPE_CAPTURE_RECORDING_H
#define WIRETAPE_CAPTURE_RECORDING_H

#include "capture/clock.h"
#include "capture/options.h"
#include "capture/pins.h"
#include "capture/pool.h"
#include "capture/ring.h"
#include "capture/writer.h"

#include <stdbool.h>
#include <stdint.h>

/* The last packets of a quiet link are on the disk within a second: after this, and what the capture thread takes. */
#define FLUSH_NS INT64_C(500000000)

/* Packets that were lost, or not looked at, since it was said last. */
struct losses {
	uint64_t kernel, interface, pool, watcher;
};

struct recording;

/* All is borrowed; observer may be NULL. `link_type` is the first segment's, until a block says another. NULL when out of memory. */
struct recording *recording_new(const struct recorder_options *options, struct ring *ring, struct pins *pins,
				const struct clock *clock, const struct writer_observer *observer, uint16_t link_type);
/* What is not finished stays as a crash would leave it. NULL is allowed. */
void recording_free(struct recording *recording);

/* Takes up what is in the ring. */
void recording_begin(struct recording *recording);
/* Takes the block's records from *offset on, which it moves. False: not all of them, as nothing can be written now: once recording_tick
 * returns true again, call it with the same block. */
bool recording_put(struct recording *recording, const struct block *block, uint32_t *offset);
/* Does what is due. False: nothing can be written now. */
bool recording_tick(struct recording *recording);
/* How long nothing will be due, a second at most. */
int64_t recording_wait_ns(const struct recording *recording);
/* Finishes the segment. False: it stays unfinished, for the next start. */
bool recording_end(struct recording *recording);

/* Ends the segment with the next tick. */
void recording_rotate(struct recording *recording);
/* How many blocks of the pool wait. */
void recording_backlog(struct recording *recording, uint32_t queued, uint32_t in_all);
/* Besides those that stand in its blocks. */
void recording_losses(struct recording *recording, const struct losses *losses);
void recording_counters(const struct recording *recording, struct writer_counters *counters);

#endif
