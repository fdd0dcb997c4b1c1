/* Speaks for capture/watcher.c: each second of packets that it takes has its row in the catalog. sqlite3 judges. */
#include "capture/watcher.h"
#include "tests/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000000)
/* 2026-11-21T10:32:00Z */
#define NOON INT64_C(1795257120000000000)

/* A datagram over Ethernet. */
static void put_datagram(struct block *block, int64_t t_ns)
{
	static const uint8_t headers[] = {
		0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1, 0x08, 0x00,
		0x45, 0, 0, 46, 0, 1, 0, 0, 64, 17, 0, 0, 10, 9, 0, 1, 10, 9, 0, 2,
		0x9c, 0x41, 0x13, 0x89, 0, 26, 0, 0,
	};
	scratch_packet(block, t_ns, 60, false);
	memcpy(block->data + block->used - 60, headers, sizeof headers);
}

/* The capture thread was quicker: seconds are over before the watcher looks for the first time. */
static void test_seconds_before_the_start(void **state)
{
	(void)state;
	char folder[64], ring[80], message[512] = "";
	struct recorder_options options;
	scratch_make(folder);
	snprintf(ring, sizeof ring, "%s/ring", folder);
	assert_int_equal(mkdir(ring, 0700), 0);
	assert_true(options_default(&options));
	char interface[] = "none";
	options.interface = interface;
	options.directory = folder;
	options.analyze = false;
	struct pool *pool = pool_new(1);
	struct block *block = pool_take(pool, SECOND);
	assert_non_null(block);
	block->link_type = 1;
	for (int64_t packet = 0; packet < 6; packet++) /* two in each of three seconds */
		put_datagram(block, NOON + packet * SECOND / 2);
	pool_hand_over(pool, block);
	pool_close(pool);
	struct watcher *watcher = watcher_new(&options, pool, 1, message, sizeof message);
	assert_non_null(watcher);
	assert_true(watcher_start(watcher, NULL));
	watcher_free(watcher);
	assert_int_equal(scratch_number("sqlite3 '%s/catalog.db' \"SELECT count(*) FROM timeline WHERE scope = 'all' AND packets = 2\"", folder), 3);
	pool_free(pool);
	options.interface = options.directory = NULL;
	options_free(&options);
	scratch_remove(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seconds_before_the_start),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
