#include "analyze/engine/application/numbered.h"

static bool is_seen(const struct numbered *numbered, uint64_t number)
{
	return numbered->seen[number / 64 % (NUMBERED_WINDOW / 64)] >> (number % 64) & 1;
}

static void mark(struct numbered *numbered, uint64_t number, bool seen)
{
	uint64_t *word = &numbered->seen[number / 64 % (NUMBERED_WINDOW / 64)], bit = UINT64_C(1) << (number % 64);
	*word = seen ? *word | bit : *word & ~bit;
}

void numbered_begin(struct numbered *numbered, uint64_t number)
{
	*numbered = (struct numbered){ .max = number, .first = number };
	mark(numbered, number, true);
}

static void lose(struct numbered *numbered, uint64_t number, uint64_t count)
{
	numbered->lost += count;
	numbered->lost_run += count;
	if (numbered->lost_run > numbered->lost_run_max)
		numbered->lost_run_max = numbered->lost_run;
	if (numbered->has_gap && number <= numbered->gap && numbered->gap - number < count)
		numbered->gap_lost = true;
}

/* The number leaves the window: nobody waits for it any more. */
static void leave(struct numbered *numbered, uint64_t number)
{
	if (number < numbered->first)
		return;
	if (is_seen(numbered, number))
		numbered->lost_run = 0;
	else
		lose(numbered, number, 1);
}

/* The numbers up to `max` are now in the window or have left it. */
static void advance(struct numbered *numbered, uint64_t max)
{
	uint64_t from = numbered->max + 1;
	uint64_t steps = max - numbered->max < NUMBERED_WINDOW ? max - numbered->max : NUMBERED_WINDOW;
	for (uint64_t i = 0; i < steps; i++) { /* the place of the one that leaves is that of the one that comes */
		uint64_t number = from + i;
		if (number >= NUMBERED_WINDOW)
			leave(numbered, number - NUMBERED_WINDOW);
		mark(numbered, number, false);
	}
	if (max - numbered->max > NUMBERED_WINDOW)
		lose(numbered, from, max - numbered->max - NUMBERED_WINDOW);
	numbered->max = max;
}

static bool has(const struct numbered *numbered, uint64_t number)
{
	return number <= numbered->max && numbered->max - number < NUMBERED_WINDOW && is_seen(numbered, number);
}

enum numbered_result numbered_add(struct numbered *numbered, uint64_t number, int64_t t_ns, uint64_t frame)
{
	if (has(numbered, number)) {
		numbered->duplicates++;
		return NUMBERED_TWICE;
	}
	if (number > numbered->max) {
		if (number > numbered->max + 1 && !numbered->has_gap) {
			numbered->has_gap = true;
			numbered->gap = numbered->max + 1;
			numbered->gap_ns = t_ns;
			numbered->gap_frame = frame;
		}
		advance(numbered, number);
		mark(numbered, number, true);
		return NUMBERED_NEXT;
	}
	numbered->reordered++;
	if (numbered->max - number >= NUMBERED_WINDOW) /* given up already */
		return NUMBERED_LATE;
	mark(numbered, number, true);
	while (numbered->has_gap && !numbered->gap_lost && is_seen(numbered, numbered->gap))
		numbered->has_gap = ++numbered->gap < numbered->max;
	return NUMBERED_LATE;
}

void numbered_end(struct numbered *numbered)
{
	uint64_t max = numbered->max;
	for (uint64_t back = NUMBERED_WINDOW; back-- > 0;)
		if (max >= back)
			leave(numbered, max - back);
	if (numbered->lost == 0)
		numbered->has_gap = false;
}
