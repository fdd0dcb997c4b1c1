/* connections.h: TCP connections of a capture, by which another capture of them is told: addresses, ports and the client's first sequence
 * number (RFC 9293: chosen so that it does not come again soon). */
#ifndef WIRETAPE_REPORT_CONNECTIONS_H
#define WIRETAPE_REPORT_CONNECTIONS_H

#include "analyze/cmd/moment.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONNECTIONS_MAX 1000

/* Hashes, in their order. Of more than there is room for the lowest stay, so that two captures have the same ones. */
struct connections {
	uint64_t hash[CONNECTIONS_MAX];
	size_t count;
	bool more; /* there were */
};

/* Reads the SYNs of a file until it ends or is damaged: what is wrong with it has been said when it was analysed. */
void connections_read(struct connections *connections, const char *path, const struct period *period);

#endif
