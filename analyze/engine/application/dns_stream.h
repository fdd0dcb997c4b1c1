/* dns_stream.h: DNS over TCP (RFC 7766): messages with their length before them; a zone transfer is many for one
 * question. */
#ifndef WIRETAPE_DNS_STREAM_H
#define WIRETAPE_DNS_STREAM_H

#include "analyze/engine/application/stream_application.h"

/* NULL when out of memory. */
struct stream_application *dns_stream_new(const struct stream_context *context);
void dns_stream_take(struct stream_application *spoken, const struct stream_context *context, enum direction direction,
		     const struct piece *piece);
void dns_stream_swap_sides(struct stream_application *spoken);
void dns_stream_free(struct stream_application *spoken, const struct stream_context *context);

#endif
