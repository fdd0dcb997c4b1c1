/* recording_segment.h: private to recording: the segment under way. How it is begun, written, ended, and given up when its file fails; what
 * is said when nothing can be written. When all that is to happen, recording.c decides. */
#ifndef WIRETAPE_CAPTURE_RECORDING_SEGMENT_H
#define WIRETAPE_CAPTURE_RECORDING_SEGMENT_H

#include "capture/level.h"
#include "capture/recording.h"
#include "capture/segment_file.h"

#define SECOND_NS INT64_C(1000000000)

/* What has been done of a segment. */
enum phase {
	PHASE_NONE,
	PHASE_OPEN,
	PHASE_ENDING, /* no packets any more; the frame's end is still to be made */
	PHASE_ENDED,  /* in memory */
	PHASE_NAMED,  /* on disk; its JSON file is missing */
};

struct recording {
	const struct recorder_options *options;
	struct ring *ring;
	struct pins *pins;
	const struct clock *clock;
	const struct writer_observer *observer;
	struct segment_file *file;
	struct writer_counters counters;

	enum phase phase;
	struct segment_facts facts; /* of the segment under way */
	struct moment start;
	int64_t end_ns, limit_ns;   /* wall clock: its time is over; or a pin's */
	uint64_t limit_bytes;
	int64_t unflushed_since_ns; /* clock_boot; NO_TIME: all is on disk */
	uint64_t unflushed_packets;
	struct losses losses; /* since the segment before was finished */

	char next_name[SEGMENT_NAME_MAX];
	uint64_t next_sequence;	   /* 0: none yet */
	int64_t next_start_ns;
	int64_t postponed_until_ns; /* clock_boot: a next segment could not be made, and this one goes on */
	bool postponed;

	uint16_t link_type;
	bool rotate;
	uint64_t block_counted;	 /* number of the last block whose drops were counted */
	int64_t begun_wall_ns;
	int64_t clock_difference_ns;
	int64_t checked_ns;	 /* clock_boot: limits of the ring */
	int64_t full_ns, short_ns; /* clock_boot: last alarm of a full disk, of --min-free; NO_TIME */
	bool stuck;
	int stuck_errno;
	uint64_t stuck_ticks;
	struct level level;
};

struct moment recording_now(const struct recording *recording);
/* When a segment that starts then is over, by the wall clock. */
int64_t recording_end_after(const struct recording *recording, int64_t start_ns);
/* What is known of a segment before its packets. */
void recording_fill_facts(struct recording *recording, int64_t start_ns);

/* Those that return false have met trouble, but recording_change_segment: the recording is stuck until recording_relief, and
 * they go on from where they were when they are called again. */
bool recording_open_segment(struct recording *recording, int64_t start_ns);
/* Writes what waits in memory. */
bool recording_write(struct recording *recording);
/* The same, with all packets so far in it. */
bool recording_flush(struct recording *recording);
/* No more packets for it; recording_finish_segment does the rest. */
void recording_end_segment(struct recording *recording, enum segment_end why);
bool recording_finish_segment(struct recording *recording);
/* Ends it if another can be begun; false: this one goes on. */
bool recording_change_segment(struct recording *recording, enum segment_end why, int64_t next_start_ns);
/* Gives up its file for another, and mends it; `gone`: somebody has removed it. Otherwise does nothing if there can't be
 * another. */
void recording_replace_file(struct recording *recording, bool gone);
/* On a full disk, with nothing else to remove: gives it up and mends it, so that it can be removed. False: it is too small for that. */
bool recording_give_up_segment(struct recording *recording);

/* False. */
bool recording_cannot_compress(struct recording *recording);
void recording_relief(struct recording *recording);
/* Packets that were counted as written, and are lost. */
void recording_count_lost(struct recording *recording, uint64_t packets);

#endif
