/* memory_stream.h: open_memstream with an end: a database may be made so that its answers have none. */
#ifndef WIRETAPE_MEMORY_STREAM_H
#define WIRETAPE_MEMORY_STREAM_H

#include <stddef.h>
#include <stdio.h>

#define MEMORY_STREAM_MAX ((size_t)256 << 20) /* a chart's data, the largest of all, have some megabytes */

/* As open_memstream, but what goes beyond `most` bytes is a write error (EFBIG). After fclose the caller frees `*text`, which has a 0
 * behind its `*bytes` bytes; NULL: out of memory. */
FILE *memory_stream(char **text, size_t *bytes, size_t most);

#endif
