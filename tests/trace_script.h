/* trace_script.h: a hand-written trace, line by line, with its repetitions; tests/README.md has the notation. */
#ifndef WIRETAPE_TRACE_SCRIPT_H
#define WIRETAPE_TRACE_SCRIPT_H

#include "tests/trace_line.h"

#define TRACE_NESTING_MAX 2
#define TRACE_CONVERSATIONS 64 /* of which `next` is known */

/* A repeat block that is being read. */
struct trace_block {
	const char *body; /* its first line */
	int64_t start_ns, every_ns;
	uint32_t count, pass;
};

/* How far the two sides of a connection have come. */
struct trace_conversation {
	struct trace_end client, server_end;
	uint32_t flow, server, ports;
	uint32_t next[2];
	bool used;
};

struct trace_script {
	const char *at;
	int64_t start_ns;
	struct trace_block block[TRACE_NESTING_MAX];
	unsigned depth;
	struct trace_end client, server;
	struct trace_conversation conversation[TRACE_CONVERSATIONS];
	unsigned oldest;
};

/* Borrows `text`. */
struct trace_script trace_script_start(const char *text, int64_t start_ns);
/* The next packet; false: there is none. */
bool trace_script_next(struct trace_script *script, struct trace_line *line);

#endif
