/* host_history.h: what host and recorder counted in the last 60 intervals, for an incident that comes. */
#ifndef WIRETAPE_CAPTURE_HOST_HISTORY_H
#define WIRETAPE_CAPTURE_HOST_HISTORY_H

#include "store/host_counters.h"

#include <stddef.h>

#define HOST_HISTORY_INTERVALS 60

struct host_history {
	struct {
		int64_t t_ns;
		struct live_counters live;
	} interval[HOST_HISTORY_INTERVALS];
	size_t count; /* of all that were ever put in */
};

void host_history_put(struct host_history *history, int64_t t_ns, const struct live_counters *live);
/* A JSON array, the oldest first, which the caller frees. NULL when out of memory. */
char *host_history_json(const struct host_history *history);

#endif
