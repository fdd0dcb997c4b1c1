/* readahead.h: a source read by a thread of its own, some blocks ahead of who takes the frames. */
#ifndef WIRETAPE_READAHEAD_H
#define WIRETAPE_READAHEAD_H

#include "analyze/source/source.h"

struct readahead;

/* Starts reading. The source is the readahead's until readahead_free. NULL when out of memory or threads. Not for pipes:
 * readahead_free waits for the read that is under way. */
struct readahead *readahead_new(struct source *source);
/* As source_next. */
enum status readahead_next(struct readahead *readahead, struct frame *frame);
/* As source_file_offset, about where the last frame was. */
uint64_t readahead_file_offset(const struct readahead *readahead);
/* Stops reading. NULL is allowed. */
void readahead_free(struct readahead *readahead);

#endif
