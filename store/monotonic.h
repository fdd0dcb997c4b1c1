/* monotonic.h: the clock that nobody sets, for pauses, limits of time and progress. */
#ifndef WIRETAPE_MONOTONIC_H
#define WIRETAPE_MONOTONIC_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds since some time before the program began. Handlers of signals may ask, too. */
static inline int64_t monotonic_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

#endif
