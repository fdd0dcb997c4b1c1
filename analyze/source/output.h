/* output.h: frames into a pcap of nanoseconds. */
#ifndef WIRETAPE_OUTPUT_H
#define WIRETAPE_OUTPUT_H

#include "analyze/engine/engine.h"
#include "analyze/engine/status.h"

#include <stdio.h>

struct output;

/* Writes to `file`, which stays the caller's to close; the header comes with the link type. NULL when out of memory. */
struct output *output_new(FILE *file);
/* NULL is allowed. */
void output_free(struct output *output);

/* Sets the link type and writes the header, unless that is done. STATUS_UNSUPPORTED: it has another one, and a pcap has
 * only one. STATUS_IO: errno says why. */
enum status output_begin(struct output *output, uint16_t link_type);
/* output_begin with the frame's link type, then the frame. */
enum status output_frame(struct output *output, const struct frame *frame);
/* Everything is out. STATUS_IO. */
enum status output_flush(struct output *output);
/* LINKTYPE_ and its name. */
uint16_t output_link_type(const struct output *output);

#endif
