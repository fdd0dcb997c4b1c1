/* stream_application.h: what is spoken over one TCP flow: what DNS, TLS and HTTP over TCP have in common. Private to
 * these and to application.c. */
#ifndef WIRETAPE_STREAM_APPLICATION_H
#define WIRETAPE_STREAM_APPLICATION_H

#include "analyze/engine/application/byte_stream.h"
#include "analyze/engine/application/dns.h"
#include "analyze/engine/application/names.h"
#include "analyze/engine/outlet.h"

enum stream_kind { STREAM_DNS, STREAM_TLS, STREAM_HTTP };

/* The first member of what each of them remembers of a flow. */
struct stream_application {
	uint8_t kind; /* enum stream_kind */
	bool over;    /* nothing more can be learned */
	bool greedy;  /* counted in the table of flows whose payload is wanted */
	struct byte_stream stream[2]; /* by enum direction */
};

/* Where it is happening. */
struct stream_context {
	const struct outlet *outlet;
	struct names *names;
	struct dns *dns;
	struct stream_memory *memory;
	struct flow *flow;
};

/* The address of the side that sends in this direction, and of the other one. */
static inline struct address stream_source(const struct flow *flow, enum direction direction)
{
	return (direction == C2S) == flow->client_is_low ? flow->key.low : flow->key.high;
}

static inline struct address stream_destination(const struct flow *flow, enum direction direction)
{
	return (direction == C2S) == flow->client_is_low ? flow->key.high : flow->key.low;
}

#endif
