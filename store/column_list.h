/* column_list.h: how the lists of columns are written. Private to columns.c and protocol_columns.c; OF is the struct whose fields
 * follow. */
#ifndef WIRETAPE_COLUMN_LIST_H
#define WIRETAPE_COLUMN_LIST_H

#include "store/columns.h"

#define FIELD(type, field) { #field, type, offsetof(OF, field), 0, 0 }
#define NAMED(name, type, field) { name, type, offsetof(OF, field), 0, 0 }
#define SAMPLED(name, type, field, samples) \
	{ name, type, offsetof(OF, field), offsetof(OF, samples), sizeof(((OF *)0)->samples) }
#define SPAN(name, from, to) { name, COLUMN_SPAN, offsetof(OF, to), offsetof(OF, from), 0 }
#define CONTEXT(name, type) { name, type, 0, 0, 0 }
#define LIVE(name, field) { name, COLUMN_OF_LIVE, offsetof(struct live_counters, field), 0, 0 }
#define LENGTH(list) (sizeof(list) / sizeof((list)[0]))

#endif
