/* numbered.h: packets that are numbered one by one: which never came, came late, or twice. A packet may be late by
 * NUMBERED_WINDOW others; what has not come by then is lost. */
#ifndef WIRETAPE_NUMBERED_H
#define WIRETAPE_NUMBERED_H

#include <stdbool.h>
#include <stdint.h>

#define NUMBERED_WINDOW 256 /* power of two */

struct numbered {
	uint64_t max; /* highest number so far */
	uint64_t first;
	uint64_t seen[NUMBERED_WINDOW / 64]; /* of the last numbers, max included; by the number's low bits */
	uint64_t lost, lost_run, lost_run_max, reordered, duplicates;
	/* The first gap that is open or was lost. */
	uint64_t gap, gap_frame;
	int64_t gap_ns;
	bool has_gap, gap_lost;
};

enum numbered_result { NUMBERED_NEXT, NUMBERED_LATE, NUMBERED_TWICE };

void numbered_begin(struct numbered *numbered, uint64_t number);
enum numbered_result numbered_add(struct numbered *numbered, uint64_t number, int64_t t_ns, uint64_t frame);
/* Nothing more will come: what is missing is lost. */
void numbered_end(struct numbered *numbered);

#endif
