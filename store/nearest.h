/* nearest.h: a name that there is not, and which of those that there are was meant. */
#ifndef WIRETAPE_NEAREST_H
#define WIRETAPE_NEAREST_H

#include <stddef.h>

struct nearest {
	const char *word; /* borrowed; of NAME=VALUE the name counts */
	size_t distance;
	char meant[64]; /* "; did you mean NAME?", or "" if nothing is near; behind "no such thing" */
};

/* Nothing has been offered for `word` yet. */
struct nearest nearest_to(const char *word);
/* Offers a name of `length` bytes. The first of the nearest is kept: few letters differ, or `word` is how it begins. */
void nearest_offer(struct nearest *nearest, const char *name, size_t length);

#endif
