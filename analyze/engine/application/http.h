/* http.h: requests and answers of HTTP/1 in the clear (RFC 9112), and when they came. Bodies are counted by sequence
 * numbers, not read.
 *
 * A request or an answer ends when it has come whole at its receiver: a packet that brings some of it again moves that
 * time, as long as the receiver has not acknowledged it. Where an answer's length is not known (no Content-Length,
 * chunks that were not captured) it ends before the next request, or with the connection. */
#ifndef WIRETAPE_HTTP_H
#define WIRETAPE_HTTP_H

#include "analyze/engine/application/stream_application.h"

/* The stream of which `asker` sends the requests, of which http_is_request has found one. NULL when out of memory. */
struct stream_application *http_new(const struct stream_context *context, enum direction asker);
void http_take(struct stream_application *spoken, const struct stream_context *context, enum direction direction,
	       const struct piece *piece);
/* A segment of any kind, before its bytes, and after them. */
void http_before(struct stream_application *spoken, const struct stream_context *context, enum direction direction,
		 const struct packet *packet);
void http_after(struct stream_application *spoken, const struct stream_context *context);
/* Is there anything to learn from payload that does not begin a message? */
bool http_wants(const struct stream_application *spoken);
void http_swap_sides(struct stream_application *spoken);
/* The flow is over: delivers what is known. */
void http_end(struct stream_application *spoken, const struct stream_context *context);

#endif
