/* restart.h: takes up what an earlier run of the recorder left in the ring. */
#ifndef WIRETAPE_CAPTURE_RESTART_H
#define WIRETAPE_CAPTURE_RESTART_H

#include "capture/clock.h"
#include "capture/ring.h"
#include "capture/writer.h"

/* Ends FOLDER/NAME.part up to its last flush and whole packet, gives it its name and JSON, and puts it into the ring. `facts` says what
 * is known besides what the file tells (name and sequence at least; ended_by), and gets the rest. STATUS_FORMAT: nothing was in it;
 * it is removed. STATUS_IO: it could not be done; the ring has it as part. STATUS_NO_MEMORY. */
enum status restart_mend(struct ring *ring, struct segment_facts *facts, int64_t opened_boot_ns);

/* Brings the ring within its limits, mends all that is not finished, makes JSON that is missing, and tells the observer of each segment.
 * `known` has host and interface. *repaired: how many were mended. */
void restart_take_up(struct ring *ring, const struct segment_facts *known, const struct clock *clock,
		     const struct writer_observer *observer, uint64_t *repaired);

#endif
