/* recorder.h: the capture thread. It copies what is to be kept of each packet into blocks of the pool, and does nothing else. */
#ifndef WIRETAPE_CAPTURE_RECORDER_H
#define WIRETAPE_CAPTURE_RECORDER_H

#include "capture/interface.h"
#include "capture/options.h"
#include "capture/pool.h"

struct recorder_counters {
	uint64_t packets, wire_bytes, captured_bytes;
	uint64_t kernel_drops, interface_drops;
	uint64_t unsaved_packets; /* received, but no block was free for them when the recorder was told to stop */
};

struct recorder;

/* All are borrowed for the recorder's life. NULL when out of memory. */
struct recorder *recorder_new(const struct recorder_options *options, struct interface *interface, struct pool *pool);
/* NULL is allowed. */
void recorder_free(struct recorder *recorder);
bool recorder_start(struct recorder *recorder);
/* Ends the thread; all that it has is handed over. The pool is not closed. */
void recorder_stop(struct recorder *recorder);
/* Any thread. */
void recorder_counters(const struct recorder *recorder, struct recorder_counters *counters);

#endif
