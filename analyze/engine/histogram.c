#include "analyze/engine/histogram.h"

#define SMALLEST_OCTAVE 10 /* values below 2^10 ns share the first bucket */
#define PER_OCTAVE_BITS 4
#define PER_OCTAVE (1 << PER_OCTAVE_BITS)

static unsigned bucket_of(int64_t value_ns)
{
	uint64_t value = value_ns < (1 << SMALLEST_OCTAVE) ? 1 << SMALLEST_OCTAVE : (uint64_t)value_ns;
	unsigned octave = 63u - (unsigned)__builtin_clzll(value);
	unsigned part = (unsigned)(value >> (octave - PER_OCTAVE_BITS)) & (PER_OCTAVE - 1);
	unsigned bucket = (octave - SMALLEST_OCTAVE) * PER_OCTAVE + part;
	return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

static int64_t middle_of(unsigned bucket)
{
	unsigned octave = bucket / PER_OCTAVE + SMALLEST_OCTAVE;
	int64_t step = (int64_t)1 << (octave - PER_OCTAVE_BITS);
	return (PER_OCTAVE + (int64_t)(bucket % PER_OCTAVE)) * step + step / 2;
}

static void halve(struct histogram *histogram)
{
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		histogram->count[i] = (uint16_t)((histogram->count[i] + 1) / 2);
}

void histogram_add(struct histogram *histogram, int64_t value_ns)
{
	uint16_t *count = &histogram->count[bucket_of(value_ns)];
	if (*count == UINT16_MAX)
		halve(histogram);
	++*count;
}

void histogram_merge(struct histogram *into, const struct histogram *from, int64_t min_ns, int64_t max_ns)
{
	unsigned first = bucket_of(min_ns), last = bucket_of(max_ns);
	uint32_t largest = 0;
	for (unsigned i = first; i <= last; i++) {
		uint32_t sum = (uint32_t)into->count[i] + from->count[i];
		largest = sum > largest ? sum : largest;
	}
	unsigned shift = largest > UINT16_MAX;
	if (shift)
		halve(into);
	for (unsigned i = first; i <= last; i++) {
		uint32_t sum = into->count[i] + ((from->count[i] + shift) >> shift);
		into->count[i] = sum > UINT16_MAX ? UINT16_MAX : (uint16_t)sum;
	}
}

int64_t histogram_percentile(const struct histogram *histogram, unsigned percent, int64_t min_ns, int64_t max_ns)
{
	unsigned first = bucket_of(min_ns), last = bucket_of(max_ns);
	uint64_t total = 0, sum = 0;
	for (unsigned i = first; i <= last; i++)
		total += histogram->count[i];
	uint64_t rank = (total * percent + 99) / 100;
	unsigned bucket = first;
	while (bucket <= last && (sum += histogram->count[bucket]) < rank)
		bucket++;
	int64_t value = bucket <= last ? middle_of(bucket) : max_ns;
	if (value < min_ns)
		return min_ns;
	return value > max_ns ? max_ns : value;
}
