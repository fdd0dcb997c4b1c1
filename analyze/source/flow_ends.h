/* flow_ends.h: the two ends of a flow, as a person writes them. */
#ifndef WIRETAPE_FLOW_ENDS_H
#define WIRETAPE_FLOW_ENDS_H

#include "analyze/engine/address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLOW_ENDS_FORM "192.0.2.1:40000-198.51.100.2:80 or [2001:db8::1]:40000-[2001:db8::2]:80"
#define ENDPOINT_TEXT_MAX 64

struct endpoint {
	struct address address;
	uint16_t port;
};

/* Reads FLOW_ENDS_FORM; false if it is nothing such. */
bool flow_ends_parse(const char *text, struct endpoint ends[2]);
/* The address as databases have it, "192.0.2.1" or "2001:db8::1". */
void endpoint_address(const struct endpoint *end, char text[ENDPOINT_TEXT_MAX]);

#endif
