/* value.h: a number of the database as people want to read it: with its unit, its thousands apart, a time of day. */
#ifndef WIRETAPE_REPORT_VALUE_H
#define WIRETAPE_REPORT_VALUE_H

#include "analyze/cmd/report/document.h"

#include <stdbool.h>

#define VALUE_MAX 64

enum value_kind {
	VALUE_WORDS,
	VALUE_NUMBER, /* as it is */
	VALUE_CODE,
	VALUE_SPARKLINE,
	VALUE_SEVERITY, /* the last that is shown as it is */
	VALUE_COUNT, /* 1,000,000 */
	VALUE_PERCENT, /* 0.70, without the sign; 0 is nothing at all */
	VALUE_BYTES, /* 1.5 MB */
	VALUE_RATE,  /* Mbit/s: 1.5 Gbit/s */
	VALUE_MS,    /* milliseconds: 0.35 ms, 12 s, 3 min 5 s */
	VALUE_TIME,  /* nanoseconds since the epoch: 2026-11-21 10:32:00.000 */
	VALUE_CLOCK, /* the same without the date, to the microsecond */
};

/* "words", "count", ...; false: there is no such kind. */
bool value_kind_of(const char *name, enum value_kind *kind);
/* How a document shows it. */
enum document_kind value_document_kind(enum value_kind kind);
/* `field` for people, or for scripts (`exact`: times as 2026-11-21T10:32:00.000000000Z, all else as it is). `time_zone`: zone.h, NULL
 * for UTC. The answer is `field` itself or stands in `buffer`. NULL for NULL. */
const char *value_text(enum value_kind kind, const char *field, bool exact, const char *time_zone, char buffer[VALUE_MAX]);

#endif
