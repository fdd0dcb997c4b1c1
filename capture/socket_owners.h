/* socket_owners.h: which process has a socket open, as /proc/PID/fd says. */
#ifndef WIRETAPE_CAPTURE_SOCKET_OWNERS_H
#define WIRETAPE_CAPTURE_SOCKET_OWNERS_H

#include <stddef.h>
#include <sys/types.h>

struct socket_owner {
	unsigned inode;	  /* of the socket; 0: it has none (any more) */
	pid_t pid;	  /* 0: not found */
	char process[32]; /* its name in /proc/PID/comm */
};

/* Fills in pid and process of those that it finds, the process with the smallest number first. NULL, or why some could not be found
 * (static storage). */
const char *socket_owners_find(struct socket_owner *owners, size_t count);

#endif
