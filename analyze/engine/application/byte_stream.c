#include "analyze/engine/application/byte_stream.h"

#include "analyze/engine/sequence.h"

#include <string.h>

#define HELD_MAX 16 /* segments; more behind a hole, and it is given up */
#define AHEAD_MAX (1 << 30) /* bytes; further ahead is none of this stream */
#define MEMORY_MAX ((uint64_t)64 << 20)

struct held_segment {
	struct held_segment *next;
	uint32_t seq, length, captured;
	int64_t t_ns;
	uint64_t frame;
	uint8_t bytes[];
};

void *stream_memory_take(struct stream_memory *memory, size_t size)
{
	if (memory->used + size > MEMORY_MAX)
		return NULL;
	void *block = arena_take(memory->arena, size);
	if (block)
		memory->used += size;
	return block;
}

void stream_memory_give(struct stream_memory *memory, void *block, size_t size)
{
	if (!block)
		return;
	memory->used -= size;
	arena_give(memory->arena, block, size);
}

static void give_held(struct stream_memory *memory, struct held_segment *held)
{
	if (held)
		stream_memory_give(memory, held, sizeof *held + held->captured);
}

void byte_stream_start(struct byte_stream *stream, uint32_t next)
{
	stream->started = true;
	stream->next = next;
}

/* Leaves out what has been taken already. False: nothing is left. */
static bool trim(const struct byte_stream *stream, struct piece *piece)
{
	int32_t old = seq_distance(piece->seq, stream->next);
	if (old <= 0)
		return true;
	uint32_t count = (uint32_t)old;
	if (count >= piece->length)
		return false;
	uint32_t captured = count < piece->captured ? count : piece->captured;
	piece->bytes += captured;
	piece->captured -= captured;
	piece->length -= count;
	piece->seq += count;
	piece->begins = false;
	return true;
}

static void hold(struct byte_stream *stream, struct stream_memory *memory, const struct piece *piece)
{
	uint32_t captured = piece->captured;
	struct held_segment *held = stream_memory_take(memory, sizeof *held + captured);
	if (!held) { /* its place is worth more than its bytes */
		captured = 0;
		++*memory->dropped;
		held = stream_memory_take(memory, sizeof *held);
	}
	if (!held)
		return;
	*held = (struct held_segment){
		.seq = piece->seq,
		.length = piece->length,
		.captured = captured,
		.t_ns = piece->t_ns,
		.frame = piece->frame,
	};
	if (captured)
		memcpy(held->bytes, piece->bytes, captured);
	struct held_segment **link = &stream->held;
	while (*link && seq_until((*link)->seq, held->seq))
		link = &(*link)->next;
	held->next = *link;
	*link = held;
	stream->held_count++;
}

bool byte_stream_put(struct byte_stream *stream, struct stream_memory *memory, const struct packet *packet,
		     struct piece *piece)
{
	*piece = (struct piece){
		.bytes = packet->payload,
		.captured = packet->payload_captured,
		.length = packet->payload_bytes,
		.seq = packet->seq + (packet->tcp_flags & TCP_SYN ? 1 : 0),
		.begins = true,
		.t_ns = packet->t_ns,
		.frame = packet->frame,
	};
	if (!stream->started)
		byte_stream_start(stream, piece->seq);
	if (piece->length == 0 || !trim(stream, piece))
		return false;
	if (piece->seq == stream->next) {
		stream->next += piece->length;
		return true;
	}
	if (seq_distance(stream->next, piece->seq) < AHEAD_MAX && stream->held_count <= HELD_MAX)
		hold(stream, memory, piece);
	return false;
}

/* Up to where what is missing will not come any more; the beginning of the hole: it may. */
static uint32_t hole_end(const struct byte_stream *stream, const struct side *side, bool over)
{
	uint32_t end = stream->held->seq;
	if (over || stream->held_count > HELD_MAX)
		return end;
	if (!side->una_known || !seq_before(stream->next, side->una))
		return stream->next;
	return seq_min(end, side->una);
}

bool byte_stream_pull(struct byte_stream *stream, struct stream_memory *memory, const struct side *side, bool over,
		      struct piece *piece)
{
	give_held(memory, stream->lent);
	stream->lent = NULL;
	while (stream->held) {
		struct held_segment *held = stream->held;
		if (seq_before(stream->next, held->seq)) {
			uint32_t end = hole_end(stream, side, over);
			*piece = (struct piece){
				.length = end - stream->next,
				.seq = stream->next,
				.missing = true,
				.t_ns = held->t_ns,
				.frame = held->frame,
			};
			stream->next = end;
			return piece->length > 0;
		}
		stream->held = held->next;
		stream->held_count--;
		*piece = (struct piece){
			.bytes = held->bytes,
			.captured = held->captured,
			.length = held->length,
			.seq = held->seq,
			.begins = true,
			.t_ns = held->t_ns,
			.frame = held->frame,
		};
		if (trim(stream, piece)) {
			stream->next += piece->length;
			stream->lent = held;
			return true;
		}
		give_held(memory, held);
	}
	return false;
}

void byte_stream_free(struct byte_stream *stream, struct stream_memory *memory)
{
	give_held(memory, stream->lent);
	while (stream->held) {
		struct held_segment *held = stream->held;
		stream->held = held->next;
		give_held(memory, held);
	}
	*stream = (struct byte_stream){ 0 };
}
