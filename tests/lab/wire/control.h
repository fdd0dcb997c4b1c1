/* control.h: impairments that change while the wire runs. Lines from a named pipe: `forward K=V,...` or `backward K=V,...`, which
 * change these options and leave the others. */
#ifndef LAB_CONTROL_H
#define LAB_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

#include "impairment.h"

struct control {
	int fd; /* -1: there is none */
	char line[512];
	size_t used;
};

/* false: errno says why. */
bool control_open(struct control *control, const char *path);
void control_close(struct control *control);
/* Obeys what has come. A line that is wrong is reported on standard error and changes nothing. */
void control_read(struct control *control, struct impairment impairments[2]);

#endif
