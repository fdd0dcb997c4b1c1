/* spool.h: standard input kept in a file without a name, for what must be read twice. */
#ifndef WIRETAPE_SPOOL_H
#define WIRETAPE_SPOOL_H

#include <stdbool.h>

struct spool {
	int file; /* its descriptor; valid if path */
	char path[64]; /* "": none */
};

/* Reads standard input to its end. False after a complaint, or interrupted. */
bool spool_standard_input(struct spool *spool);
void spool_free(struct spool *spool);

#endif
