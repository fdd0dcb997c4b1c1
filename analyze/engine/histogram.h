/* histogram.h: durations in logarithmic buckets, 16 per octave from 1 us to 18 minutes: percentiles within 3%. */
#ifndef WIRETAPE_HISTOGRAM_H
#define WIRETAPE_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BUCKETS 480

struct histogram {
	uint16_t count[HISTOGRAM_BUCKETS]; /* halved together when one is full: the shape stays */
};

void histogram_add(struct histogram *histogram, int64_t value_ns);
/* The extremes of `from` say where to look. */
void histogram_merge(struct histogram *into, const struct histogram *from, int64_t min_ns, int64_t max_ns);
/* The value below which `percent` of the samples lie, between min_ns and max_ns, which the caller kept exactly. */
int64_t histogram_percentile(const struct histogram *histogram, unsigned percent, int64_t min_ns, int64_t max_ns);

#endif
