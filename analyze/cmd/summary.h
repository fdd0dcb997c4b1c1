/* summary.h: what `wiretape analyze` says when it is done. What it says stands in summary.sql. */
#ifndef WIRETAPE_SUMMARY_H
#define WIRETAPE_SUMMARY_H

#include "analyze/engine/status.h"
#include "store/reader.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* For people, at most 80 columns: captures from id `first` on, and how to go on with `path`. Statuses as reader_run. */
enum status summary_text(struct reader *reader, const char *path, int64_t first, FILE *out);
/* For scripts: one JSON object with an array for each part. */
enum status summary_json(struct reader *reader, const char *path, int64_t first, FILE *out);

#endif
