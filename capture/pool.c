#include "capture/pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define NS_PER_SECOND INT64_C(1000000000)
#define BLOCKS_LEAST 4

/* Blocks that wait for one reader, oldest first, and the one that it has. */
struct reader {
	struct block **waiting;
	uint32_t count;
	const struct block *held;
	uint64_t missed_packets; /* since the reader asked */
	uint64_t missed_kernel_drops, missed_interface_drops;
};

struct pool {
	pthread_mutex_t mutex;
	pthread_cond_t freed;	/* also: the writer is stuck */
	pthread_cond_t arrived; /* also: closed */
	uint8_t *memory;
	size_t stride, memory_bytes;
	uint32_t blocks_in_all;
	struct block **free; /* a stack: what was used last is used next, so that a quiet link touches few pages */
	uint32_t free_count;
	struct reader readers[POOL_READERS];
	uint64_t number;
	uint64_t dropped_packets, skipped_packets, waits;
	bool stuck, closed;
};

static bool start_conditions(struct pool *pool)
{
	pthread_condattr_t monotonic; /* the wall clock may be set while somebody waits */
	if (pthread_condattr_init(&monotonic) != 0)
		return false;
	const bool started = pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0 &&
			     pthread_mutex_init(&pool->mutex, NULL) == 0 && pthread_cond_init(&pool->freed, &monotonic) == 0 &&
			     pthread_cond_init(&pool->arrived, &monotonic) == 0;
	pthread_condattr_destroy(&monotonic);
	return started;
}

/* Without MAP_NORESERVE, so that a pool that is too large for the machine is refused now and not when packets come. */
static bool reserve(struct pool *pool, uint64_t bytes)
{
	const size_t page = 4096;
	const uint64_t blocks = bytes / BLOCK_BYTES < BLOCKS_LEAST ? BLOCKS_LEAST : bytes / BLOCK_BYTES;
	pool->stride = (sizeof(struct block) + page - 1) / page * page;
	if (blocks > UINT32_MAX || blocks > SIZE_MAX / pool->stride)
		return false;
	pool->blocks_in_all = (uint32_t)blocks;
	pool->memory_bytes = (size_t)blocks * pool->stride;
	void *memory = mmap(NULL, pool->memory_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return false;
	pool->memory = memory;
	return true;
}

struct pool *pool_new(uint64_t bytes)
{
	struct pool *pool = calloc(1, sizeof *pool);
	if (!pool)
		return NULL;
	bool ready = start_conditions(pool) && reserve(pool, bytes);
	pool->free = ready ? calloc(pool->blocks_in_all, sizeof(struct block *)) : NULL;
	ready = pool->free != NULL;
	for (int i = 0; ready && i < POOL_READERS; i++) {
		pool->readers[i].waiting = calloc(pool->blocks_in_all, sizeof(struct block *));
		ready = pool->readers[i].waiting != NULL;
	}
	if (!ready) {
		pool_free(pool);
		return NULL;
	}
	for (uint32_t i = pool->blocks_in_all; i-- > 0;)
		pool->free[pool->free_count++] = (struct block *)(void *)(pool->memory + i * pool->stride);
	return pool;
}

void pool_free(struct pool *pool)
{
	if (!pool)
		return;
	for (int i = 0; i < POOL_READERS; i++)
		free(pool->readers[i].waiting);
	free(pool->free);
	if (pool->memory)
		munmap(pool->memory, pool->memory_bytes);
	pthread_cond_destroy(&pool->arrived);
	pthread_cond_destroy(&pool->freed);
	pthread_mutex_destroy(&pool->mutex);
	free(pool);
}

static struct timespec deadline_after(int64_t timeout_ns)
{
	struct timespec at;
	clock_gettime(CLOCK_MONOTONIC, &at);
	const int64_t wait_ns = timeout_ns > 0 ? timeout_ns : 0;
	at.tv_sec += (time_t)(wait_ns / NS_PER_SECOND);
	at.tv_nsec += (long)(wait_ns % NS_PER_SECOND);
	if (at.tv_nsec >= NS_PER_SECOND) {
		at.tv_sec++;
		at.tv_nsec -= NS_PER_SECOND;
	}
	return at;
}

/* Where it stands in the reader's queue; `count` if it does not. */
static uint32_t place_of(const struct reader *reader, const struct block *block)
{
	uint32_t at = 0;
	while (at < reader->count && reader->waiting[at] != block)
		at++;
	return at;
}

static struct block *remove_at(struct reader *reader, uint32_t at)
{
	struct block *block = reader->waiting[at];
	reader->count--;
	memmove(reader->waiting + at, reader->waiting + at + 1, (reader->count - at) * sizeof(struct block *));
	return block;
}

/* The reader will never see it. */
static struct block *take_away(struct reader *reader, uint32_t at)
{
	struct block *block = remove_at(reader, at);
	reader->missed_packets += block->packets;
	reader->missed_kernel_drops += block->kernel_drops;
	reader->missed_interface_drops += block->interface_drops;
	return block;
}

static bool is_wanted_by(const struct reader *reader, const struct block *block)
{
	return reader->held == block || place_of(reader, block) < reader->count;
}

/* Both readers get blocks in the same order: if the writer still wants the watcher's oldest, it wants the others too. */
static struct block *take_from_watcher(struct pool *pool)
{
	struct reader *watcher = &pool->readers[POOL_WATCHER];
	if (watcher->count == 0 || is_wanted_by(&pool->readers[POOL_WRITER], watcher->waiting[0]))
		return NULL;
	struct block *block = take_away(watcher, 0);
	pool->skipped_packets += block->packets;
	return block;
}

/* The oldest that nobody is reading just now. */
static struct block *take_from_writer(struct pool *pool)
{
	struct reader *writer = &pool->readers[POOL_WRITER], *watcher = &pool->readers[POOL_WATCHER];
	uint32_t at = 0;
	while (at < writer->count && writer->waiting[at] == watcher->held)
		at++;
	if (at == writer->count)
		return NULL;
	struct block *block = take_away(writer, at);
	pool->dropped_packets += block->packets;
	const uint32_t place = place_of(watcher, block);
	if (place < watcher->count) {
		take_away(watcher, place);
		pool->skipped_packets += block->packets;
	}
	return block;
}

static struct block *find_block(struct pool *pool)
{
	if (pool->free_count)
		return pool->free[--pool->free_count];
	struct block *block = take_from_watcher(pool);
	if (!block && pool->stuck)
		block = take_from_writer(pool);
	return block;
}

struct block *pool_take(struct pool *pool, int64_t timeout_ns)
{
	pthread_mutex_lock(&pool->mutex);
	struct block *block = find_block(pool);
	if (!block) {
		const struct timespec deadline = deadline_after(timeout_ns);
		pool->waits++;
		for (int error = 0; !block && error == 0; block = find_block(pool))
			error = pthread_cond_timedwait(&pool->freed, &pool->mutex, &deadline);
	}
	pthread_mutex_unlock(&pool->mutex);
	if (!block)
		return NULL;
	block->number = 0;
	block->link_type = 0;
	block->packets = 0;
	block->wire_bytes = 0;
	block->first_ns = block->last_ns = 0;
	block->kernel_drops = block->interface_drops = 0;
	block->used = 0;
	return block;
}

void pool_hand_over(struct pool *pool, struct block *block)
{
	pthread_mutex_lock(&pool->mutex);
	block->number = ++pool->number;
	for (int i = 0; i < POOL_READERS; i++) {
		struct reader *reader = &pool->readers[i];
		reader->waiting[reader->count++] = block;
	}
	pthread_cond_broadcast(&pool->arrived);
	pthread_mutex_unlock(&pool->mutex);
}

bool pool_is_drained(struct pool *pool)
{
	pthread_mutex_lock(&pool->mutex);
	const bool drained = pool->readers[POOL_WRITER].count == 0;
	pthread_mutex_unlock(&pool->mutex);
	return drained;
}

void pool_close(struct pool *pool)
{
	pthread_mutex_lock(&pool->mutex);
	pool->closed = true;
	pthread_cond_broadcast(&pool->arrived);
	pthread_mutex_unlock(&pool->mutex);
}

bool pool_is_closed(struct pool *pool)
{
	pthread_mutex_lock(&pool->mutex);
	const bool closed = pool->closed;
	pthread_mutex_unlock(&pool->mutex);
	return closed;
}

const struct block *pool_next(struct pool *pool, enum pool_reader which, int64_t timeout_ns, bool *closed)
{
	struct reader *reader = &pool->readers[which];
	const struct block *block = NULL;
	pthread_mutex_lock(&pool->mutex);
	if (reader->count == 0 && !pool->closed && timeout_ns > 0) {
		const struct timespec deadline = deadline_after(timeout_ns);
		for (int error = 0; reader->count == 0 && !pool->closed && error == 0;)
			error = pthread_cond_timedwait(&pool->arrived, &pool->mutex, &deadline);
	}
	if (reader->count)
		reader->held = block = remove_at(reader, 0);
	*closed = !block && pool->closed;
	pthread_mutex_unlock(&pool->mutex);
	return block;
}

void pool_release(struct pool *pool, enum pool_reader which, const struct block *block)
{
	pthread_mutex_lock(&pool->mutex);
	if (pool->readers[which].held == block) {
		pool->readers[which].held = NULL;
		bool wanted = false;
		for (int i = 0; i < POOL_READERS; i++)
			wanted = wanted || is_wanted_by(&pool->readers[i], block);
		if (!wanted)
			pool->free[pool->free_count++] =
				(struct block *)(void *)(pool->memory + ((const uint8_t *)block - pool->memory));
		pthread_cond_signal(&pool->freed); /* even if not: it may now be taken from the watcher */
	}
	pthread_mutex_unlock(&pool->mutex);
}

void pool_writer_stuck(struct pool *pool, bool stuck)
{
	pthread_mutex_lock(&pool->mutex);
	pool->stuck = stuck;
	pthread_cond_signal(&pool->freed);
	pthread_mutex_unlock(&pool->mutex);
}

static uint64_t missed(struct pool *pool, enum pool_reader which)
{
	pthread_mutex_lock(&pool->mutex);
	const uint64_t packets = pool->readers[which].missed_packets;
	pool->readers[which].missed_packets = 0;
	pthread_mutex_unlock(&pool->mutex);
	return packets;
}

uint64_t pool_dropped(struct pool *pool)
{
	return missed(pool, POOL_WRITER);
}

uint64_t pool_skipped(struct pool *pool)
{
	return missed(pool, POOL_WATCHER);
}

void pool_missed_drops(struct pool *pool, enum pool_reader which, uint64_t *kernel_drops, uint64_t *interface_drops)
{
	struct reader *reader = &pool->readers[which];
	pthread_mutex_lock(&pool->mutex);
	*kernel_drops = reader->missed_kernel_drops;
	*interface_drops = reader->missed_interface_drops;
	reader->missed_kernel_drops = reader->missed_interface_drops = 0;
	pthread_mutex_unlock(&pool->mutex);
}

void pool_counters(struct pool *pool, struct pool_counters *counters)
{
	pthread_mutex_lock(&pool->mutex);
	*counters = (struct pool_counters){
		.blocks = pool->number,
		.dropped_packets = pool->dropped_packets,
		.skipped_packets = pool->skipped_packets,
		.waits = pool->waits,
		.blocks_in_all = pool->blocks_in_all,
	};
	for (int i = 0; i < POOL_READERS; i++)
		counters->queued[i] = pool->readers[i].count;
	pthread_mutex_unlock(&pool->mutex);
}
