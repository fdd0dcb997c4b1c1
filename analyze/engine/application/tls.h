/* tls.h: the handshake of TLS as it can be told from outside (RFC 8446, RFC 5246): hellos, alerts in the clear, when it
 * was done.
 *
 * When the client has sent its Finished: up to TLS 1.2 the first handshake record behind its ChangeCipherSpec; in TLS
 * 1.3 its first encrypted record behind the ServerHello that is long enough to hold one. With early data (0-RTT) such a
 * record may be data, and then it is earlier than the Finished. */
#ifndef WIRETAPE_TLS_H
#define WIRETAPE_TLS_H

#include "analyze/engine/application/stream_application.h"

/* Can a stream of TLS begin so? A record with a ClientHello or ServerHello. */
bool tls_begins(const uint8_t *bytes, uint32_t count);
/* The stream that such a segment is of. NULL when out of memory. */
struct stream_application *tls_new(const struct stream_context *context);
void tls_take(struct stream_application *spoken, const struct stream_context *context, enum direction direction,
	      const struct piece *piece);
/* A segment of any kind, after its bytes: has the connection ended before the handshake? */
void tls_segment(struct stream_application *spoken, const struct stream_context *context, const struct packet *packet);
/* Is there anything to learn from payload? */
bool tls_wants(const struct stream_application *spoken);
void tls_swap_sides(struct stream_application *spoken);
/* The flow is over, or the handshake is: delivers what is known. */
void tls_end(struct stream_application *spoken, const struct stream_context *context);

#endif
