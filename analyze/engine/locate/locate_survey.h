/* locate_survey.h: packets of two captures, matched without knowing their clocks: those with the smallest hashes, the same at both taps,
 * so that they are found in any length of capture with a fixed memory. Private to locate. */
#ifndef WIRETAPE_LOCATE_SURVEY_H
#define WIRETAPE_LOCATE_SURVEY_H

#include "analyze/engine/locate/locate_clock.h"
#include "analyze/engine/locate/locate_table.h"

struct locate_survey;

struct survey_item {
	uint64_t identity;
	int64_t t_ns;
	uint32_t path;
	uint8_t ttl;
};

/* NULL when out of memory. */
struct locate_survey *locate_survey_new(void);
/* NULL is allowed. */
void locate_survey_free(struct locate_survey *survey);
/* False: out of memory. */
bool locate_survey_add(struct locate_survey *survey, enum tap tap, const struct survey_item *item);
/* Those that stand once in each capture, sorted by A's time; the caller frees them. NULL and *count 0: none. False: out of memory. */
bool locate_survey_join(struct locate_survey *survey, struct clock_sample **samples, size_t *count);

#endif
