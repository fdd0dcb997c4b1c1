/* flow_place.h: where the packets of a flow are, and what it takes to recognise them there, as the database says. */
#ifndef WIRETAPE_FLOW_PLACE_H
#define WIRETAPE_FLOW_PLACE_H

#include "analyze/engine/facts.h"
#include "store/reader.h"

#include <stdbool.h>
#include <stdint.h>

/* From a file that others may have made: what does not fit is left out, nothing else is checked. */
struct flow_place {
	char path[4096]; /* captures.path; "" unknown */
	bool tape;
	int64_t capture_first_ns, capture_last_ns;
	struct address client, server;
	uint16_t client_port, server_port;
	int64_t first_ns, last_ns;
	uint64_t first_frame, last_frame;
	int window_shift[2]; /* by enum direction: of the windows that this side announces; -1 unknown */
	bool copies;	     /* the tap has seen packets of it twice */
	int64_t rtt_ns;	     /* 0: unknown */
	bool rivals;	     /* another flow has these addresses and ports at the same time, in another tunnel */
	bool tunnelled;
	uint32_t tunnel_id; /* 0: none */
};

/* STATUS_NOT_FOUND: there is no such flow of TCP. STATUS_FORMAT: what the database has of it cannot be. Others as reader_run, with
 * reader_error. */
enum status flow_place_find(struct reader *reader, int64_t flow, struct flow_place *place);

#endif
