/* length.h: how long a capture is, about, before it is analysed. */
#ifndef WIRETAPE_REPORT_LENGTH_H
#define WIRETAPE_REPORT_LENGTH_H

#include "analyze/cmd/moment.h"
#include "analyze/source/source_list.h"

#include <stdint.h>

/* The interval that gives a chart of the capture about `points` points, or half as many; a second where its length can't be
 * known. The beginning of a file tells of the rest, so that a large one is not read twice. */
int64_t length_interval(const struct source_item *item, const struct period *period, unsigned points);

#endif
