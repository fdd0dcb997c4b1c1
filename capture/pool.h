/* pool.h: a fixed number of blocks of packets between the capture thread and its two readers, the writer and the watcher.
 * All memory is reserved at the start. Blocks hold pcap records as they go to disk. */
#ifndef WIRETAPE_CAPTURE_POOL_H
#define WIRETAPE_CAPTURE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BLOCK_BYTES ((size_t)4 << 20)

/* Before each packet's bytes; host byte order, as in a pcap file with magic 0xa1b23c4d. */
struct record {
	uint32_t seconds, nanoseconds;
	uint32_t captured_bytes, wire_bytes;
};

struct block {
	uint64_t number; /* from 1, without gaps as the capture thread hands them over */
	uint16_t link_type; /* LINKTYPE_, of all its packets; another than before: a new segment must start */
	uint32_t packets;
	uint64_t wire_bytes;
	int64_t first_ns, last_ns; /* of the packets, smallest and largest; valid if packets */
	uint64_t kernel_drops, interface_drops; /* by kernel and interface, since the block before */
	uint32_t used; /* bytes at data: whole records, one after the other */
	uint8_t data[BLOCK_BYTES];
};

enum pool_reader { POOL_WRITER, POOL_WATCHER, POOL_READERS };

struct pool_counters {
	uint64_t blocks;	   /* handed over */
	uint64_t dropped_packets;  /* never written: the writer could not, and the pool was full */
	uint64_t skipped_packets;  /* not seen by the watcher, which was behind */
	uint64_t waits;		   /* times that the capture thread had no block: the kernel buffers meanwhile, and then drops */
	uint32_t queued[POOL_READERS]; /* blocks that wait now, for each reader */
	uint32_t blocks_in_all;
};

struct pool;

/* NULL when out of memory. */
struct pool *pool_new(uint64_t bytes);
/* All threads must be done with it. NULL is allowed. */
void pool_free(struct pool *pool);

/* The capture thread: an empty block. If none is free, the oldest that only the watcher still waits for is taken from it; if
 * there is none and the writer is stuck, the oldest that waits for it is dropped; otherwise waits, `timeout_ns` at most. NULL:
 * nothing became free. */
struct block *pool_take(struct pool *pool, int64_t timeout_ns);
/* Hands it to both readers. */
void pool_hand_over(struct pool *pool, struct block *block);
/* True if nothing waits for the writer: then a block that is partly full is welcome. */
bool pool_is_drained(struct pool *pool);
/* No more will come. */
void pool_close(struct pool *pool);
bool pool_is_closed(struct pool *pool);

/* A reader: the next block, in order, the reader's until pool_release. NULL: none came in `timeout_ns`, or *closed. A reader asks
 * for one at a time. */
const struct block *pool_next(struct pool *pool, enum pool_reader reader, int64_t timeout_ns, bool *closed);
void pool_release(struct pool *pool, enum pool_reader reader, const struct block *block);
/* The writer says that it cannot write, or that it can again. */
void pool_writer_stuck(struct pool *pool, bool stuck);
/* Packets that were dropped since the last call; the writer's, for the segment's metadata. */
uint64_t pool_dropped(struct pool *pool);
/* The same for the watcher: packets skipped since the last call. */
uint64_t pool_skipped(struct pool *pool);
/* Drops by kernel and interface that stood in blocks which the reader never got, since the last call: what it is to add to those in the
 * blocks that it did get. */
void pool_missed_drops(struct pool *pool, enum pool_reader reader, uint64_t *kernel_drops, uint64_t *interface_drops);

void pool_counters(struct pool *pool, struct pool_counters *counters);

#endif
