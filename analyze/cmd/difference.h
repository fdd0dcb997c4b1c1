/* difference.h: two databases compared, measure by measure, service by service, peer by peer. */
#ifndef WIRETAPE_DIFFERENCE_H
#define WIRETAPE_DIFFERENCE_H

#include "store/significance.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

enum change { CHANGE_NONE, CHANGE_BETTER, CHANGE_WORSE };

/* A measure of one scope and key. Texts belong to the comparison. */
struct difference {
	const char *measure, *unit, *scope, *key;
	double before, after; /* proportions in %, otherwise medians */
	size_t before_intervals, after_intervals;
	double p;
	enum change change;
	double severity; /* how many times as much, logarithm: those that changed are sorted by it */
};

/* A key that stands in one of the two alone. */
struct lonely {
	const char *scope, *key;
	double packets;
	bool after;
};

struct differences {
	struct difference *rows; /* worse, better, the others; each the most changed first */
	size_t count, worse, better;
	struct lonely *lonely;
	size_t lonely_count;
	char *texts[2], *measures; /* what the rows point into */
};

/* False after a complaint, or interrupted. `differences` is to be freed in any case. */
bool differences_find(struct differences *differences, const char *before, const char *after);
void differences_free(struct differences *differences);

#endif
