/* segment.h: what is known of one segment of a tape besides its packets. It stands in a JSON file beside the segment, and in the
 * catalog; either can be made from the other. JSON is written and read by SQLite. */
#ifndef WIRETAPE_STORE_SEGMENT_H
#define WIRETAPE_STORE_SEGMENT_H

#include "analyze/engine/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEGMENT_NAME_MAX 64	 /* "20261121T103200.000Z-000042.pcap.zst" */
#define SEGMENT_TEXT_MAX 256

/* Why a segment ended. */
#define SEGMENT_END_LIST(X)                                                                  \
	X(SEGMENT_END_TIME, "time", "its time was over")                                     \
	X(SEGMENT_END_SIZE, "size", "it was full")                                           \
	X(SEGMENT_END_REQUEST, "request", "SIGHUP, or an incident was complete")             \
	X(SEGMENT_END_LINK, "link", "the interface's link type changed")                     \
	X(SEGMENT_END_CLOCK, "clock", "the clock was set")                                   \
	X(SEGMENT_END_LEVEL, "level", "the writer fell behind, and compresses less")         \
	X(SEGMENT_END_STOP, "stop", "the recorder was told to stop")                         \
	X(SEGMENT_END_ERROR, "error", "it could not be written any more")                    \
	X(SEGMENT_END_REPAIRED, "repaired", "the recorder died; repaired up to the last flush")

enum segment_end {
#define SEGMENT_END_NAME(name, text, meaning) name,
	SEGMENT_END_LIST(SEGMENT_END_NAME)
#undef SEGMENT_END_NAME
};

/* Counts of packets and bytes that came while it was written. */
struct segment_facts {
	char name[SEGMENT_NAME_MAX]; /* of the file, without folder and ".part" */
	uint64_t sequence;	     /* from 1, never used twice in a ring */
	char host[SEGMENT_TEXT_MAX], interface[SEGMENT_TEXT_MAX], filter[SEGMENT_TEXT_MAX * 4], slice[16];
	uint16_t link_type;	     /* LINKTYPE_ */
	uint32_t snaplen;
	int64_t opened_ns, closed_ns; /* wall clock */
	int64_t first_ns, last_ns;   /* of its packets, smallest and largest; NO_TIME without packets */
	uint64_t packets, bytes;     /* as on the wire */
	uint64_t captured_bytes;     /* what was kept of them */
	uint64_t file_bytes;	     /* compressed */
	int64_t kernel_drops, interface_drops; /* -1: not known (repaired) */
	uint64_t pool_drops;	     /* received, and dropped because nothing could be written */
	uint64_t watcher_skipped;    /* written, but not looked at by the triggers */
	int32_t compress_level;	     /* the lowest that was used */
	enum segment_end ended_by;
};

const char *segment_end_name(enum segment_end end);

/* True if this is the name of a segment; `sequence` and `start_ns` (may be NULL) get what it says. ".part" at the end is allowed and
 * then *part is true. */
bool segment_name_parse(const char *name, uint64_t *sequence, int64_t *start_ns, bool *part);
/* Writes a name for a segment that starts at `start_ns`. */
void segment_name_make(char name[SEGMENT_NAME_MAX], int64_t start_ns, uint64_t sequence);
/* The name of the JSON file beside the segment of that name: "20261121T103200.000Z-000042.json". */
void segment_json_name(char json[SEGMENT_NAME_MAX], const char *name);

/* One JSON object in one line with a line end, which the caller frees; NULL when out of memory. */
char *segment_to_json(const struct segment_facts *facts);
/* What is missing is 0, "", -1 or NO_TIME. STATUS_FORMAT: not such an object, or its name is none of a segment. */
enum status segment_from_json(const char *text, size_t bytes, struct segment_facts *facts);
/* The same from a file. STATUS_NOT_FOUND, STATUS_IO, STATUS_FORMAT. */
enum status segment_read(const char *path, struct segment_facts *facts);

#endif
