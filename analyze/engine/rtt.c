#include "analyze/engine/rtt.h"

#include "analyze/engine/sum.h"

#define MIN_TIMEOUT_NS 200000000
#define INITIAL_TIMEOUT_NS 1000000000
#define US 1000

static bool to_histogram(struct rtt *rtt, struct arena *arena)
{
	struct histogram *many = arena_take(arena, sizeof *many);
	if (many)
		for (unsigned i = 0; i < RTT_FEW; i++)
			histogram_add(many, (int64_t)rtt->few_us[i] * US);
	rtt->many = many;
	return many != NULL;
}

bool rtt_add(struct rtt *rtt, struct arena *arena, int64_t sample_ns)
{
	int64_t sample = sample_ns < 0 ? 0 : sample_ns;
	bool kept = true;
	if (rtt->samples == 0) {
		rtt->srtt_ns = sample;
		rtt->rttvar_ns = sample / 2;
		rtt->min_ns = rtt->max_ns = sample;
	} else {
		int64_t error = rtt->srtt_ns > sample ? rtt->srtt_ns - sample : sample - rtt->srtt_ns;
		rtt->rttvar_ns += (error - rtt->rttvar_ns) / 4;
		rtt->srtt_ns += (sample - rtt->srtt_ns) / 8;
		if (sample < rtt->min_ns)
			rtt->min_ns = sample;
		if (sample > rtt->max_ns)
			rtt->max_ns = sample;
	}
	if (rtt->samples < RTT_FEW) {
		int64_t us = sample / US;
		rtt->few_us[rtt->samples] = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
	} else {
		if (rtt->samples == RTT_FEW)
			kept = to_histogram(rtt, arena);
		if (rtt->many)
			histogram_add(rtt->many, sample);
	}
	rtt->samples++;
	sum_add(&rtt->sum_ns, sample);
	return kept;
}

static int64_t few_percentile(const struct rtt *rtt, unsigned percent)
{
	uint32_t sorted[RTT_FEW] = { 0 };
	unsigned n = (unsigned)rtt->samples;
	for (unsigned i = 0; i < n; i++) {
		unsigned at = i;
		for (; at > 0 && sorted[at - 1] > rtt->few_us[i]; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = rtt->few_us[i];
	}
	unsigned rank = (n * percent + 99) / 100;
	int64_t value = (int64_t)sorted[rank ? rank - 1 : 0] * US;
	if (value < rtt->min_ns) /* rounded down to us */
		return rtt->min_ns;
	return value > rtt->max_ns ? rtt->max_ns : value;
}

int64_t rtt_percentile(const struct rtt *rtt, unsigned percent)
{
	if (rtt->samples == 0)
		return 0;
	if (rtt->samples <= RTT_FEW)
		return few_percentile(rtt, percent);
	if (!rtt->many)
		return percent > 50 ? rtt->max_ns : rtt->min_ns;
	return histogram_percentile(rtt->many, percent, rtt->min_ns, rtt->max_ns);
}

int64_t rtt_timeout(const struct rtt *rtt)
{
	if (rtt->samples == 0)
		return INITIAL_TIMEOUT_NS;
	int64_t variance = 4 * rtt->rttvar_ns;
	return rtt->srtt_ns + (variance < MIN_TIMEOUT_NS ? MIN_TIMEOUT_NS : variance);
}

void rtt_free(struct rtt *rtt, struct arena *arena)
{
	if (rtt->samples > RTT_FEW)
		arena_give(arena, rtt->many, sizeof *rtt->many);
	rtt->samples = 0;
}
