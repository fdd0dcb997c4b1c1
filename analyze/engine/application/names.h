/* names.h: which names have been told already: each (address, source, name) is told once. */
#ifndef WIRETAPE_NAMES_H
#define WIRETAPE_NAMES_H

#include "analyze/engine/outlet.h"
#include "analyze/engine/packet.h"

struct names;

/* Borrows the outlet. NULL when out of memory. */
struct names *names_new(const struct outlet *outlet);
/* The packet says that `address` has this name; an empty one is no name. */
void names_tell(struct names *names, const struct address *address, enum name_source source, const char *name, int64_t t_ns,
		uint64_t frame);
uint64_t names_bytes(const struct names *names);
/* NULL is allowed. */
void names_free(struct names *names);

#endif
