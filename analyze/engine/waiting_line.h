/* waiting_line.h: packets on their way to their flows. With many flows each step would wait for memory; so packets stand in
 * a short line, and what the next step needs is asked for a few packets ahead. 14 million packets of a million flows: twice
 * as fast. */
#ifndef WIRETAPE_WAITING_LINE_H
#define WIRETAPE_WAITING_LINE_H

#include "analyze/engine/application/application.h"
#include "analyze/engine/duplicates.h"
#include "analyze/engine/flow_key.h"
#include "analyze/engine/flow_table.h"

#define WAITING_PLACES 32 /* power of two */
#define WAITING_PAYLOAD_MAX 4096 /* bytes of a packet's payload that wait with it, where somebody wants them */

struct waiting {
	struct packet packet;
	struct flow_key key;
	uint64_t hash, fingerprint;
	const struct flow *guess; /* most likely its flow, for prefetching only */
	bool source_is_low;
};

struct waiting_line {
	/* Borrowed. */
	const struct flow_table *table;
	const struct duplicates *duplicates;
	const struct application *application;
	uint64_t hash_seed;

	uint64_t arrived, left; /* packets */
	struct waiting place[WAITING_PLACES];
	uint8_t payload[WAITING_PLACES][WAITING_PAYLOAD_MAX];
};

/* Where the next packet is to be put before waiting_line_add. */
static inline struct packet *waiting_line_room(struct waiting_line *line)
{
	return &line->place[line->arrived & (WAITING_PLACES - 1)].packet;
}

/* The packet in waiting_line_room stands in line now. Returns the one whose turn it is, valid until the next call; NULL:
 * none yet. */
struct waiting *waiting_line_add(struct waiting_line *line);
/* The next one whether it is its turn or not; NULL: the line is empty. */
struct waiting *waiting_line_take(struct waiting_line *line);

#endif
