/* statistics.h: what the recorder's parts have counted, in a few lines of the log; and losses as they happen. */
#ifndef WIRETAPE_CAPTURE_STATISTICS_H
#define WIRETAPE_CAPTURE_STATISTICS_H

#include "capture/recorder.h"
#include "capture/watcher.h"
#include "capture/writer.h"

/* The parts; borrowed. */
struct parts {
	const struct recorder_options *options;
	struct pool *pool;
	struct recorder *recorder;
	struct ring_writer *writer;
	struct watcher *watcher;
};

/* Kinds of loss. */
#define LOSS_LIST(X)                                                                              \
	X(LOSS_KERNEL, "dropped by the kernel: its buffer was full (--buffer makes it larger)")   \
	X(LOSS_INTERFACE, "dropped by the interface before the kernel saw them")                  \
	X(LOSS_POOL, "received, and dropped because they could not be written")                   \
	X(LOSS_WATCHER, "written, but not looked at by the triggers, which are behind")

enum loss {
#define LOSS_NAME(name, text) name,
	LOSS_LIST(LOSS_NAME)
#undef LOSS_NAME
	LOSSES
};

/* What has been logged of them. */
struct statistics {
	uint64_t told[LOSSES];
	int64_t told_ns[LOSSES]; /* monotonic; 0 never */
};

/* All that is known, as SIGUSR2 asks for it. */
void statistics_log(const struct parts *parts);
/* One line, for the end. */
void statistics_log_summary(const struct parts *parts);
/* Logs losses that have not been: each kind at most once in ten seconds. To be called every second. */
void statistics_watch(struct statistics *statistics, const struct parts *parts, int64_t now_ns);

#endif
