/* lookout.h: frames in, rows of the timeline and firings out: the engine and the triggers together. The recorder's watcher and `wiretape
 * replay` both look through this, so that what fires on a saved tape is what fired when it was recorded. */
#ifndef WIRETAPE_CAPTURE_LOOKOUT_H
#define WIRETAPE_CAPTURE_LOOKOUT_H

#include "analyze/engine/engine.h"
#include "capture/triggers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lookout_options {
	const struct rules *rules; /* borrowed for its life */
	uint32_t incidents_per_hour;
	int64_t interval_ns;
	uint32_t max_flows, timeline_keys;
	uint64_t hash_seed;
};

/* Called from lookout_frame, _advance and _finish; what they get is borrowed for the call. Any may be NULL. */
struct lookout_sink {
	/* An interval is about to be delivered: what host and recorder counted in it. False: that isn't known. */
	bool (*live)(void *user, struct live_counters *live);
	/* `live` may be NULL. */
	void (*row)(void *user, const struct interval_facts *facts, const struct live_counters *live);
	/* All its rows have come, and the triggers have been asked. */
	void (*interval_end)(void *user, int64_t t_ns, const struct live_counters *live);
	void (*fired)(void *user, const struct firing *firing);
};

struct lookout;

/* NULL with words in `message`: out of memory, or a predicate is wrong. */
struct lookout *lookout_new(const struct lookout_options *options, const struct lookout_sink *sink, void *user, char *message,
			    size_t message_bytes);
/* Delivers nothing more. NULL is allowed. */
void lookout_free(struct lookout *lookout);

/* A frame's time may go back, when the clock was set; intervals go on all the same. */
void lookout_frame(struct lookout *lookout, const struct frame *frame);
/* It is `now_ns`, by the clock that the frames have: closes the intervals before. */
void lookout_advance(struct lookout *lookout, int64_t now_ns);
/* Closes the interval under way. Takes nothing more but lookout_free. */
void lookout_finish(struct lookout *lookout);

/* From within `fired`: the flows of this row that fared worst, see incident_flows_json. NULL: of any. */
char *lookout_worst_flows(struct lookout *lookout, const struct interval_facts *row);
void lookout_totals(const struct lookout *lookout, struct engine_totals *totals);
const struct triggers *lookout_triggers(const struct lookout *lookout);

#endif
