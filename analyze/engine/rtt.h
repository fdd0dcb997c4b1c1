/* rtt.h: round-trip samples of one direction: smoothed (RFC 6298), extremes exact, percentiles exact for the first
 * few samples and by histogram after that. */
#ifndef WIRETAPE_RTT_H
#define WIRETAPE_RTT_H

#include "analyze/engine/arena.h"
#include "analyze/engine/facts.h"
#include "analyze/engine/histogram.h"

#define RTT_FEW 6

struct rtt {
	int64_t srtt_ns, rttvar_ns; /* RFC 6298 2.2, 2.3 */
	int64_t min_ns, max_ns, sum_ns;
	uint64_t samples;
	union {
		uint32_t few_us[RTT_FEW]; /* while samples <= RTT_FEW */
		struct histogram *many;
	};
};

/* Takes one sample; negative ones count as 0. False if the histogram couldn't be had: the percentiles are then of the
 * extremes only. */
bool rtt_add(struct rtt *rtt, struct arena *arena, int64_t sample_ns);
int64_t rtt_percentile(const struct rtt *rtt, unsigned percent);
/* The time-out that a sender with these samples would use: at least 200 ms, as Linux does, not RFC 6298's 1 s. */
int64_t rtt_timeout(const struct rtt *rtt);
void rtt_free(struct rtt *rtt, struct arena *arena);

#endif
