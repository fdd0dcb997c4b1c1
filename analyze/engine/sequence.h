/* sequence.h: arithmetic on 32-bit sequence numbers that wrap (RFC 9293 3.4; RFC 7323 uses it for TSval too). */
#ifndef WIRETAPE_SEQUENCE_H
#define WIRETAPE_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

static inline int32_t seq_distance(uint32_t from, uint32_t to)
{
	return (int32_t)(to - from);
}

static inline bool seq_before(uint32_t a, uint32_t b)
{
	return seq_distance(a, b) > 0;
}

static inline bool seq_until(uint32_t a, uint32_t b) /* a <= b */
{
	return seq_distance(a, b) >= 0;
}

static inline uint32_t seq_max(uint32_t a, uint32_t b)
{
	return seq_before(a, b) ? b : a;
}

static inline uint32_t seq_min(uint32_t a, uint32_t b)
{
	return seq_before(a, b) ? a : b;
}

#endif
