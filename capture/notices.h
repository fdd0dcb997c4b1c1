/* notices.h: what the writer's thread tells the watcher's: segments that came and went, pins that are complete. Bounded. */
#ifndef WIRETAPE_CAPTURE_NOTICES_H
#define WIRETAPE_CAPTURE_NOTICES_H

#include "capture/writer.h"

enum notice_kind { NOTICE_SEGMENT_ADDED, NOTICE_SEGMENT_REMOVED, NOTICE_PIN_COMPLETE };

struct notice {
	struct notice *next;
	enum notice_kind kind;
	struct segment_facts segment; /* added; removed: its name */
	char *folder;		      /* of a pin */
	uint64_t segments, file_bytes, missing;
};

struct notices;

/* NULL when out of memory. */
struct notices *notices_new(void);
/* NULL is allowed. */
void notices_free(struct notices *notices);
/* For ring_writer_new; valid as long as the notices. */
const struct writer_observer *notices_observer(struct notices *notices);
/* All that have come since, oldest first; *lost: more of segments came than were kept. Free each with notice_free. */
struct notice *notices_take(struct notices *notices, bool *lost);
void notice_free(struct notice *notice);

#endif
