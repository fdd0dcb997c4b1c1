/* Speaks for capture/pool.c: each rule of its header, with threads where they matter. Waits are long where the test passes before
 * they are over, and short where they have to end. */
#include "capture/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#define MIB ((uint64_t)1 << 20)
#define SHORT_NS INT64_C(2000000)
#define LONG_NS INT64_C(20000000000)

static struct block *fill(struct pool *pool, uint32_t packets)
{
	struct block *block = pool_take(pool, SHORT_NS);
	assert_non_null(block);
	block->packets = packets;
	return block;
}

static void hand_over(struct pool *pool, uint32_t packets)
{
	pool_hand_over(pool, fill(pool, packets));
}

/* The next block of a reader has this number; it stays with the reader. */
static const struct block *get(struct pool *pool, enum pool_reader reader, uint64_t number)
{
	bool closed;
	const struct block *block = pool_next(pool, reader, SHORT_NS, &closed);
	assert_non_null(block);
	assert_int_equal(block->number, number);
	return block;
}

static void read_one(struct pool *pool, enum pool_reader reader, uint64_t number)
{
	pool_release(pool, reader, get(pool, reader, number));
}

static struct pool_counters counters_of(struct pool *pool)
{
	struct pool_counters counters;
	pool_counters(pool, &counters);
	return counters;
}

static void test_size(void **state)
{
	(void)state;
	struct pool *small = pool_new(1), *large = pool_new(64 * MIB);
	assert_int_equal(counters_of(small).blocks_in_all, 4); /* the least */
	assert_int_equal(counters_of(large).blocks_in_all, 16); /* 64 MiB in blocks of 4 */
	pool_free(small);
	pool_free(large);
	assert_null(pool_new(UINT64_MAX)); /* more than there is */
	pool_free(NULL);
}

static void test_both_readers_get_all_in_order(void **state)
{
	(void)state;
	struct pool *pool = pool_new(16 * MIB);
	bool closed = true;
	assert_null(pool_next(pool, POOL_WRITER, SHORT_NS, &closed));
	assert_false(closed);
	assert_true(pool_is_drained(pool));
	hand_over(pool, 1);
	hand_over(pool, 2);
	assert_false(pool_is_drained(pool));
	read_one(pool, POOL_WRITER, 1);
	read_one(pool, POOL_WATCHER, 1);
	read_one(pool, POOL_WATCHER, 2);
	assert_false(pool_is_drained(pool));
	read_one(pool, POOL_WRITER, 2);
	assert_true(pool_is_drained(pool));
	assert_int_equal(counters_of(pool).blocks, 2);
	pool_free(pool);
}

static void test_last_used_is_next(void **state)
{
	(void)state;
	struct pool *pool = pool_new(16 * MIB);
	struct block *first = fill(pool, 1);
	pool_hand_over(pool, first);
	read_one(pool, POOL_WRITER, 1);
	struct block *second = fill(pool, 1);
	assert_ptr_not_equal(first, second); /* the watcher may still come for it */
	pool_hand_over(pool, second);
	read_one(pool, POOL_WATCHER, 1);
	assert_ptr_equal(fill(pool, 1), first);
	pool_free(pool);
}

static void test_taken_blocks_are_empty(void **state)
{
	(void)state;
	struct pool *pool = pool_new(16 * MIB);
	struct block *block = fill(pool, 7);
	block->used = 99;
	block->wire_bytes = 5;
	block->kernel_drops = block->interface_drops = 3;
	pool_hand_over(pool, block);
	read_one(pool, POOL_WRITER, 1);
	read_one(pool, POOL_WATCHER, 1);
	block = pool_take(pool, SHORT_NS);
	assert_int_equal(block->packets + block->used + block->wire_bytes + block->kernel_drops + block->interface_drops, 0);
	pool_free(pool);
}

static void test_slow_watcher_skips(void **state)
{
	(void)state;
	struct pool *pool = pool_new(16 * MIB);
	for (uint32_t i = 1; i <= 4; i++) {
		struct block *block = fill(pool, 10 * i);
		block->kernel_drops = i;
		block->interface_drops = 100 * i;
		pool_hand_over(pool, block);
		read_one(pool, POOL_WRITER, i);
	}
	const struct block *reading = get(pool, POOL_WATCHER, 1); /* that one can't be taken away */
	hand_over(pool, 50);					  /* 2 is */
	hand_over(pool, 60);					  /* 3 is */
	assert_int_equal(pool_skipped(pool), 20 + 30);
	assert_int_equal(pool_skipped(pool), 0);
	assert_int_equal(pool_dropped(pool), 0);
	uint64_t kernel, interface;
	pool_missed_drops(pool, POOL_WATCHER, &kernel, &interface);
	assert_int_equal(kernel, 2 + 3);
	assert_int_equal(interface, 200 + 300);
	pool_missed_drops(pool, POOL_WATCHER, &kernel, &interface);
	assert_int_equal(kernel + interface, 0);
	pool_missed_drops(pool, POOL_WRITER, &kernel, &interface);
	assert_int_equal(kernel + interface, 0);
	assert_int_equal(counters_of(pool).skipped_packets, 50);
	assert_int_equal(counters_of(pool).waits, 0);
	pool_release(pool, POOL_WATCHER, reading);
	read_one(pool, POOL_WATCHER, 4);
	read_one(pool, POOL_WRITER, 5); /* the writer has missed none */
	read_one(pool, POOL_WRITER, 6);
	pool_free(pool);
}

static void test_slow_writer_loses_nothing(void **state)
{
	(void)state;
	struct pool *pool = pool_new(16 * MIB);
	for (uint32_t i = 1; i <= 4; i++) {
		hand_over(pool, i);
		read_one(pool, POOL_WATCHER, i);
	}
	assert_null(pool_take(pool, SHORT_NS));
	assert_int_equal(counters_of(pool).waits, 1);
	assert_int_equal(counters_of(pool).queued[POOL_WRITER], 4);
	for (uint32_t i = 1; i <= 4; i++)
		read_one(pool, POOL_WRITER, i);
	assert_int_equal(counters_of(pool).dropped_packets, 0);
	pool_free(pool);
}

static void test_stuck_writer_drops_the_oldest(void **state)
{
	(void)state;
	struct pool *pool = pool_new(16 * MIB);
	for (uint32_t i = 1; i <= 4; i++) {
		struct block *block = fill(pool, 10 * i);
		block->kernel_drops = i;
		pool_hand_over(pool, block);
	}
	const struct block *writing = get(pool, POOL_WRITER, 1);
	const struct block *watching = get(pool, POOL_WATCHER, 1);
	pool_release(pool, POOL_WATCHER, watching);
	watching = get(pool, POOL_WATCHER, 2);
	pool_writer_stuck(pool, true);
	hand_over(pool, 50); /* 1 is being written, 2 being watched: 3 is dropped, for the watcher too */
	assert_int_equal(pool_dropped(pool), 30);
	assert_int_equal(pool_skipped(pool), 30);
	uint64_t kernel, interface;
	pool_missed_drops(pool, POOL_WRITER, &kernel, &interface);
	assert_int_equal(kernel, 3);
	pool_writer_stuck(pool, false);
	assert_null(pool_take(pool, SHORT_NS)); /* it can write again: nothing is dropped any more */
	pool_release(pool, POOL_WATCHER, watching);
	pool_release(pool, POOL_WRITER, writing);
	read_one(pool, POOL_WRITER, 2);
	read_one(pool, POOL_WRITER, 4);
	read_one(pool, POOL_WRITER, 5);
	read_one(pool, POOL_WATCHER, 4);
	read_one(pool, POOL_WATCHER, 5);
	assert_int_equal(counters_of(pool).dropped_packets, 30);
	pool_free(pool);
}

/* What a watcher that is behind holds back goes before what the writer could still save. */
static void test_stuck_writer_spares_what_the_watcher_alone_wants(void **state)
{
	(void)state;
	struct pool *pool = pool_new(16 * MIB);
	for (uint32_t i = 1; i <= 4; i++)
		hand_over(pool, i);
	read_one(pool, POOL_WRITER, 1);
	pool_writer_stuck(pool, true);
	hand_over(pool, 5);
	assert_int_equal(pool_dropped(pool), 0);
	assert_int_equal(pool_skipped(pool), 1);
	pool_free(pool);
}

static void test_close(void **state)
{
	(void)state;
	struct pool *pool = pool_new(16 * MIB);
	bool closed = true;
	hand_over(pool, 1);
	pool_close(pool);
	const struct block *block = pool_next(pool, POOL_WRITER, LONG_NS, &closed);
	assert_non_null(block); /* what is there still comes */
	assert_false(closed);
	pool_release(pool, POOL_WRITER, block);
	assert_null(pool_next(pool, POOL_WRITER, LONG_NS, &closed));
	assert_true(closed);
	read_one(pool, POOL_WATCHER, 1);
	pool_free(pool);
}

/* A thread that reads to the end, and what it saw. */
struct reading {
	struct pool *pool;
	enum pool_reader reader;
	uint64_t blocks, packets, last_number;
	bool in_order, intact;
};

static void *read_all(void *user)
{
	struct reading *reading = user;
	reading->in_order = reading->intact = true;
	for (bool closed = false; !closed;) {
		const struct block *block = pool_next(reading->pool, reading->reader, LONG_NS, &closed);
		if (!block)
			continue;
		reading->in_order = reading->in_order && block->number > reading->last_number;
		reading->last_number = block->number;
		reading->blocks++;
		reading->packets += block->packets;
		for (uint32_t i = 1; i < block->used; i++) /* nobody writes to it meanwhile */
			reading->intact = reading->intact && block->data[i] == block->data[0];
		pool_release(reading->pool, reading->reader, block);
	}
	return NULL;
}

static void test_threads(void **state)
{
	(void)state;
	enum { BLOCKS = 5000, USED = 512 };
	struct pool *pool = pool_new(16 * MIB);
	struct reading readings[POOL_READERS] = { { .pool = pool, .reader = POOL_WRITER }, { .pool = pool, .reader = POOL_WATCHER } };
	pthread_t threads[POOL_READERS];
	for (int i = 0; i < POOL_READERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_all, &readings[i]), 0);
	for (uint32_t i = 0; i < BLOCKS; i++) {
		struct block *block = pool_take(pool, LONG_NS);
		assert_non_null(block);
		memset(block->data, (int)(i % 251), USED);
		block->used = USED;
		block->packets = 3;
		pool_hand_over(pool, block);
	}
	pool_close(pool);
	for (int i = 0; i < POOL_READERS; i++)
		pthread_join(threads[i], NULL);
	const struct reading *writer = &readings[POOL_WRITER], *watcher = &readings[POOL_WATCHER];
	assert_true(writer->in_order && watcher->in_order);
	assert_true(writer->intact && watcher->intact);
	assert_int_equal(writer->blocks, BLOCKS); /* it was slow at times, never stuck */
	assert_int_equal(writer->packets, 3 * BLOCKS);
	assert_int_equal(watcher->packets + pool_skipped(pool), 3 * BLOCKS);
	pool_free(pool);
}

static void *get_stuck(void *user)
{
	pool_writer_stuck(user, true);
	return NULL;
}

static void *release_one(void *user)
{
	struct pool *pool = user;
	bool closed;
	const struct block *block = pool_next(pool, POOL_WRITER, LONG_NS, &closed);
	pool_release(pool, POOL_WRITER, block);
	return NULL;
}

static void *close_it(void *user)
{
	pool_close(user);
	return NULL;
}

static void *hand_over_one(void *user)
{
	struct pool *pool = user;
	pool_hand_over(pool, pool_take(pool, LONG_NS));
	return NULL;
}

/* Whoever waits is woken by what it waits for. */
static void test_waiting_ends(void **state)
{
	(void)state;
	pthread_t thread;
	bool closed;
	struct pool *pool = pool_new(16 * MIB);
	assert_int_equal(pthread_create(&thread, NULL, hand_over_one, pool), 0);
	const struct block *block = pool_next(pool, POOL_WATCHER, LONG_NS, &closed);
	assert_non_null(block);
	pool_release(pool, POOL_WATCHER, block);
	pthread_join(thread, NULL);
	for (int i = 0; i < 3; i++)
		hand_over(pool, 1);
	assert_int_equal(pthread_create(&thread, NULL, release_one, pool), 0);
	assert_non_null(block = pool_take(pool, LONG_NS));
	pthread_join(thread, NULL);
	pool_hand_over(pool, (struct block *)(uintptr_t)block);
	assert_int_equal(pthread_create(&thread, NULL, get_stuck, pool), 0);
	assert_non_null(pool_take(pool, LONG_NS));
	pthread_join(thread, NULL);
	for (int i = 0; i < 3; i++) {
		block = pool_next(pool, POOL_WATCHER, SHORT_NS, &closed);
		if (block)
			pool_release(pool, POOL_WATCHER, block);
	}
	assert_int_equal(pthread_create(&thread, NULL, close_it, pool), 0);
	assert_null(pool_next(pool, POOL_WATCHER, LONG_NS, &closed));
	assert_true(closed);
	pthread_join(thread, NULL);
	pool_free(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_both_readers_get_all_in_order),
		cmocka_unit_test(test_last_used_is_next),
		cmocka_unit_test(test_taken_blocks_are_empty),
		cmocka_unit_test(test_slow_watcher_skips),
		cmocka_unit_test(test_slow_writer_loses_nothing),
		cmocka_unit_test(test_stuck_writer_drops_the_oldest),
		cmocka_unit_test(test_stuck_writer_spares_what_the_watcher_alone_wants),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_waiting_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
