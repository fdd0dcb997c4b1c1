/* queue.h: items in order from one thread to another, in a fixed number of blocks: nothing is allocated per item, and who
 * is faster waits. */
#ifndef WIRETAPE_QUEUE_H
#define WIRETAPE_QUEUE_H

#include <stddef.h>

struct queue;

/* One item, at the start of an aligned place in a block. */
struct queue_item {
	unsigned kind; /* the caller's */
	unsigned size; /* bytes at data */
	_Alignas(8) unsigned char data[];
};

/* `blocks` (2 at least) of `block_bytes`. NULL when out of memory. */
struct queue *queue_new(size_t blocks, size_t block_bytes);
/* Both threads must be done with it. NULL is allowed. */
void queue_free(struct queue *queue);

/* The writing side. Copies `size` bytes, which must fit into a block; waits while all blocks are full. */
void queue_put(struct queue *queue, unsigned kind, const void *data, size_t size);
/* Hands over what is in the block that is being filled; no queue_put may follow. */
void queue_close(struct queue *queue);

/* The reading side. The next item, borrowed until the next call; waits for one. NULL: closed, and all were taken. */
const struct queue_item *queue_take(struct queue *queue);

#endif
