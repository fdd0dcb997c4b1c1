/* common_findings.h: the findings of all captures of a report: the worst first, then those that most captures have. */
#ifndef WIRETAPE_REPORT_COMMON_FINDINGS_H
#define WIRETAPE_REPORT_COMMON_FINDINGS_H

#include "analyze/cmd/report/batch.h"
#include "analyze/cmd/report/document.h"
#include "analyze/cmd/report/ranking.h"

struct common_findings;

/* Reads what the workers of the batch left, of the captures that the ranking has a section for. NULL when out of memory. Both are
 * borrowed. */
struct common_findings *common_findings_new(const struct batch *batch, const struct ranking *ranking);
/* NULL is allowed. */
void common_findings_free(struct common_findings *common);
/* The warning or critical finding that most captures have, as a sentence behind `worst`, the verdict on the worst of them (NULL: none);
 * free it. NULL: no two captures have one. */
char *common_findings_sentence(const struct common_findings *common, const char *worst);
/* Writes the table; nothing if there is nothing to count. */
void common_findings_write(const struct common_findings *common, struct document *document);

#endif
