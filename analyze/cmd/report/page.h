/* page.h: a report put together from what the workers left: one capture, or the ranking of many and their sections in its order. */
#ifndef WIRETAPE_REPORT_PAGE_H
#define WIRETAPE_REPORT_PAGE_H

#include "analyze/cmd/report/batch.h"
#include "analyze/cmd/report/ranking.h"

#include <stdio.h>

/* Writes it. `folder`: what all names have in common, and is not in them; NULL: nothing. STATUS_IO, STATUS_NO_MEMORY. */
enum status page_write(const struct batch *batch, const struct ranking *ranking, const char *folder, FILE *out);

#endif
