/* moment.h: points in time on the command line, for --from and --to. */
#ifndef WIRETAPE_MOMENT_H
#define WIRETAPE_MOMENT_H

#include "analyze/engine/facts.h"

#include <stdbool.h>
#include <stdint.h>

enum moment_kind {
	MOMENT_NONE,
	MOMENT_AT,	   /* ns since the epoch */
	MOMENT_OF_DAY,	   /* ns since midnight of the day of the capture's last packet */
	MOMENT_BEFORE_END, /* ns before the capture's last packet */
};

struct moment {
	enum moment_kind kind;
	int64_t ns;
	bool local; /* a date or a time of day without Z: of the reader's zone, where a command has such a thing, otherwise of UTC */
};

struct period {
	struct moment from, to;
	const char *zone; /* of the reader, for period_resolve: zone.h */
	const char *from_text, *to_text; /* as given; NULL: not given */
};

/* "2026-11-21T10:32:00Z" (UTC; fractions; a space for the T; without Z), "10:32:15", "1795257120.5" (seconds since the
 * epoch), "-10m". False after a complaint that names the option and `text`, which the period borrows. */
bool parse_from(const char *text, struct period *period);
bool parse_to(const char *text, struct period *period);
/* True if no capture can have anything in it. */
bool period_is_empty(const struct period *period);
/* True if the period can't be known without the time of the capture's last packet. */
bool period_needs_end(const struct period *period);
/* The period in ns, NO_TIME where it is open. `end_ns` is the last packet's time, NO_TIME if there is none or none is
 * needed. A time of the last day is one of the day before where --from would be after the end. False: it is empty,
 * --from being after --to. */
bool period_resolve(const struct period *period, int64_t end_ns, int64_t *from_ns, int64_t *to_ns);
/* The same for a reader in `zone` (zone.h). */
bool period_resolve_in(const struct period *period, const char *zone, int64_t end_ns, int64_t *from_ns, int64_t *to_ns);

#endif
