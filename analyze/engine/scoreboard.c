#include "analyze/engine/scoreboard.h"

#include "analyze/engine/sequence.h"

#include <string.h>

#define FIRST_CAPACITY 2

uint32_t scoreboard_find(const struct scoreboard *board, uint32_t seq)
{
	uint32_t low = 0, high = board->count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (seq_before(seq, scoreboard_at(board, middle)->end))
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static bool grow(struct scoreboard *board, struct arena *arena)
{
	uint32_t capacity = board->capacity ? board->capacity * 2 : FIRST_CAPACITY;
	if (capacity > SCOREBOARD_MAX)
		return false;
	struct range *ranges = arena_take(arena, capacity * sizeof *ranges);
	if (!ranges)
		return false;
	for (uint32_t i = 0; i < board->count; i++)
		ranges[i] = *scoreboard_at(board, i);
	arena_give(arena, board->ranges, board->capacity * sizeof *ranges);
	board->ranges = ranges;
	board->capacity = capacity;
	board->head = 0;
	return true;
}

bool scoreboard_insert(struct scoreboard *board, struct arena *arena, uint32_t index, const struct range *range)
{
	if (board->count == board->capacity && !grow(board, arena))
		return false;
	board->count++;
	for (uint32_t i = board->count - 1; i > index; i--)
		*scoreboard_at(board, i) = *scoreboard_at(board, i - 1);
	*scoreboard_at(board, index) = *range;
	return true;
}

bool scoreboard_split(struct scoreboard *board, struct arena *arena, uint32_t index, uint32_t seq)
{
	struct range first = *scoreboard_at(board, index);
	first.end = seq;
	first.flags &= RANGE_FLAGS & ~RANGE_FIN;
	if (!scoreboard_insert(board, arena, index, &first))
		return false;
	scoreboard_at(board, index + 1)->seq = seq;
	return true;
}

void scoreboard_pop(struct scoreboard *board, uint32_t n)
{
	board->head = (board->head + n) & (board->capacity - 1);
	board->count -= n;
}

static void merge(struct range *into, const struct range *next)
{
	into->end = next->end;
	into->t_ns = next->t_ns;
	into->tsval = next->tsval;
	into->ip_id = next->ip_id;
	into->flags = (into->flags & next->flags & RANGE_SACKED) | (next->flags & RANGE_FIN) |
		      ((into->flags | next->flags) & (RANGE_NO_IP_ID | RANGE_NO_TIMESTAMP)) | RANGE_MEASURED;
	into->retransmissions = 0;
	into->spurious = 0;
}

void scoreboard_compact(struct scoreboard *board)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < board->count; i++) {
		const struct range *range = scoreboard_at(board, i);
		struct range *last = kept ? scoreboard_at(board, kept - 1) : NULL;
		bool can_merge = last && !(last->flags & RANGE_HOLE) && !(range->flags & RANGE_HOLE) &&
				 !((last->flags ^ range->flags) & RANGE_SACKED);
		if (can_merge)
			merge(last, range);
		else
			*scoreboard_at(board, kept++) = *range;
	}
	board->count = kept;
	if (board->count > board->capacity / 2)
		scoreboard_pop(board, board->count / 2);
}

void scoreboard_free(struct scoreboard *board, struct arena *arena)
{
	arena_give(arena, board->ranges, board->capacity * sizeof *board->ranges);
	memset(board, 0, sizeof *board);
}
