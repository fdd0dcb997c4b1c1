/* baseline.h: what is usual for each scope and key: the median of its latest values. A median, so that a spike shorter
 * than half of the values does not move it. Fixed memory: where there are more keys, the one that was asked for longest
 * ago is forgotten. */
#ifndef WIRETAPE_BASELINE_H
#define WIRETAPE_BASELINE_H

#include "analyze/engine/facts.h"

#define BASELINE_VALUES 60 /* the latest that are kept per key */
#define BASELINE_ENOUGH 10 /* fewer say nothing */
#define BASELINE_KEYS 2048

/* Whose. What a scope does not have is zero. */
struct baseline_key {
	struct address address;
	uint16_t port;
	uint8_t protocol, scope; /* enum scope */
	bool rest;		 /* the row that sums other keys */
};

struct baseline;

/* NULL when out of memory. */
struct baseline *baseline_new(void);
/* NULL is allowed. */
void baseline_free(struct baseline *baseline);
/* The median of the values that were added for this key, to the microsecond; NO_TIME: there are not enough. */
int64_t baseline_median(struct baseline *baseline, const struct baseline_key *key);
/* Adds one, kept in microseconds, at most 71 minutes. */
void baseline_add(struct baseline *baseline, const struct baseline_key *key, int64_t value_ns);
uint64_t baseline_bytes(const struct baseline *baseline);

#endif
