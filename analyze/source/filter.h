/* filter.h: which frames are wanted: an expression as tcpdump's (pcap-filter(7)), and one flow by its two ends. */
#ifndef WIRETAPE_FILTER_H
#define WIRETAPE_FILTER_H

#include "analyze/engine/engine.h"
#include "analyze/engine/status.h"

#include <stdbool.h>
#include <stddef.h>

#define FILTER_MESSAGE_MAX 512

struct filter;

/* Both may be NULL: no such wish. `flow` is "192.0.2.1:40000-198.51.100.2:80" or
 * "[2001:db8::1]:40000-[2001:db8::2]:80", ends in either order. STATUS_USAGE: this is no flow; STATUS_NO_MEMORY, with
 * words in `message` (FILTER_MESSAGE_MAX bytes). Strings are borrowed. */
enum status filter_new(struct filter **filter, const char *expression, const char *flow, char *message);
/* NULL is allowed. */
void filter_free(struct filter *filter);
/* Makes ready for frames of this link type. STATUS_USAGE: the expression is wrong, or is not for this link type; see
 * filter_message. */
enum status filter_link_type(struct filter *filter, uint16_t link_type);
/* STATUS_OK: the frame is wanted; STATUS_END: it is not; STATUS_USAGE: as filter_link_type. */
enum status filter_frame(struct filter *filter, const struct frame *frame);
const char *filter_message(const struct filter *filter);

#endif
