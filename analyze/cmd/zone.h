/* zone.h: the time zone in which somebody wants to read times: a name of tzdata such as "Europe/Berlin", "local" for what TZ or the
 * system says, NULL for UTC. The C library knows one zone per process, in TZ: a name other than the last one's changes it there. */
#ifndef WIRETAPE_ZONE_H
#define WIRETAPE_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZONE_LABEL_MAX 96

/* Takes the option --tz; false after a complaint: there is no such zone. Programs with threads do so before they start them. */
bool parse_zone(const char *option, const char *text, const char **zone);
/* Seconds that its clocks are ahead of UTC at that time. */
int64_t zone_offset_s(const char *zone, int64_t utc_ns);

struct zone_change {
	int64_t at_s;	  /* since the epoch: from then on ... */
	int64_t offset_s; /* ... so much ahead of UTC */
};
/* When its clocks are set forward or back within [from_ns, to_ns]: the first `most` of these times, in order. Gives their number. */
size_t zone_changes(const char *zone, int64_t from_ns, int64_t to_ns, struct zone_change *changes, size_t most);
/* The time at which its clocks show what UTC's show at `clock_ns`. Of two such times either, where clocks are set back. */
int64_t zone_to_utc(const char *zone, int64_t clock_ns);
/* "Europe/Berlin (UTC+01:00)", "UTC": how a person reads it at that time. */
void zone_label(const char *zone, int64_t utc_ns, char text[ZONE_LABEL_MAX]);

#endif
