/* pins.h: segments that incidents ask for are linked into their folders, where the ring doesn't remove them. Asking is for any thread,
 * the rest for the writer's. */
#ifndef WIRETAPE_CAPTURE_PINS_H
#define WIRETAPE_CAPTURE_PINS_H

#include "capture/ring.h"
#include "capture/writer.h"

#include <stdbool.h>
#include <stdint.h>

#define PINS_MAX 64
/* Packets come this much after their time, at most. */
#define LATE_NS INT64_C(300000000)

/* By both clocks: a pin ends by the wall clock, but no later than it would have if that had not been set. */
struct moment {
	int64_t wall_ns, boot_ns;
};

struct pins;

/* NULL when out of memory. */
struct pins *pins_new(void);
/* NULL is allowed. */
void pins_free(struct pins *pins);

/* Any thread. False: PINS_MAX are under way, or out of memory. `room_bytes` is how much all pins under way may link together from now on,
 * this one and those before it; what goes beyond is missing. */
bool pins_add(struct pins *pins, const char *folder, int64_t from_ns, int64_t to_ns, uint64_t room_bytes);

/* Takes up what was asked for since, and links what the ring has of it. */
void pins_take(struct pins *pins, struct ring *ring, struct moment now);
/* A segment was finished, and is in the ring as `entry`. */
void pins_segment(struct pins *pins, const struct ring *ring, const struct ring_entry *entry);
/* The ring has removed one of this run. */
void pins_removed(struct pins *pins, const struct ring_entry *entry);
/* Where the segment that started at `start_ns` must end: the first time at which a pin ends after it; INT64_MAX: none. */
int64_t pins_limit(const struct pins *pins, int64_t start_ns);

/* True if a pin is over at `now` in which the segment that was begun at `start` has a part. */
bool pins_due(const struct pins *pins, struct moment start, struct moment now);
/* Tells of those that are complete, and forgets them: no packet from before `start` of the segment under way will come. */
void pins_complete(struct pins *pins, struct moment start, const struct writer_observer *observer);

#endif
