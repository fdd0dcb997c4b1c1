/* tape.h: the segments of a ring or an incident as one capture, in order; whatever is damaged in one does not end the
 * others. */
#ifndef WIRETAPE_TAPE_H
#define WIRETAPE_TAPE_H

#include "analyze/engine/engine.h"
#include "analyze/engine/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TAPE_MESSAGE_MAX 4608

/* One segment's file. Times come from its name: it starts at `start_ns`, and ends where the next begins. */
struct tape_segment {
	char *path; /* ".pcap.zst", or ".pcap.zst.part" for the one being written */
	uint64_t sequence;
	int64_t start_ns;
	uint64_t file_bytes;
	bool part;
};

struct tape;

/* True if a file of this name (without folder) is a segment. */
bool tape_is_segment_name(const char *name);
/* The path without ".part"; with ".json" in place of ".pcap.zst": where the segment's facts stand. Free it. NULL: out
 * of memory, or `path` has not the name of a segment. */
char *tape_json_path(const char *path);
/* Where the segments of the folder `path` are: in itself, or in its folder `ring`. */
enum tape_place { TAPE_NOWHERE, TAPE_HERE, TAPE_IN_RING };
enum tape_place tape_place(const char *path);
/* True if it is either. */
bool tape_is(const char *path);
/* Lists the segments, sorted by sequence. STATUS_NOT_FOUND, STATUS_IO, STATUS_FORMAT (no segments), STATUS_UNSUPPORTED
 * (over a million), with words in `message` (TAPE_MESSAGE_MAX bytes), the path first. */
enum status tape_open(struct tape **tape, const char *path, char *message);
/* NULL is allowed. */
void tape_close(struct tape *tape);
size_t tape_count(const struct tape *tape);
const struct tape_segment *tape_segment(const struct tape *tape, size_t index);
/* Only packets between the two times (inclusive; NO_TIME: open) come from now on, and only segments that may hold some
 * are opened. Before the first tape_next. */
void tape_limit(struct tape *tape, int64_t from_ns, int64_t to_ns);
/* Whether the segment may hold packets within the limits. */
bool tape_wants(const struct tape *tape, size_t index);

/* Time of the last packet of the tape: the latest of the last segment that has any. NO_TIME: there is none. Before
 * tape_limit. */
int64_t tape_last_ns(const struct tape *tape);

/* The next frame of the tape; its number counts over all segments what was within the limits. STATUS_END. Damage in a
 * segment: the rest of it is skipped, counted, and `complain` (tape_on_damage) told; a `.part` that ends early is none.
 * A segment that the ring removed meanwhile is skipped likewise. STATUS_INTERRUPTED, STATUS_NO_MEMORY. */
enum status tape_next(struct tape *tape, struct frame *frame);
/* At once, if something has a segment's name and is no file. */
void tape_on_damage(struct tape *tape, void (*complain)(void *user, const char *path, const char *message), void *user);
size_t tape_damaged(const struct tape *tape); /* segments */
/* Index of the segment of the last frame. */
size_t tape_position(const struct tape *tape);
uint64_t tape_frames(const struct tape *tape);
/* Segments that could be read so far, in part at least. */
size_t tape_read(const struct tape *tape);
/* As the source's, of the first segment with frames; without frames of the first that could be read; without any: 0,
 * "unknown". */
uint16_t tape_link_type(const struct tape *tape);
const char *tape_link_name(const struct tape *tape);
uint32_t tape_snaplen(const struct tape *tape);
/* Of the frames that came, as source_fingerprint: the same for these segments in one file. */
uint64_t tape_fingerprint(const struct tape *tape);
/* For progress: compressed bytes read, and all there are within the limits. */
uint64_t tape_file_offset(const struct tape *tape);
uint64_t tape_file_bytes(const struct tape *tape);

#endif
