/* summary.h: what `wiretape analyze` says when it is done. What it says stands in summary.sql. */
#ifndef WIRETAPE_SUMMARY_H
#define WIRETAPE_SUMMARY_H

#include "analyze/engine/status.h"
#include "store/findings.h"
#include "store/reader.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* For people, at most 80 columns: captures from id `first` on, how to go on with `path`, and in the end what was
 * found. NULL: findings were not wanted. Statuses as reader_run. */
enum status summary_text(struct reader *reader, const char *path, int64_t first, const struct findings *findings, FILE *out);
/* For scripts: one JSON object with an array for each part. */
enum status summary_json(struct reader *reader, const char *path, int64_t first, const struct findings *findings, FILE *out);

#endif
