/* sum.h: sums of times that a capture can forge. */
#ifndef WIRETAPE_SUM_H
#define WIRETAPE_SUM_H

#include <stdint.h>

/* Adds `n`; stays at the largest number there is rather than overflow. */
static inline void sum_add(int64_t *sum, int64_t n)
{
	if (__builtin_add_overflow(*sum, n, sum))
		*sum = INT64_MAX;
}

#endif
