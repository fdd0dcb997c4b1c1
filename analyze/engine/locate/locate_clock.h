/* locate_clock.h: how the clocks of two taps differ, from packets that both have seen. Nothing arrives before it was sent: what goes
 * from A to B bounds the difference from above, what goes back bounds it from below; in their middle it is taken to lie (RFC 5905 8,
 * with the shortest transit of each direction). Packets that the others prove wrong, a tenth of each direction at the most, are left
 * out: what was forged, or looks alike, and came before it was sent. */
#ifndef WIRETAPE_LOCATE_CLOCK_H
#define WIRETAPE_LOCATE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which way a packet goes: past tap A and then tap B, or back. */
enum course { COURSE_AB, COURSE_BA, COURSE_UNKNOWN };

struct clock_sample {
	int64_t t_ns;		/* at tap A */
	int64_t difference_ns;	/* time at tap B less time at tap A */
	uint32_t path;		/* the caller's number for source and destination */
	uint8_t ttl_drop;	/* 1: fewer hops were left at B; 2: fewer at A; 0 the same */
	uint8_t course;		/* enum course */
	uint32_t path_b;	/* as path, where the addresses are others at B */
};

struct clock_fit {
	bool both_ways;		/* false: the offset holds the shortest transit too, and transits are counted from that one */
	int64_t reference_ns;	/* of A's clock, where the offset is offset_ns */
	int64_t offset_ns;	/* B's clock less A's */
	int64_t uncertainty_ns; /* of the offset: half of the shortest round trip between the taps. Valid if both_ways */
	double drift;		/* by how much B's clock runs faster: 1e-6 is a microsecond in a second; 0: none could be shown */
	double drift_uncertainty; /* of the drift, at 95 %. Valid if drift is not 0 */
	uint64_t outliers;	/* samples that came before they were sent, by what the others say; the offset goes without them */
};

/* B's clock less A's when B's clock says `b_ns`. */
int64_t clock_offset_at(const struct clock_fit *fit, int64_t b_ns);
/* The differences' median, as a first guess. `count` > 0. STATUS of memory: false. */
bool clock_median(const struct clock_sample *samples, size_t count, int64_t *median_ns);
/* A first guess of the drift, of the path with the most samples, which must be sorted by time. */
double clock_guess_drift(const struct clock_sample *samples, size_t count, uint32_t path);
/* The fit, of samples sorted by time whose courses are known. False: out of memory. */
bool clock_make_fit(const struct clock_sample *samples, size_t count, struct clock_fit *fit);

#endif
