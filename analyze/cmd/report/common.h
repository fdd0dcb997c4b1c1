/* common.h: the findings of all captures of a report, by the number of captures that have them. */
#ifndef WIRETAPE_REPORT_COMMON_H
#define WIRETAPE_REPORT_COMMON_H

#include "analyze/cmd/report/batch.h"
#include "analyze/cmd/report/document.h"
#include "analyze/cmd/report/ranking.h"

struct common;

/* Reads what the workers of the batch left, of the captures that the ranking has a section for. NULL when out of memory. Both are
 * borrowed. */
struct common *common_new(const struct batch *batch, const struct ranking *ranking);
/* NULL is allowed. */
void common_free(struct common *common);
/* The warning or critical finding that most captures have, as the end of a sentence on all of them; free it. NULL: no two captures have
 * one. */
char *common_sentence(const struct common *common);
/* Writes the table; nothing if there is nothing to count. */
void common_write(const struct common *common, struct document *document);

#endif
