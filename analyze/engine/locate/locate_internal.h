/* locate_internal.h: what locate.c and locate_settle.c share. */
#ifndef WIRETAPE_LOCATE_INTERNAL_H
#define WIRETAPE_LOCATE_INTERNAL_H

#include "analyze/engine/duplicates.h"
#include "analyze/engine/locate/locate.h"
#include "analyze/engine/locate/locate_identity.h"
#include "analyze/engine/locate/locate_survey.h"

struct locate {
	struct locate_options options;
	struct locate_sink sink;
	void *user;
	struct identity_rule rule;
	uint32_t payload_kept; /* of UDP and ICMP: the shortest that a snap length has left */
	struct locate_flows *flows;
	struct locate_survey *survey;
	struct locate_table *table;
	struct duplicates *duplicates[2];
	struct located pending; /* parts of one frame come one after the other, and go out as one */
	bool has_pending;
	bool finished;
	struct locate_summary summary;
};

/* By A's clock: the first and the last time at which this tap captured. */
void locate_span(const struct locate *locate, enum tap tap, int64_t *first_ns, int64_t *last_ns);

static inline enum tap sending_tap(enum course course)
{
	return course == COURSE_BA ? TAP_B : TAP_A;
}

#endif
