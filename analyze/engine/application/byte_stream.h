/* byte_stream.h: one direction of a TCP connection in the order of its bytes: what came too early waits, what came
 * again is left out, what will never come is said to be missing. */
#ifndef WIRETAPE_BYTE_STREAM_H
#define WIRETAPE_BYTE_STREAM_H

#include "analyze/engine/arena.h"
#include "analyze/engine/flow.h"
#include "analyze/engine/packet.h"

/* Memory of all streams together, beside their fixed parts. */
struct stream_memory {
	struct arena *arena;
	uint64_t used; /* bytes */
	uint64_t *dropped; /* counts segments whose bytes could not wait */
};

/* NULL when out of memory, or when all streams together have too much. Zeroed. */
void *stream_memory_take(struct stream_memory *memory, size_t size);
/* NULL is allowed. */
void stream_memory_give(struct stream_memory *memory, void *block, size_t size);

/* The next bytes: `length` of them, of which the first `captured` are at hand. */
struct piece {
	const uint8_t *bytes; /* borrowed until the next call */
	uint32_t captured, length;
	uint32_t seq;
	bool begins; /* its first byte is the first of a segment */
	bool missing; /* it will not come */
	int64_t t_ns;
	uint64_t frame;
};

struct byte_stream {
	uint32_t next; /* sequence number of the first byte that is waited for */
	uint8_t held_count;
	bool started;
	struct held_segment *held; /* what came too early, in order */
	struct held_segment *lent; /* the bytes of the latest piece */
};

/* The stream's next byte will be this. */
void byte_stream_start(struct byte_stream *stream, uint32_t next);
/* Takes in a segment with payload. True: `piece` is what is new and next of it. */
bool byte_stream_put(struct byte_stream *stream, struct stream_memory *memory, const struct packet *packet,
		     struct piece *piece);
/* What has waited and is next now; or so many bytes that will not come, because the other side of `side` has them
 * already, or too much waits behind them, or the connection is `over`. False: there is nothing. */
bool byte_stream_pull(struct byte_stream *stream, struct stream_memory *memory, const struct side *side, bool over,
		      struct piece *piece);
void byte_stream_free(struct byte_stream *stream, struct stream_memory *memory);

#endif
