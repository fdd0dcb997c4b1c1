/* trace_build.h: the frame that a line of a trace stands for, with its checksums. */
#ifndef WIRETAPE_TRACE_BUILD_H
#define WIRETAPE_TRACE_BUILD_H

#include "tests/trace_line.h"

#define TRACE_FRAME_MAX (512 * 1024)

/* What holds for all lines. Ends that a line has itself come first. */
struct trace_framing {
	uint32_t isn[2];  /* by enum direction: sequence numbers in the lines count from here */
	uint16_t port[2]; /* by enum direction, of the sender; 0: 40000 and 80 */
	bool ipv6;
};

/* Writes the frame to `bytes`, which has room for TRACE_FRAME_MAX; its length on the wire is returned. Lines that don't fit are
 * trace_refuse'd. */
uint32_t trace_build(const struct trace_framing *framing, const struct trace_line *line, uint8_t *bytes);
/* LINK_ETHERNET or LINK_LINUX_SLL2. */
uint16_t trace_link_type(const struct trace_line *line);

#endif
