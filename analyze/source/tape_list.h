/* tape_list.h: which files of a folder are segments of a tape, and in what order they were recorded. */
#ifndef WIRETAPE_TAPE_LIST_H
#define WIRETAPE_TAPE_LIST_H

#include "analyze/engine/status.h"
#include "analyze/source/tape.h"

#include <stddef.h>

struct tape_list {
	struct tape_segment *segments;
	size_t count, room;
	size_t strange; /* of a segment's name, but no files */
	char *strange_path; /* the first of these */
};

/* Fills the list by sequence, as tape_open; free it then. Otherwise it is empty. */
enum status tape_list_read(struct tape_list *list, const char *path, char *message);
void tape_list_free(struct tape_list *list);

#endif
