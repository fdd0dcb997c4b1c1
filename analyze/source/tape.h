/* tape.h: the segments of a ring or an incident as one capture, in order; whatever is damaged in one does not end the others. */
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

/* True if `path` is a folder that holds segments, or whose folder `ring` does. */
bool tape_is(const char *path);
/* Lists the segments, sorted by sequence. STATUS_NOT_FOUND, STATUS_IO, STATUS_FORMAT (no segments), with words in `message`
 * (TAPE_MESSAGE_MAX bytes). */
enum status tape_open(struct tape **tape, const char *path, char *message);
/* NULL is allowed. */
void tape_close(struct tape *tape);
size_t tape_count(const struct tape *tape);
const struct tape_segment *tape_segment(const struct tape *tape, size_t index);
/* Only packets between the two times (inclusive; NO_TIME: open) come from now on, and only segments that may hold some are opened.
 * Before the first tape_next. */
void tape_limit(struct tape *tape, int64_t from_ns, int64_t to_ns);

/* The next frame of the tape; its number counts over all segments. STATUS_END. Damage in a segment: the rest of it is skipped,
 * counted, and `complain` (tape_on_damage) told; a `.part` that ends early is none. A segment that the ring removed meanwhile is
 * skipped likewise. STATUS_INTERRUPTED, STATUS_NO_MEMORY. */
enum status tape_next(struct tape *tape, struct frame *frame);
void tape_on_damage(struct tape *tape, void (*complain)(void *user, const char *path, const char *message), void *user);
size_t tape_damaged(const struct tape *tape); /* segments */
/* Index of the segment of the last frame. */
size_t tape_position(const struct tape *tape);
uint64_t tape_frames(const struct tape *tape);
/* As the source's, of the first segment with frames. */
uint16_t tape_link_type(const struct tape *tape);
uint32_t tape_snaplen(const struct tape *tape);
uint64_t tape_fingerprint(const struct tape *tape);
/* For progress: compressed bytes read, and all there are. */
uint64_t tape_file_offset(const struct tape *tape);
uint64_t tape_file_bytes(const struct tape *tape);

#endif
