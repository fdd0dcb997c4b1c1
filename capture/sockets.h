/* sockets.h: the host's TCP sockets and whose they are, as the kernel tells it now (sock_diag(7), /proc). */
#ifndef WIRETAPE_CAPTURE_SOCKETS_H
#define WIRETAPE_CAPTURE_SOCKETS_H

#include <stdint.h>

/* A JSON object, which the caller frees: `count` of all sockets but those in TIME-WAIT, and `worst`, at most 200 of them: those that
 * sent most again, then those with the longest queues. What couldn't be found out, for want of permission say, stands in `error` and
 * `processes_error`. NULL when out of memory. */
char *sockets_json(void);

#endif
