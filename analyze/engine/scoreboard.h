/* scoreboard.h: what one side of a TCP connection has sent, as contiguous ranges in sequence order: seen ranges and
 * holes, from a short history of acknowledged ranges up to the highest byte. */
#ifndef WIRETAPE_SCOREBOARD_H
#define WIRETAPE_SCOREBOARD_H

#include "analyze/engine/arena.h"

#include <stdbool.h>
#include <stdint.h>

enum range_flag {
	RANGE_HOLE = 1,		     /* not seen; t_ns, tsval, ip_id are those of the packet that jumped over it */
	RANGE_SACKED = 2,	     /* the other side has reported it by SACK */
	RANGE_MEASURED = 4,	     /* gave its RTT sample, or can't give one */
	RANGE_FIN = 8,		     /* its last sequence number is the FIN */
	RANGE_NO_IP_ID = 16,	     /* ip_id means nothing */
	RANGE_NO_TIMESTAMP = 32,     /* tsval means nothing */
	RANGE_LOST_UPSTREAM = 64,    /* filled by a retransmission: the original never came by */
	RANGE_GAP = 128,	     /* a hole that was acknowledged */
	RANGE_DUPLICATED = 256,	     /* seen twice as one and the same packet */
	RANGE_PROBE = 512,	     /* sent as zero-window probe */
	RANGE_BEFORE = 1024,	     /* a hole in what was sent before the capture began: no gap when acknowledged */
	RANGE_ELSEWHERE = 1024,	     /* no hole: seen over another link than the side's first packet */
	RANGE_FLAGS = 2047,
};

struct range {
	uint32_t seq, end;
	int64_t t_ns; /* when it was last sent, as seen at the tap */
	uint32_t tsval;
	uint16_t ip_id;
	uint16_t flags : 11;
	uint16_t retransmissions : 3; /* saturating */
	uint16_t spurious : 2;	      /* of these, proved needless; saturating */
};

#define RANGE_SPURIOUS_MAX 3

#define SCOREBOARD_MAX 16384 /* ranges; more are merged */

struct scoreboard {
	struct range *ranges; /* ring of `capacity` */
	uint32_t head, count, capacity;
};

static inline struct range *scoreboard_at(const struct scoreboard *board, uint32_t index)
{
	return &board->ranges[(board->head + index) & (board->capacity - 1)];
}

/* Index of the first range that ends after `seq`; count if there is none. */
uint32_t scoreboard_find(const struct scoreboard *board, uint32_t seq);
/* Puts a copy of `range` before `index` (count: at the end). False when out of memory or full. */
bool scoreboard_insert(struct scoreboard *board, struct arena *arena, uint32_t index, const struct range *range);
/* Cuts the range at `index` in two at `seq`, which must lie inside it. False when out of memory or full. */
bool scoreboard_split(struct scoreboard *board, struct arena *arena, uint32_t index, uint32_t seq);
/* Forgets the `n` oldest ranges. */
void scoreboard_pop(struct scoreboard *board, uint32_t n);
/* Halves the detail: merges seen neighbours, and if that isn't enough forgets the oldest half. The merged ranges give
 * no RTT sample any more. */
void scoreboard_compact(struct scoreboard *board);
void scoreboard_free(struct scoreboard *board, struct arena *arena);

#endif
