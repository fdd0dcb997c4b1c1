/* Speaks for capture/writer.c: the thread between pool and ring, with the system's clock. */
#include "analyze/engine/facts.h"
#include "capture/writer.h"
#include "tests/scratch.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/skip.h"

#define SECOND INT64_C(1000000000)

struct fixture {
	char directory[64], folder[80], interface[8];
	struct recorder_options options;
	struct pool *pool;
	struct ring_writer *writer;
	struct writer_observer observer;
	atomic_uint_fast64_t added, packets, pins, kernel_drops, interface_drops;
};

static void on_added(void *user, const struct segment_facts *facts)
{
	struct fixture *f = user;
	atomic_fetch_add(&f->added, 1);
	atomic_fetch_add(&f->packets, facts->packets);
	atomic_fetch_add(&f->kernel_drops, (uint64_t)facts->kernel_drops);
	atomic_fetch_add(&f->interface_drops, (uint64_t)facts->interface_drops);
}

static void on_pinned(void *user, const char *folder, uint64_t segments, uint64_t bytes, uint64_t missing)
{
	struct fixture *f = user;
	(void)folder;
	(void)bytes;
	assert_int_equal(missing, 0);
	atomic_fetch_add(&f->pins, segments);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	scratch_make(f->directory);
	snprintf(f->folder, sizeof(f->folder), "%s/ring", f->directory);
	strcpy(f->interface, "eth0");
	f->options = (struct recorder_options){ .interface = f->interface, .directory = f->directory, .ring_bytes = 64 << 20,
						.ring_ns = 3600 * SECOND, .segment_bytes = 8 << 20, .segment_ns = SECOND,
						.snaplen = 262144, .compress_level = 3 };
	f->observer = (struct writer_observer){ .segment_added = on_added, .pin_complete = on_pinned, .user = f };
	f->pool = pool_new(4 * BLOCK_BYTES);
	*state = f;
	return 0;
}

static void stop(struct fixture *f)
{
	pool_close(f->pool);
	ring_writer_stop(f->writer);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	if (f->writer)
		stop(f);
	ring_writer_free(f->writer);
	pool_free(f->pool);
	umount2(f->directory, MNT_DETACH); /* of a test that failed */
	scratch_remove(f->directory);
	free(f);
	return 0;
}

static void start(struct fixture *f)
{
	char message[512];
	if (ring_writer_new(&f->writer, &f->options, f->pool, &f->observer, 1, message, sizeof(message)))
		fail_msg("%s", message);
	assert_true(ring_writer_start(f->writer));
}

static int64_t wall(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * SECOND + now.tv_nsec;
}

static void wait_ms(int64_t ms)
{
	struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
	nanosleep(&pause, NULL);
}

/* For as long as a busy machine may take. */
static void wait_for(atomic_uint_fast64_t *count, uint64_t least)
{
	for (int i = 0; i < 1200 && atomic_load(count) < least; i++)
		wait_ms(50);
	assert_true(atomic_load(count) >= least);
}

static void wait_for_stuck(struct fixture *f, bool stuck)
{
	struct writer_counters counters = { .stuck = !stuck };
	for (int i = 0; i < 1200 && counters.stuck != stuck; i++) {
		wait_ms(50);
		ring_writer_counters(f->writer, &counters);
	}
	assert_true(counters.stuck == stuck);
}

/* A block with `packets` of `bytes`, as the capture thread would; false: there is no room. */
static bool hand_over(struct fixture *f, uint32_t packets, uint32_t bytes)
{
	struct block *block = pool_take(f->pool, 30 * SECOND);
	if (!block)
		return false;
	block->link_type = 1;
	block->kernel_drops = 3;
	block->interface_drops = 5;
	for (uint32_t i = 0; i < packets; i++)
		scratch_packet(block, wall(), bytes, true);
	pool_hand_over(f->pool, block);
	return true;
}

/* The watcher is not there: its share of the blocks is taken, so that the pool has them back. */
static void *watch(void *user)
{
	struct pool *pool = user;
	bool closed = false;
	while (!closed) {
		const struct block *block = pool_next(pool, POOL_WATCHER, SECOND, &closed);
		if (block)
			pool_release(pool, POOL_WATCHER, block);
	}
	return NULL;
}

static void test_all_written(void **state)
{
	struct fixture *f = *state;
	pthread_t watcher;
	pthread_create(&watcher, NULL, watch, f->pool);
	start(f);
	for (int i = 0; i < 40; i++) {
		assert_true(hand_over(f, 1000, 1000));
		if (i % 10 == 0)
			wait_ms(300);
	}
	stop(f);
	pthread_join(watcher, NULL);
	struct writer_counters counters;
	ring_writer_counters(f->writer, &counters);
	assert_int_equal(counters.packets_written, 40000);
	assert_int_equal(counters.dropped_packets, 0);
	assert_int_equal(atomic_load(&f->packets), 40000);
	assert_int_equal(counters.segments, atomic_load(&f->added));
	assert_true(scratch_sound(f->folder));
	assert_int_equal(scratch_packets(f->folder, false), 40000);
}

/* Nothing comes for some seconds: segments all the same, a request, a pin; and next to no time of the processor. */
static void test_idle(void **state)
{
	struct fixture *f = *state;
	char incident[96];
	struct timespec before, after;
	snprintf(incident, sizeof(incident), "%s/incident", f->directory);
	mkdir(incident, 0755);
	start(f);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	wait_for(&f->added, 2);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	assert_true((after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000 < 100);
	assert_true(ring_writer_pin(f->writer, incident, wall() - 10 * SECOND, wall(), UINT64_MAX));
	ring_writer_rotate(f->writer);
	wait_for(&f->pins, 2);
	assert_true(scratch_sound(incident));
	stop(f);
	assert_true(scratch_sound(f->folder));
}

/* Nothing can be written, the pool is full: the oldest are dropped with a count; then there is room, and recording goes on by itself. What
 * is in segments and what was dropped add up. */
static void test_stuck_and_back(void **state)
{
	struct fixture *f = *state;
	char command[256];
	pthread_t watcher;
	if (mount("tmpfs", f->directory, "tmpfs", 0, "size=2m") != 0)
		skip_because("it needs root, and a tmpfs of its own");
	f->options.segment_bytes = 256 << 10;
	pthread_create(&watcher, NULL, watch, f->pool);
	start(f);
	assert_true(hand_over(f, 10, 1000));
	wait_ms(700);
	uint64_t handed = 10;
	snprintf(command, sizeof(command), "cat /dev/zero > %s/hog 2>/dev/null", f->directory);
	assert_int_not_equal(system(command), 0);
	for (int i = 0; i < 12; i++, handed += 1000)
		assert_true(hand_over(f, 1000, 1000));
	wait_for_stuck(f, true);
	snprintf(command, sizeof(command), "rm %s/hog", f->directory);
	assert_int_equal(system(command), 0);
	wait_for_stuck(f, false);
	assert_true(hand_over(f, 7, 1000));
	handed += 7;
	stop(f);
	pthread_join(watcher, NULL);
	struct writer_counters counters;
	ring_writer_counters(f->writer, &counters);
	assert_false(counters.stuck);
	assert_true(counters.dropped_packets > 0);
	assert_int_equal(counters.packets_written + counters.dropped_packets, handed);
	/* As hand_over says, of 14 blocks, whether they were written or not. */
	assert_int_equal(atomic_load(&f->kernel_drops), 3 * 14);
	assert_int_equal(atomic_load(&f->interface_drops), 5 * 14);
	assert_true(scratch_sound(f->folder));
	ring_writer_free(f->writer);
	f->writer = NULL;
	umount(f->directory);
}

/* The end comes while nothing can be written: not for ever. */
static void test_stopped_stuck(void **state)
{
	struct fixture *f = *state;
	char command[256];
	pthread_t watcher;
	if (mount("tmpfs", f->directory, "tmpfs", 0, "size=2m") != 0)
		skip_because("it needs root, and a tmpfs of its own");
	pthread_create(&watcher, NULL, watch, f->pool);
	start(f);
	wait_ms(1300);
	snprintf(command, sizeof(command), "cat /dev/zero > %s/hog 2>/dev/null", f->directory);
	assert_int_not_equal(system(command), 0);
	for (int i = 0; i < 3; i++)
		assert_true(hand_over(f, 1000, 1000));
	int64_t before = wall();
	stop(f);
	pthread_join(watcher, NULL);
	assert_in_range(wall() - before, 0, 60 * SECOND); /* two of its own, on a machine that does nothing else */
	struct writer_counters counters;
	ring_writer_counters(f->writer, &counters);
	assert_true(counters.dropped_packets > 0);
	ring_writer_free(f->writer);
	f->writer = NULL;
	umount(f->directory);
}

static void test_options(void **state)
{
	struct fixture *f = *state;
	char message[512] = "";
	f->options.ring_bytes = 1000;
	assert_int_equal(ring_writer_new(&f->writer, &f->options, f->pool, NULL, 1, message, sizeof(message)), STATUS_USAGE);
	assert_string_equal(message, "--ring-size 1000: it must be 1M or more");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all_written, setup, teardown),
		cmocka_unit_test_setup_teardown(test_idle, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stuck_and_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stopped_stuck, setup, teardown),
		cmocka_unit_test_setup_teardown(test_options, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
