/* flow.h: what the wire must remember of each TCP connection for its deterministic drops and its log. */
#ifndef LAB_FLOW_H
#define LAB_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "frame.h"

/* One direction: of the frames that come from one end. */
struct flow_side {
	bool syn_seen;
	bool window_closed;	 /* the last window that this side announced was zero */
	uint32_t isn;		 /* sequence number of its SYN */
	uint32_t syns_dropped, fins_dropped, offset_dropped;
	uint64_t delivered_order; /* highest `order` delivered */
};

struct flow {
	bool used;
	uint8_t address[2][16]; /* by enum wire_direction: of the end that sends in it */
	uint16_t port[2];
	struct flow_side side[2]; /* by enum wire_direction */
};

struct flow_table;

struct flow_table *flow_table_new(void); /* NULL: no memory */
void flow_table_free(struct flow_table *table);
/* The frame's flow, made if it is new; NULL: not TCP, or the table is full. A SYN with another sequence number
 * starts its side anew. Borrowed until the table is freed. */
struct flow *flow_table_find(struct flow_table *table, const struct frame *frame);

#endif
