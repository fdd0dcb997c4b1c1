/* http_exchange.h: one request of HTTP and what has come of it so far. */
#ifndef WIRETAPE_HTTP_EXCHANGE_H
#define WIRETAPE_HTTP_EXCHANGE_H

#include "analyze/engine/application/stream_application.h"

struct exchange {
	struct exchange *next;
	int64_t t_ns, request_end_ns, first_byte_ns, last_byte_ns;
	uint64_t frame, answer_frame, request_bytes, answer_bytes;
	uint32_t request_end, answer_end; /* sequence numbers */
	uint32_t answer_from; /* what its client had of the other direction when it asked */
	uint16_t status;
	bool asked;    /* the request is complete */
	bool answered; /* the answer is complete */
	bool head, connect;
	bool proxied; /* its host is not the server's name */
	bool endless; /* the answer's length is not known */
	char method[16];
	char *host, *path; /* NULL: none */
};

/* A copy of the text; NULL if it is empty, or where memory is short, and that is counted. */
char *exchange_keep_text(const struct stream_context *context, const char *text);
/* Tells the sink. */
void exchange_deliver(const struct exchange *exchange, const struct stream_context *context, enum http_end end);
/* Gives it back with its texts. */
void exchange_free(struct exchange *exchange, const struct stream_context *context);

#endif
