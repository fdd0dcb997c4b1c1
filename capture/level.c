#include "capture/level.h"

#include <stddef.h>

#define CALM_NS INT64_C(10000000000)

static const int steps[] = { -7, -5, -3, -1, 1, 6 };

#define STEPS (sizeof(steps) / sizeof(steps[0]))

struct level level_start(int highest, int64_t boot_ns)
{
	return (struct level){ .now = highest, .highest = highest, .backlog_boot_ns = boot_ns };
}

static int below(int level)
{
	for (size_t i = STEPS; i-- > 0;)
		if (steps[i] < level)
			return steps[i];
	return level;
}

static int above(const struct level *level)
{
	for (size_t i = 0; i < STEPS; i++)
		if (steps[i] > level->now)
			return steps[i] < level->highest ? steps[i] : level->highest;
	return level->highest;
}

void level_excuse(struct level *level, uint32_t queued)
{
	if (queued > level->mark)
		level->mark = queued;
}

bool level_adapt(struct level *level, uint32_t queued, uint32_t in_all, int64_t boot_ns)
{
	int before = level->now;
	uint32_t half = in_all / 2;
	if (queued * 4 >= in_all)
		level->backlog_boot_ns = boot_ns;
	if (queued <= half) {
		level->mark = half;
		if (level->now < level->highest && boot_ns - level->backlog_boot_ns >= CALM_NS) {
			level->now = above(level);
			level->backlog_boot_ns = boot_ns;
		}
	} else if (queued > level->mark) {
		level->now = below(level->now);
		level->mark = queued;
	}
	return level->now != before;
}
