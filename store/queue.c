#include "store/queue.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct block {
	size_t used;
	unsigned char *bytes;
};

/* Blocks go round in a ring: of all that were ever filled, `handed` went to the reader and `returned` came back. */
struct queue {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	size_t blocks, block_bytes;
	size_t handed, returned; /* under the mutex */
	bool closed;		 /* under the mutex */
	size_t read;		 /* bytes taken of the reader's block; the reader's own */
	bool reading;		 /* the reader has a block; the reader's own */
	struct block *filling;	 /* the writer's own */
	struct block list[];
};

struct queue *queue_new(size_t blocks, size_t block_bytes)
{
	struct queue *queue = calloc(1, sizeof(*queue) + blocks * sizeof(queue->list[0]));
	unsigned char *bytes = malloc(blocks * block_bytes);
	if (!queue || !bytes) {
		free(queue);
		free(bytes);
		return NULL;
	}
	pthread_mutex_init(&queue->mutex, NULL);
	pthread_cond_init(&queue->changed, NULL);
	queue->blocks = blocks;
	queue->block_bytes = block_bytes;
	for (size_t i = 0; i < blocks; i++)
		queue->list[i].bytes = bytes + i * block_bytes;
	return queue;
}

void queue_free(struct queue *queue)
{
	if (!queue)
		return;
	pthread_cond_destroy(&queue->changed);
	pthread_mutex_destroy(&queue->mutex);
	free(queue->list[0].bytes);
	free(queue);
}

static size_t item_bytes(size_t data_bytes)
{
	return (sizeof(struct queue_item) + data_bytes + 7) & ~(size_t)7;
}

static void hand_over(struct queue *queue)
{
	pthread_mutex_lock(&queue->mutex);
	queue->handed++;
	pthread_cond_signal(&queue->changed);
	pthread_mutex_unlock(&queue->mutex);
	queue->filling = NULL;
}

static struct block *free_block(struct queue *queue)
{
	pthread_mutex_lock(&queue->mutex);
	while (queue->handed - queue->returned == queue->blocks)
		pthread_cond_wait(&queue->changed, &queue->mutex);
	struct block *block = &queue->list[queue->handed % queue->blocks];
	pthread_mutex_unlock(&queue->mutex);
	block->used = 0;
	return block;
}

void queue_put(struct queue *queue, unsigned kind, const void *data, size_t size)
{
	size_t bytes = item_bytes(size);
	if (queue->filling && queue->filling->used + bytes > queue->block_bytes)
		hand_over(queue);
	if (!queue->filling)
		queue->filling = free_block(queue);
	struct queue_item *item = (void *)(queue->filling->bytes + queue->filling->used);
	item->kind = kind;
	item->size = (unsigned)size;
	memcpy(item->data, data, size);
	queue->filling->used += bytes;
}

void queue_close(struct queue *queue)
{
	if (queue->filling)
		hand_over(queue);
	pthread_mutex_lock(&queue->mutex);
	queue->closed = true;
	pthread_cond_signal(&queue->changed);
	pthread_mutex_unlock(&queue->mutex);
}

/* Gives the reader's block back and waits for the next. */
static bool next_block(struct queue *queue)
{
	pthread_mutex_lock(&queue->mutex);
	if (queue->reading) {
		queue->returned++;
		pthread_cond_signal(&queue->changed);
	}
	while (queue->handed == queue->returned && !queue->closed)
		pthread_cond_wait(&queue->changed, &queue->mutex);
	queue->reading = queue->handed != queue->returned;
	pthread_mutex_unlock(&queue->mutex);
	queue->read = 0;
	return queue->reading;
}

const struct queue_item *queue_take(struct queue *queue)
{
	struct block *block = &queue->list[queue->returned % queue->blocks];
	if (!queue->reading || queue->read == block->used) {
		if (!next_block(queue))
			return NULL;
		block = &queue->list[queue->returned % queue->blocks];
	}
	const struct queue_item *item = (const void *)(block->bytes + queue->read);
	queue->read += item_bytes(item->size);
	return item;
}
