/* clock.h: the two clocks of the recorder, so that tests can set them, and the one of its pauses. */
#ifndef WIRETAPE_CAPTURE_CLOCK_H
#define WIRETAPE_CAPTURE_CLOCK_H

#include <stdint.h>

struct clock {
	int64_t (*wall_ns)(void *user); /* since the epoch, UTC; may be set at any time */
	/* Never set. It goes on while the machine sleeps, so that a wake-up doesn't look as if the wall clock had been set. */
	int64_t (*boot_ns)(void *user);
	void *user;
};

/* The system's. */
const struct clock *clock_system(void);
/* CLOCK_MONOTONIC, which nobody sets either: for pauses and time limits that no test changes. */
int64_t clock_monotonic_ns(void);

static inline int64_t clock_wall(const struct clock *clock)
{
	return clock->wall_ns(clock->user);
}

static inline int64_t clock_boot(const struct clock *clock)
{
	return clock->boot_ns(clock->user);
}

#endif
