/* level.h: how hard to compress. The writer that falls behind compresses less, before anything is lost; and more again when there
 * is time. Starting at the level asked for it goes down to 6, 1, -1, -3, -5, -7. */
#ifndef WIRETAPE_CAPTURE_LEVEL_H
#define WIRETAPE_CAPTURE_LEVEL_H

#include <stdbool.h>
#include <stdint.h>

struct level {
	int now, highest;
	uint32_t mark;	      /* so many waited when it went down last */
	int64_t backlog_boot_ns; /* when there was a backlog last, or when it went up */
};

struct level level_start(int highest, int64_t boot_ns);
/* `queued` of `in_all` blocks wait. True if the level changed. It goes down each time when more than half wait, and more than when it went
 * down last; and up after 10 s with less than a quarter. */
bool level_adapt(struct level *level, uint32_t queued, uint32_t in_all, int64_t boot_ns);
/* The backlog has another reason: the writer could not write. */
void level_excuse(struct level *level, uint32_t queued);

#endif
