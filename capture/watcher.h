/* watcher.h: the thread that looks at what is recorded: engine, timeline, triggers, incidents, catalog. It may fall behind and skip. */
#ifndef WIRETAPE_CAPTURE_WATCHER_H
#define WIRETAPE_CAPTURE_WATCHER_H

#include "analyze/engine/status.h"
#include "capture/options.h"
#include "capture/pool.h"
#include "capture/triggers.h"
#include "capture/writer.h"

struct watcher_counters {
	uint64_t packets, intervals, incidents, incidents_removed, incidents_failed, catalog_errors;
	uint64_t skipped_packets; /* by the pool, because the watcher was behind */
	uint64_t flows_live, engine_bytes;
	struct triggers_counters triggers;
};

struct watcher;

/* `link_type` is the interface's, as far as it is known now, for the catalog. Options, pool and writer are borrowed for the watcher's life.
 * NULL with words in `message`. */
struct watcher *watcher_new(const struct recorder_options *options, struct pool *pool, uint16_t link_type, char *message,
			    size_t message_bytes);
/* What the writer is to tell; valid as long as the watcher. To be given to ring_writer_new. */
const struct writer_observer *watcher_observer(struct watcher *watcher);
/* Starts the thread. */
bool watcher_start(struct watcher *watcher, struct ring_writer *writer);
/* Waits for the thread, which ends when the pool is closed and empty. The writer has been stopped, but not freed. */
void watcher_stop(struct watcher *watcher);
void watcher_free(struct watcher *watcher);

/* A manual incident (SIGUSR1). Any thread. */
void watcher_fire(struct watcher *watcher);
void watcher_counters(struct watcher *watcher, struct watcher_counters *counters);

#endif
