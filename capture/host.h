/* host.h: what the recording host has counted since the last look: /proc/net/{dev,snmp,netstat,softnet_stat,sockstat}. */
#ifndef WIRETAPE_CAPTURE_HOST_H
#define WIRETAPE_CAPTURE_HOST_H

#include "store/host_counters.h"

struct host;

/* `proc` is "/proc", but in tests; `interface` is the one that is recorded, "any" for all together. NULL when out of
 * memory. Opens nothing: that is done with each look, so that a file that comes later is found. */
struct host *host_new(const char *proc, const char *interface);
/* NULL is allowed. */
void host_free(struct host *host);
/* Fills all of `counters` with the differences to the look before. -1: /proc does not say, or there was no look before.
 * A counter that went back (it wrapped, the interface was made anew) gives 0. */
void host_read(struct host *host, struct host_counters *counters);

#endif
