/* ranking.h: what became of all subjects of a report, the worst first. */
#ifndef WIRETAPE_REPORT_RANKING_H
#define WIRETAPE_REPORT_RANKING_H

#include "analyze/cmd/report/batch.h"
#include "analyze/cmd/report/document.h"

#include <stdbool.h>
#include <stddef.h>

struct ranking;

/* Reads what the workers of the batch left. NULL when out of memory. The batch is borrowed. */
struct ranking *ranking_new(const struct batch *batch);
/* NULL is allowed. */
void ranking_free(struct ranking *ranking);
/* Subjects in it, without files in folders that are no captures. */
size_t ranking_count(const struct ranking *ranking);
/* Subjects that could not be looked at, or only in part. */
size_t ranking_troubled(const struct ranking *ranking);
/* The number of the subject at a place, from 0; `*has_section`: it has one. */
size_t ranking_at(const struct ranking *ranking, size_t place, bool *has_section);
/* Why the subject at this place has no section, or only half of one; NULL: it has. */
const char *ranking_problem(const struct ranking *ranking, size_t place);
/* The verdict in short on the subject at this place, and its severity; NULL, both: it was not judged. */
const char *ranking_verdict(const struct ranking *ranking, size_t place, const char **severity);
/* Writes the verdict on all; `common`: a sentence more, NULL none. */
void ranking_write_verdict(const struct ranking *ranking, const char *common, struct document *document);
/* Writes the table. */
void ranking_write(const struct ranking *ranking, struct document *document);

#endif
