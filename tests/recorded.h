/* recorded.h: a recording in a folder of its own, by clocks that the test sets, and what it told its observer. */
#ifndef WIRETAPE_TESTS_RECORDED_H
#define WIRETAPE_TESTS_RECORDED_H

#include "capture/recording.h"
#include "tests/scratch.h"

#define SECOND INT64_C(1000000000)
#define MS INT64_C(1000000)
/* 2026-11-21T10:32:00Z */
#define NOON INT64_C(1795257120000000000)

struct recorded {
	char directory[64], folder[80];
	struct recorder_options options;
	int64_t wall_ns, boot_ns;
	struct clock clock;
	struct ring *ring;
	struct pins *pins;
	struct recording *recording;
	struct writer_observer observer;
	uint64_t blocks;
	struct segment_facts added[64];
	size_t added_count, removed_count, ticks;
	char pinned[128];
	uint64_t pinned_segments, pinned_missing, pins_complete;
};

/* For cmocka: at 10:32:07.250 a recording begins, of segments of a minute and 8 MiB in a ring of 64 MiB and an hour. */
int recorded_setup(void **state);
int recorded_teardown(void **state);

/* With options that were changed, after recorded_stop. */
void recorded_start(struct recorded *f);
/* As if it had been killed, if it was not ended before. */
void recorded_stop(struct recorded *f);
/* Ends it; all of the ring must be sound then. */
void recorded_finish(struct recorded *f);

/* Time goes on, with ticks when the recording wants them, as the writer's thread does. */
void recorded_pass(struct recorded *f, int64_t ns);
/* Takes the block. */
void recorded_put(struct recorded *f, struct block *block);
/* One packet at `t_ns`. */
void recorded_packet(struct recorded *f, int64_t t_ns);

#endif
