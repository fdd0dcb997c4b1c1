#include "analyze/source/readahead.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS 4
#define BLOCK_BYTES ((size_t)512 * 1024) /* grows for a frame that is larger */
#define ALIGNMENT _Alignof(struct frame)

/* Frames one after the other, each with its bytes behind it. */
struct block {
	unsigned char *bytes;
	size_t size, used;
	enum status status; /* what came after these frames; STATUS_OK: the next block goes on */
	uint64_t file_offset;
};

struct readahead {
	struct source *source;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	uint64_t filled, emptied; /* blocks; under the mutex */
	bool stop;		  /* under the mutex */
	size_t at;		  /* in the block being emptied; the taker's own */
	struct block blocks[BLOCKS];
};

static size_t aligned(size_t bytes)
{
	return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static bool put(struct block *block, const struct frame *frame)
{
	const size_t need = sizeof *frame + aligned(frame->captured_bytes);
	if (block->size - block->used < need) {
		unsigned char *bytes = realloc(block->bytes, block->used + need);
		if (!bytes)
			return false;
		block->bytes = bytes;
		block->size = block->used + need;
	}
	memcpy(block->bytes + block->used, frame, sizeof *frame);
	memcpy(block->bytes + block->used + sizeof *frame, frame->data, frame->captured_bytes);
	block->used += need;
	return true;
}

static void fill(struct source *source, struct block *block)
{
	const size_t enough = BLOCK_BYTES - BLOCK_BYTES / 8;
	struct frame frame;
	block->used = 0;
	do {
		block->status = source_next(source, &frame);
		if (block->status == STATUS_OK && !put(block, &frame))
			block->status = STATUS_NO_MEMORY;
	} while (block->status == STATUS_OK && block->used < enough);
	block->file_offset = source_file_offset(source);
}

static void *read_all(void *argument)
{
	struct readahead *readahead = argument;
	enum status status = STATUS_OK;
	for (uint64_t n = 0; status == STATUS_OK; n++) {
		pthread_mutex_lock(&readahead->mutex);
		while (n - readahead->emptied == BLOCKS && !readahead->stop)
			pthread_cond_wait(&readahead->changed, &readahead->mutex);
		const bool stop = readahead->stop;
		pthread_mutex_unlock(&readahead->mutex);
		if (stop)
			break;
		struct block *block = &readahead->blocks[n % BLOCKS];
		fill(readahead->source, block);
		status = block->status;
		pthread_mutex_lock(&readahead->mutex);
		readahead->filled = n + 1;
		pthread_cond_signal(&readahead->changed);
		pthread_mutex_unlock(&readahead->mutex);
	}
	return NULL;
}

static void free_all(struct readahead *readahead)
{
	for (unsigned i = 0; i < BLOCKS; i++)
		free(readahead->blocks[i].bytes);
	pthread_cond_destroy(&readahead->changed);
	pthread_mutex_destroy(&readahead->mutex);
	free(readahead);
}

struct readahead *readahead_new(struct source *source)
{
	struct readahead *readahead = calloc(1, sizeof *readahead);
	if (!readahead)
		return NULL;
	readahead->source = source;
	pthread_mutex_init(&readahead->mutex, NULL);
	pthread_cond_init(&readahead->changed, NULL);
	bool complete = true;
	for (unsigned i = 0; i < BLOCKS; i++) {
		readahead->blocks[i].bytes = malloc(BLOCK_BYTES);
		readahead->blocks[i].size = BLOCK_BYTES;
		complete = complete && readahead->blocks[i].bytes;
	}
	if (complete && pthread_create(&readahead->thread, NULL, read_all, readahead) == 0)
		return readahead;
	free_all(readahead);
	return NULL;
}

static struct block *current(struct readahead *readahead)
{
	return &readahead->blocks[readahead->emptied % BLOCKS];
}

/* Waits until the current block is filled. */
static void wait_for_block(struct readahead *readahead)
{
	pthread_mutex_lock(&readahead->mutex);
	while (readahead->filled == readahead->emptied)
		pthread_cond_wait(&readahead->changed, &readahead->mutex);
	pthread_mutex_unlock(&readahead->mutex);
}

static void give_back(struct readahead *readahead)
{
	pthread_mutex_lock(&readahead->mutex);
	readahead->emptied++;
	pthread_cond_signal(&readahead->changed);
	pthread_mutex_unlock(&readahead->mutex);
	readahead->at = 0;
}

enum status readahead_next(struct readahead *readahead, struct frame *frame)
{
	if (readahead->at == 0)
		wait_for_block(readahead);
	while (readahead->at == current(readahead)->used) {
		if (current(readahead)->status != STATUS_OK)
			return current(readahead)->status;
		give_back(readahead);
		wait_for_block(readahead);
	}
	const struct block *block = current(readahead);
	memcpy(frame, block->bytes + readahead->at, sizeof *frame);
	frame->data = block->bytes + readahead->at + sizeof *frame;
	readahead->at += sizeof *frame + aligned(frame->captured_bytes);
	return STATUS_OK;
}

uint64_t readahead_file_offset(const struct readahead *readahead)
{
	return readahead->blocks[readahead->emptied % BLOCKS].file_offset;
}

void readahead_free(struct readahead *readahead)
{
	if (!readahead)
		return;
	pthread_mutex_lock(&readahead->mutex);
	readahead->stop = true;
	pthread_cond_signal(&readahead->changed);
	pthread_mutex_unlock(&readahead->mutex);
	pthread_join(readahead->thread, NULL);
	free_all(readahead);
}
