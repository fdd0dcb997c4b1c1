/* trace.h: TCP traces written by hand, in the spirit of packetdrill's scripts: each line becomes one real frame that
 * is fed to an engine; what the engine says is collected. tests/README.md has the notation. */
#ifndef WIRETAPE_TRACE_H
#define WIRETAPE_TRACE_H

#include "analyze/engine/engine.h"

struct trace_options {
	uint32_t isn[2];		      /* by enum direction: sequence numbers in the lines count from here */
	uint16_t port[2];		      /* by enum direction, of the sender; 0: 40000 and 80 */
	bool ipv6;			      /* frames carry IPv6 */
	int64_t start_ns;		      /* what time 0 of the lines is */
	const struct engine_options *engine;  /* NULL: the defaults */
};

struct trace {
	struct trace_options options;
	struct engine *engine;
	uint64_t frames; /* fed so far */
	struct flow_facts *flows;
	struct event_facts *events;
	struct interval_facts *intervals;
	struct flow_interval_facts *flow_intervals;
	struct interface_facts *interfaces;
	struct dns_facts *dns;
	struct name_facts *names;
	struct tls_facts *tls;
	struct http_facts *http;
	unsigned flow_count, event_count, interval_count, flow_interval_count, interface_count;
	unsigned dns_count, name_count, tls_count, http_count;
};

/* An engine that has seen nothing. NULL options: all zero. Aborts when out of memory, as all below. */
struct trace *trace_new(const struct trace_options *options);
/* Feeds the lines of a script. A line that can't be read fails the test and is named. */
void trace_feed(struct trace *trace, const char *script);
/* Feeds one frame as it is; its number is filled in. */
void trace_frame(struct trace *trace, int64_t t_ns, uint16_t link_type, const void *data, uint32_t captured_bytes,
		 uint32_t wire_bytes);
/* Ends the engine, so that all facts are there. */
void trace_finish(struct trace *trace);
/* trace_new, trace_feed and trace_finish. */
struct trace *trace_play(const struct trace_options *options, const char *script);
/* NULL is allowed. */
void trace_free(struct trace *trace);

/* The only flow, of which there must be exactly one. */
const struct flow_facts *trace_flow(const struct trace *trace);
const struct direction_facts *trace_side(const struct trace *trace, enum direction direction);
/* How many events of this kind there are; of both directions. */
unsigned trace_count(const struct trace *trace, enum event_kind kind);
/* The nth event of this kind, from 0; the test fails if there is none. */
const struct event_facts *trace_event(const struct trace *trace, enum event_kind kind, unsigned nth);
/* A sequence number of `direction` as the lines would write it. */
uint32_t trace_relative(const struct trace *trace, enum direction direction, uint32_t seq);
struct engine_totals trace_totals(const struct trace *trace);
/* All facts as text, one field by field: equal for equal facts. The caller frees it. */
char *trace_text(const struct trace *trace);

#endif
