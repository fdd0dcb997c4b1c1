#include "capture/clock.h"

#include <time.h>

static int64_t read_clock(clockid_t id)
{
	struct timespec now = { 0 };
	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t system_wall(void *user)
{
	(void)user;
	return read_clock(CLOCK_REALTIME);
}

static int64_t system_boot(void *user)
{
	(void)user;
	return read_clock(CLOCK_BOOTTIME);
}

const struct clock *clock_system(void)
{
	static const struct clock clock = { .wall_ns = system_wall, .boot_ns = system_boot };
	return &clock;
}

int64_t clock_monotonic_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}
